/** Results of ContractsApi, EthereumRuntimeRPCApi and ShieldApi, and the arguments only they take. Source: the metadata of spec 424. */
import { eventRecord } from "./event-type.ts";
import {
  accessList,
  authorization,
  block,
  exitReason,
  h160,
  log,
  receipt,
  transactionStatus,
  u256,
} from "./pallets/ethereum-types.ts";
import { accountId, h256 } from "./scale/accounts.ts";
import { bytes, fixedBytes } from "./scale/byte-strings.ts";
import { u32, u64 } from "./scale/numbers.ts";
import type { ScaleType } from "./scale/scale-type.ts";
import { vec } from "./scale/sequences.ts";
import { struct, tuple } from "./scale/structs.ts";
import { option, result, variant } from "./scale/variants.ts";
import { dispatchError, weight } from "./types.ts";

const returned = struct("pallet_contracts::primitives::ExecReturnValue", {
  flags: struct("pallet_contracts_uapi::flags::ReturnFlags", { bits: u32 }),
  data: bytes,
});
const storageDeposit = variant("pallet_contracts::primitives::StorageDeposit", { Refund: u64, Charge: u64 }, [
  { name: "Balance", type: u64 },
]);

function contractResult<T>(of: ScaleType<T>) {
  const outcome = result(of, dispatchError);
  const record = eventRecord();
  return struct(
    "pallet_contracts::primitives::ContractResult",
    {
      gas_consumed: weight,
      gas_required: weight,
      storage_deposit: storageDeposit,
      debug_message: bytes,
      result: outcome,
      events: option(vec(record)),
    },
    [
      { name: "R", type: outcome },
      { name: "Balance", type: u64 },
      { name: "EventRecord", type: record },
    ],
  );
}
/** What a dry call of a contract came to. */
export const contractCallResult = contractResult(returned);
/** What a dry instantiation came to. */
export const contractInstantiateResult = contractResult(
  struct("pallet_contracts::primitives::InstantiateReturnValue", { result: returned, account_id: accountId }, [
    { name: "AccountId", type: accountId },
  ]),
);
/** Code to instantiate: its bytes, or the hash of some that was uploaded. */
export const contractCode = variant("pallet_contracts::primitives::Code", { Upload: bytes, Existing: h256 }, [
  { name: "Hash", type: h256 },
]);
/** What a dry upload came to. */
export const codeUploadResult = result(
  struct("pallet_contracts::primitives::CodeUploadReturnValue", { code_hash: h256, deposit: u64 }, [
    { name: "CodeHash", type: h256 },
    { name: "Balance", type: u64 },
  ]),
  dispatchError,
);
/** An entry of a contract's storage. */
export const contractStorageResult = result(
  option(bytes),
  variant("pallet_contracts::primitives::ContractAccessError", {
    DoesntExist: undefined,
    KeyDecodingFailed: undefined,
    MigrationInProgress: undefined,
  }),
);

/** Balance and nonce of an Ethereum address. */
export const ethereumAccount = struct("evm::backend::Basic", { balance: u256, nonce: u256 });

function executionInfo<T>(of: ScaleType<T>) {
  return struct(
    "fp_evm::ExecutionInfoV2",
    {
      exit_reason: exitReason,
      value: of,
      used_gas: struct("fp_evm::UsedGas", { standard: u256, effective: u256 }),
      weight_info: option(
        struct("fp_evm::WeightInfo", {
          ref_time_limit: option(u64),
          proof_size_limit: option(u64),
          ref_time_usage: option(u64),
          proof_size_usage: option(u64),
        }),
      ),
      logs: vec(log),
    },
    [{ name: "T", type: of }],
  );
}
/** What a dry call of the EVM came to. */
export const evmCallResult = result(executionInfo(bytes), dispatchError);
/** What a dry creation of the EVM came to. */
export const evmCreateResult = result(executionInfo(h160), dispatchError);
/** Price, limits and lists that a dry call or creation of the EVM takes last. */
export const evmGasArgs = {
  value: u256,
  gas_limit: u256,
  max_fee_per_gas: option(u256),
  max_priority_fee_per_gas: option(u256),
  nonce: option(u256),
} as const;
/** Lists that come after them. */
export const evmListArgs = {
  access_list: option(accessList),
  authorization_list: option(vec(authorization)),
} as const;

const maybeBlock = option(block);
const maybeReceipts = option(vec(receipt));
const maybeStatuses = option(vec(transactionStatus));
/** The newest Ethereum block, its receipts, and what became of its transactions. */
export const ethereumParts = { block: maybeBlock, receipts: maybeReceipts, statuses: maybeStatuses } as const;
/** All three. */
export const ethereumAll = tuple(maybeBlock, maybeReceipts, maybeStatuses);
/** Block and statuses of the block being made. */
export const ethereumPending = tuple(maybeBlock, maybeStatuses);

/** A transaction sealed to a coming author, in its parts. */
export const shieldedTransaction = struct("stp_shield::shielded_tx::ShieldedTransaction", {
  key_hash: fixedBytes(16),
  kem_ct: bytes,
  aead_ct: bytes,
  nonce: fixedBytes(24),
});
