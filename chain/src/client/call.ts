import type { SubmittableExtrinsic } from "@polkadot/api/types";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { ChainClient } from "./chain-client.ts";

/** A composed call, not yet signed. Made by {@link composeCall}, submitted by `submitCall`; opaque to everybody else. */
export type Call = SubmittableExtrinsic<"promise">;

/**
 * Composes a call by polkadot.js names (`subtensorModule`, `burnedRegister`) and positional arguments: numbers, bigints, booleans, ss58
 * addresses, 0x hex, Uint8Array, arrays of these, other calls. Throws E_CHAIN_CALL_UNKNOWN, or E_CHAIN_SHAPE when an argument does not fit.
 */
export function composeCall(client: ChainClient, pallet: string, name: string, args: readonly unknown[]): Call {
  const compose = client.api.tx[pallet]?.[name];
  if (compose === undefined) throw appError("E_CHAIN_CALL_UNKNOWN", { kind: "call", name: `${pallet}.${name}` });
  try {
    return compose(...args);
  } catch (error) {
    throw appError("E_CHAIN_SHAPE", { what: `call ${pallet}.${name}`, reason: errorMessage(error) }, { cause: error });
  }
}

/** `pallet.name` of a call, for logs and errors. */
export function callName(call: Call): string {
  return `${call.method.section}.${call.method.method}`;
}
