/** Contracts (29): wasm contracts (ink!). Source: spec/subtensor-interface.md 1.2 and the metadata of spec 424. */
import { constant, definePallet, map, value } from "../define.ts";
import { accountId, h256, multiAddress } from "../scale/accounts.ts";
import { bytes } from "../scale/byte-strings.ts";
import { bool, compact, u16, u32, u64 } from "../scale/numbers.ts";
import type { AnyScale } from "../scale/scale-type.ts";
import { boundedBytes, btreeMap } from "../scale/sequences.ts";
import { newtype, struct } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { weight } from "../types.ts";
import { contractsOrigin, determinism } from "./contracts-types.ts";

const MAX_CODE_BYTES = 131_072;

const codeInfo = struct(
  "pallet_contracts::wasm::CodeInfo",
  { owner: accountId, deposit: compact(u64), refcount: compact(u64), determinism, code_len: u32 },
  [{ name: "T" }],
);
const contractInfo = struct(
  "pallet_contracts::storage::ContractInfo",
  {
    trie_id: boundedBytes(128),
    code_hash: h256,
    storage_bytes: u32,
    storage_items: u32,
    storage_byte_deposit: u64,
    storage_item_deposit: u64,
    storage_base_deposit: u64,
    delegate_dependencies: newtype("bounded_collections::bounded_btree_map::BoundedBTreeMap", btreeMap(h256, u64), [
      { name: "K", type: h256 },
      { name: "V", type: u64 },
      { name: "S" },
    ]),
  },
  [{ name: "T" }],
);
const deletionQueueManager = struct(
  "pallet_contracts::storage::DeletionQueueManager",
  { insert_counter: u32, delete_counter: u32 },
  [{ name: "T" }],
);
const schedule = struct(
  "pallet_contracts::schedule::Schedule",
  {
    limits: struct("pallet_contracts::schedule::Limits", {
      event_topics: u32,
      memory_pages: u32,
      subject_len: u32,
      payload_len: u32,
      runtime_memory: u32,
      validator_runtime_memory: u32,
      event_ref_time: u64,
    }),
    instruction_weights: struct("pallet_contracts::schedule::InstructionWeights", { base: u32 }, [{ name: "T" }]),
  },
  [{ name: "T" }],
);

/** A type of the environment contracts are compiled for: it says its type and holds nothing. */
const environmentType = (of: AnyScale) => struct("pallet_contracts::EnvironmentType", {}, [{ name: "T", type: of }]);
const environment = struct(
  "pallet_contracts::Environment",
  {
    account_id: environmentType(accountId),
    balance: environmentType(u64),
    hash: environmentType(h256),
    hasher: environmentType(struct("sp_runtime::traits::BlakeTwo256", {})),
    timestamp: environmentType(u64),
    block_number: environmentType(u32),
  },
  [{ name: "T" }],
);
const emptyEnvironment = { account_id: {}, balance: {}, hash: {}, hasher: {}, timestamp: {}, block_number: {} };

const limit = option(compact(u64));
const oldGas = { value: compact(u64), gas_limit: compact(u64), storage_deposit_limit: limit };
const gas = { value: compact(u64), gas_limit: weight, storage_deposit_limit: limit };

/** Most rao a call may put down as deposit where it names no limit. */
export const DEFAULT_DEPOSIT_LIMIT = 31_534_080n;

