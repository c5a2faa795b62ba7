/** ContractsApi: dry runs of contracts. None exists here, and that is what they answer. */
import { contracts } from "../../../spec/pallets/contracts.ts";
import { determinism } from "../../../spec/pallets/contracts-types.ts";
import {
  codeUploadResult,
  contractCallResult,
  contractCode,
  contractInstantiateResult,
  contractStorageResult,
} from "../../../spec/runtime-apis-contracts.ts";
import { accountId } from "../../../spec/scale/accounts.ts";
import { bytes } from "../../../spec/scale/byte-strings.ts";
import { u64 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { option } from "../../../spec/scale/variants.ts";
import { weight } from "../../../spec/types.ts";
import { notBuiltHere } from "../api-failure.ts";
import { apiMethod, type DispatchFailure, moduleError, type RuntimeApi } from "../pallet.ts";
import { callFailure, codeFailure } from "./checks.ts";

/** A dry run that fails before any gas is used. */
function failed({ error }: DispatchFailure) {
  const none = { ref_time: 0n, proof_size: 0n };
  return {
    gas_consumed: none,
    gas_required: none,
    storage_deposit: { type: "Charge", value: 0n },
    debug_message: new Uint8Array(),
    result: { type: "Err", value: error },
    events: undefined,
  } as const;
}

/** The error of code somebody brings. Code that could be a contract has none: it would have to be run. */
function refusal(code: Uint8Array): DispatchFailure {
  const failure = codeFailure(code);
  if (failure.error.type === "Module" && failure.error.value.index === contracts.index) return failure;
  throw notBuiltHere("contracts are not built on this chain: their code cannot be stored or run");
}

const limits = { gas_limit: option(weight), storage_deposit_limit: option(u64) };

export const contractsApi: RuntimeApi = {
  version: 2,
  methods: {
    call: apiMethod({
      args: { origin: accountId, dest: accountId, value: u64, ...limits, input_data: bytes },
      result: contractCallResult,
      run: ({ state }, { origin, value, storage_deposit_limit }) =>
        failed(callFailure(state, origin, value, storage_deposit_limit)),
    }),
    instantiate: apiMethod({
      args: { origin: accountId, value: u64, ...limits, code: contractCode, data: bytes, salt: bytes },
      result: contractInstantiateResult,
      run: (_ctx, { code }) =>
        failed(code.type === "Existing" ? moduleError(contracts, "CodeNotFound") : refusal(code.value)),
    }),
    upload_code: apiMethod({
      args: { origin: accountId, code: bytes, storage_deposit_limit: option(u64), determinism },
      result: codeUploadResult,
      run: (_ctx, { code }): ValueOf<typeof codeUploadResult> => ({ type: "Err", value: refusal(code).error }),
    }),
    get_storage: apiMethod({
      args: { address: accountId, key: bytes },
      result: contractStorageResult,
      run: (): ValueOf<typeof contractStorageResult> => ({ type: "Err", value: { type: "DoesntExist" } }),
    }),
  },
};
