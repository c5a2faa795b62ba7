/**
 * Contracts: there is no machine that runs wasm, so nothing can be uploaded and no contract exists. Calls that need one answer as on the real chain
 * while there is none; those that bring code are System.CallFiltered once it has passed for wasm.
 */
import { contracts } from "../../../spec/pallets/contracts.ts";
import type { MultiAddress } from "../../../spec/scale/accounts.ts";
import { lookup } from "../lookup.ts";
import {
  badOrigin,
  type Ctx,
  defineRuntimePallet,
  ensureRoot,
  ensureSigned,
  moduleError,
  type Origin,
} from "../pallet.ts";
import { contractsApi } from "./apis.ts";
import { callFailure, codeFailure } from "./checks.ts";

interface CallArgs {
  readonly dest: MultiAddress;
  readonly value: bigint;
  readonly storage_deposit_limit?: bigint | undefined;
}

const call = {
  pays: true,
  dispatch({ state }: Ctx, origin: Origin, { dest, value, storage_deposit_limit }: CallArgs): never {
    if (origin.kind === "none") throw badOrigin();
    lookup(dest);
    throw callFailure(state, origin.kind === "signed" ? origin.who : undefined, value, storage_deposit_limit);
  },
} as const;

const byCode = {
  pays: true,
  dispatch(_ctx: Ctx, origin: Origin, { code }: { readonly code: Uint8Array }): never {
    ensureSigned(origin);
    throw codeFailure(code);
  },
} as const;

const byHash = {
  pays: true,
  dispatch(_ctx: Ctx, origin: Origin): never {
    ensureSigned(origin);
    throw moduleError(contracts, "CodeNotFound");
  },
} as const;

export const contractsPallet = defineRuntimePallet<typeof contracts>({
  spec: contracts,
  calls: {
    call_old_weight: call,
    call,
    instantiate_with_code_old_weight: byCode,
    instantiate_with_code: byCode,
    upload_code: byCode,
    instantiate_old_weight: byHash,
    instantiate: byHash,
    remove_code: byHash,
    set_code: {
      pays: true,
      dispatch(_ctx, origin, { dest }) {
        ensureRoot(origin);
        lookup(dest);
        throw moduleError(contracts, "ContractNotFound");
      },
    },
    migrate: {
      pays: true,
      dispatch(_ctx, origin) {
        ensureSigned(origin);
        throw moduleError(contracts, "NoMigrationPerformed");
      },
    },
  },
  runtimeApis: { ContractsApi: contractsApi },
});