export const contracts = definePallet({
  name: "Contracts",
  index: 29,
  storage: {
    PristineCode: map({ keys: [["Identity", h256]], value: boundedBytes(MAX_CODE_BYTES), optional: true }),
    CodeInfoOf: map({ keys: [["Identity", h256]], value: codeInfo, optional: true }),
    Nonce: value({ value: u64, default: 0n }),
    ContractInfoOf: map({ keys: [["Twox64Concat", accountId]], value: contractInfo, optional: true }),
    DeletionQueue: map({ keys: [["Twox64Concat", u32]], value: boundedBytes(128), optional: true }),
    DeletionQueueCounter: value({ value: deletionQueueManager, default: { insert_counter: 0, delete_counter: 0 } }),
    MigrationInProgress: value({ value: boundedBytes(1_024), optional: true }),
  },
  calls: {
    call_old_weight: { index: 0, args: { dest: multiAddress, ...oldGas, data: bytes } },
    instantiate_with_code_old_weight: { index: 1, args: { ...oldGas, code: bytes, data: bytes, salt: bytes } },
    instantiate_old_weight: { index: 2, args: { ...oldGas, code_hash: h256, data: bytes, salt: bytes } },
    upload_code: { index: 3, args: { code: bytes, storage_deposit_limit: limit, determinism } },
    remove_code: { index: 4, args: { code_hash: h256 } },
    set_code: { index: 5, args: { dest: multiAddress, code_hash: h256 } },
    call: { index: 6, args: { dest: multiAddress, ...gas, data: bytes } },
    instantiate_with_code: { index: 7, args: { ...gas, code: bytes, data: bytes, salt: bytes } },
    instantiate: { index: 8, args: { ...gas, code_hash: h256, data: bytes, salt: bytes } },
    migrate: { index: 9, args: { weight_limit: weight } },
  },
  events: {
    Instantiated: { index: 0, fields: { deployer: accountId, contract: accountId } },
    Terminated: { index: 1, fields: { contract: accountId, beneficiary: accountId } },
    CodeStored: { index: 2, fields: { code_hash: h256, deposit_held: u64, uploader: accountId } },
    ContractEmitted: { index: 3, fields: { contract: accountId, data: bytes } },
    CodeRemoved: { index: 4, fields: { code_hash: h256, deposit_released: u64, remover: accountId } },
    ContractCodeUpdated: { index: 5, fields: { contract: accountId, new_code_hash: h256, old_code_hash: h256 } },
    Called: { index: 6, fields: { caller: contractsOrigin, contract: accountId } },
    DelegateCalled: { index: 7, fields: { contract: accountId, code_hash: h256 } },
    StorageDepositTransferredAndHeld: { index: 8, fields: { from: accountId, to: accountId, amount: u64 } },
    StorageDepositTransferredAndReleased: { index: 9, fields: { from: accountId, to: accountId, amount: u64 } },
  },
  errors: [
    "InvalidSchedule",
    "InvalidCallFlags",
    "OutOfGas",
    "OutputBufferTooSmall",
    "TransferFailed",
    "MaxCallDepthReached",
    "ContractNotFound",
    "CodeTooLarge",
    "CodeNotFound",
    "CodeInfoNotFound",
    "OutOfBounds",
    "DecodingFailed",
    "ContractTrapped",
    "ValueTooLarge",
    "TerminatedWhileReentrant",
    "InputForwarded",
    "RandomSubjectTooLong",
    "TooManyTopics",
    "NoChainExtension",
    "XCMDecodeFailed",
    "DuplicateContract",
    "TerminatedInConstructor",
    "ReentranceDenied",
    "StateChangeDenied",
    "StorageDepositNotEnoughFunds",
    "StorageDepositLimitExhausted",
    "CodeInUse",
    "ContractReverted",
    "CodeRejected",
    "Indeterministic",
    "MigrationInProgress",
    "NoMigrationPerformed",
    "MaxDelegateDependenciesReached",
    "DelegateDependencyNotFound",
    "DelegateDependencyAlreadyExists",
    "CannotAddSelfAsDelegateDependency",
    "OutOfTransientStorage",
  ],
  constants: {
    Schedule: constant(schedule, {
      limits: {
        event_topics: 4,
        memory_pages: 16,
        subject_len: 32,
        payload_len: 16_384,
        runtime_memory: 1_073_741_824,
        validator_runtime_memory: 2_147_483_648,
        event_ref_time: 60_000n,
      },
      instruction_weights: { base: 1_259 },
    }),
    DepositPerByte: constant(u64, 30n),
    DefaultDepositLimit: constant(u64, DEFAULT_DEPOSIT_LIMIT),
    DepositPerItem: constant(u64, 75n),
    CodeHashLockupDepositPercent: constant(newtype("sp_arithmetic::per_things::Perbill", u32), 300_000_000),
    MaxCodeLen: constant(u32, MAX_CODE_BYTES),
    MaxStorageKeyLen: constant(u32, 128),
    MaxTransientStorageSize: constant(u32, 1_048_576),
    MaxDelegateDependencies: constant(u32, 32),
    UnsafeUnstableInterface: constant(bool, false),
    MaxDebugBufferLen: constant(u32, 2_097_152),
    Environment: constant(environment, emptyEnvironment),
    ApiVersion: constant(newtype("pallet_contracts::ApiVersion", u16), 4),
  },
});
