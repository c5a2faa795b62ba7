/** dev_setFault, dev_faults and dev_clearFaults: the server misbehaves on purpose. */
import type { ChainNode } from "../../create-node.ts";
import { type ActiveFault, type FaultEffect, type FaultSpec, MAX_FAULTS } from "../faults.ts";
import type { MethodTable } from "../method.ts";
import { wholeNumber } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

type Fields = Readonly<Record<string, unknown>>;

const KINDS = ["drop", "delay", "error", "close", "mute"] as const;
const FORMS =
  "dev_setFault takes one of {drop: true}, {delay: true or ms}, {error: true or {code, message}}, {close: true}, {mute: true}, and method (a name, * for any characters), rate (0 to 1), count, delayMs, seed";
/** Fields beside the kind. */
const OTHERS = ["method", "rate", "count", "delayMs", "seed"];
/** Where none is named, ms. */
const DEFAULT_DELAY_MS = 1_000;
const MAX_DELAY_MS = 600_000;
const MAX_TEXT = 256;

/** The verbs. */
export function devFaultMethods({ rpcFaults }: Pick<ChainNode, "rpcFaults">): MethodTable {
  return {
    dev_setFault: (params) => {
      const id = rpcFaults.add(specOf(params.object(0)));
      if (id === undefined) throw new RpcError(-32_000, `There are ${MAX_FAULTS} faults already: dev_clearFaults`);
      return { id };
    },
    dev_faults: () => rpcFaults.active.map(faultJson),
    dev_clearFaults: (params) => {
      const given = params.object(0)["id"];
      const { length } = rpcFaults.active;
      if (given === undefined) rpcFaults.clear();
      else if (!rpcFaults.remove(wholeNumber(given, 1, Number.MAX_SAFE_INTEGER, "id")))
        throw new RpcError(-32_000, `There is no fault ${Number(given)}: dev_faults lists them`);
      return { cleared: length - rpcFaults.active.length };
    },
  };
}

function faultJson({ effect: { kind, ...details }, ...spec }: ActiveFault): Record<string, unknown> {
  return { kind, ...details, ...spec };
}

function specOf(fields: Fields): FaultSpec {
  const { method = "*", rate = 1, count, seed = 1 } = fields;
  const unknown = Object.keys(fields).find((name) => !OTHERS.includes(name) && !KINDS.some((kind) => kind === name));
  if (unknown !== undefined) throw invalidParams(`${unknown} is not known: ${FORMS}`);
  if (typeof method !== "string" || method.length > MAX_TEXT || !/^[\w*]+$/.test(method))
    throw invalidParams("method must be a name of letters, digits and underscores, * for any characters");
  if (typeof rate !== "number" || !(rate > 0 && rate <= 1)) throw invalidParams("rate must be above 0, at most 1");
  return {
    effect: effectOf(fields),
    method,
    rate,
    seed: wholeNumber(seed, 0, Number.MAX_SAFE_INTEGER, "seed"),
    ...(count === undefined ? {} : { count: wholeNumber(count, 1, 1_000_000_000, "count") }),
  };
}

function effectOf(fields: Fields): FaultEffect {
  const given = KINDS.filter((kind) => fields[kind] !== undefined && fields[kind] !== false);
  const [kind] = given;
  if (kind === undefined || given.length > 1) throw invalidParams(FORMS);
  const value = fields[kind];
  if (fields["delayMs"] !== undefined && kind !== "delay") throw invalidParams("delayMs belongs to delay");
  if (kind === "delay") return { kind, delayMs: delayOf(value === true ? fields["delayMs"] : value) };
  if (kind === "error") return errorOf(value);
  if (value !== true) throw invalidParams(FORMS);
  return { kind };
}

const delayOf = (value: unknown): number => wholeNumber(value ?? DEFAULT_DELAY_MS, 1, MAX_DELAY_MS, "delayMs");

function errorOf(value: unknown): FaultEffect {
  if (value !== true && (typeof value !== "object" || value === null || Array.isArray(value)))
    throw invalidParams(FORMS);
  const { code = -32_000, message = "Injected fault" } = value === true ? {} : (value as Fields);
  if (typeof message !== "string" || message.length > MAX_TEXT)
    throw invalidParams(`error.message must be text of at most ${MAX_TEXT} characters`);
  return { kind: "error", code: wholeNumber(code, -2_147_483_648, 2_147_483_647, "error.code"), message };
}
