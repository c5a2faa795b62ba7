import type { MultiAddress } from "../../spec/scale/accounts.ts";
import { type AccountId, DispatchFailure } from "./pallet.ts";

/** The account of an address. Only the `Id` form resolves (spec/subtensor-interface.md 1.1); others fail with CannotLookup. */
export function lookup(address: MultiAddress): AccountId {
  if (address.type !== "Id") throw new DispatchFailure({ type: "CannotLookup" }, "CannotLookup");
  return address.value;
}
