import { utf8 } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";

const S = subtensorModule.storage;

/** Built-in names of subnets without an identity; "unknown" for the others. */
const NAMES: readonly string[] = ["root", "apex"];

/** Name of a subnet: its identity's, or the built-in one. */
export function subnetName(state: State, netuid: number): Uint8Array {
  const named = state.get(S.SubnetIdentitiesV3, netuid)?.subnet_name;
  return named !== undefined && named.length > 0 ? named : utf8(NAMES[netuid] ?? "unknown");
}

/** Bytes as the numbers a vector of compact u8 takes. */
export const compactBytesOf = (bytes: Uint8Array): number[] => [...bytes];
