/** Types of pallet_contracts that its table and its runtime API share. */
import { accountId } from "../scale/accounts.ts";
import { variant } from "../scale/variants.ts";
import { runtimeMarker } from "../types.ts";

/** Whether code may use floating point. */
export const determinism = variant("pallet_contracts::wasm::Determinism", { Enforced: undefined, Relaxed: undefined });

/** Who called a contract. */
export const contractsOrigin = variant("pallet_contracts::Origin", { Root: undefined, Signed: accountId }, [
  { name: "T", type: runtimeMarker },
]);
