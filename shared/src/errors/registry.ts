import { baseErrors } from "./codes/base.ts";
import { chainErrors } from "./codes/chain.ts";
import { configErrors } from "./codes/config.ts";
import { consensusErrors } from "./codes/consensus.ts";
import { cryptoErrors } from "./codes/crypto.ts";
import { localErrors } from "./codes/local.ts";
import { minerErrors } from "./codes/miner.ts";
import { nodeErrors } from "./codes/node.ts";
import { protocolErrors } from "./codes/protocol.ts";
import { subnetErrors } from "./codes/subnet.ts";
import { validatorErrors } from "./codes/validator.ts";
import type { ErrorSpec } from "./spec.ts";

/** The tables by area, in the order of the reference page. A code lives in exactly one of them (a test counts). */
export const errorAreas = {
  base: baseErrors,
  config: configErrors,
  crypto: cryptoErrors,
  protocol: protocolErrors,
  subnet: subnetErrors,
  consensus: consensusErrors,
  chain: chainErrors,
  node: nodeErrors,
  miner: minerErrors,
  validator: validatorErrors,
  local: localErrors,
} as const;

const registry = {
  ...baseErrors,
  ...configErrors,
  ...cryptoErrors,
  ...protocolErrors,
  ...subnetErrors,
  ...consensusErrors,
  ...chainErrors,
  ...nodeErrors,
  ...minerErrors,
  ...validatorErrors,
  ...localErrors,
};

/** Every code the project can throw: a closed union. */
export type ErrorCode = keyof typeof registry;

/** The entry of a code. */
export function errorSpec(code: ErrorCode): ErrorSpec {
  return registry[code];
}

/** All codes, in registry order. */
export function errorCodes(): readonly ErrorCode[] {
  return Object.keys(registry) as ErrorCode[];
}

/** True when a string (from a log line, a wire body) is one of our codes. */
export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(registry, value);
}
