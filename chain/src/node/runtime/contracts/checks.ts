/** What pallet_contracts checks before any contract runs, in its order. On a chain without contracts that is all it does. */
import { bytesEqual } from "@subnetkit/shared/util/bytes";
import { EXISTENTIAL_DEPOSIT } from "../../../spec/pallets/balances.ts";
import { contracts, DEFAULT_DEPOSIT_LIMIT } from "../../../spec/pallets/contracts.ts";
import { system } from "../../../spec/pallets/system.ts";
import type { State } from "../../storage/state.ts";
import { spendableBalance } from "../balances/currency.ts";
import { type AccountId, type DispatchFailure, moduleError } from "../pallet.ts";

/** Magic number and version of a wasm module. */
const WASM = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** A call from an account: its deposit must be affordable, then the contract is not found. Root puts down no deposit. */
export function callFailure(
  state: State,
  origin: AccountId | undefined,
  value: bigint,
  depositLimit: bigint | undefined,
): DispatchFailure {
  if (origin !== undefined && !affords(state, origin, value, depositLimit))
    return moduleError(contracts, "StorageDepositNotEnoughFunds");
  return moduleError(contracts, "ContractNotFound");
}

/** Code that somebody brings: too long, no wasm, or not run here. */
export function codeFailure(code: Uint8Array): DispatchFailure {
  if (code.length > contracts.constants.MaxCodeLen.value) return moduleError(contracts, "CodeTooLarge");
  if (!bytesEqual(code.subarray(0, WASM.length), WASM)) return moduleError(contracts, "CodeRejected");
  return moduleError(system, "CallFiltered");
}

function affords(state: State, origin: AccountId, value: bigint, depositLimit: bigint | undefined): boolean {
  const left = spendableBalance(state, origin, true) - value - EXISTENTIAL_DEPOSIT;
  const most = left > 0n ? left : 0n;
  return (depositLimit ?? (most < DEFAULT_DEPOSIT_LIMIT ? most : DEFAULT_DEPOSIT_LIMIT)) <= most;
}
