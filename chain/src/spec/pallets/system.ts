/** System (0): accounts, block bookkeeping, events. Source: spec/subtensor-interface.md 1.1, 3.7 and the metadata of spec 424. */
import { eventRecord } from "../event-type.ts";
import { constant, definePallet, map, value } from "../define.ts";
import { accountId, h256 } from "../scale/accounts.ts";
import { bytes } from "../scale/byte-strings.ts";
import { bool, compact, u16, u32, u64 } from "../scale/numbers.ts";
import { vec } from "../scale/sequences.ts";
import { struct, tuple } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import {
  accountInfo,
  cowText,
  digest,
  dispatchError,
  dispatchEventInfo,
  perDispatchClass,
  phase,
  runtimeVersionType,
  weight,
} from "../types.ts";

const weightsPerClass = struct("frame_system::limits::WeightsPerClass", {
  base_extrinsic: weight,
  max_extrinsic: option(weight),
  max_total: option(weight),
  reserved: option(weight),
});
const blockWeights = struct("frame_system::limits::BlockWeights", {
  base_block: weight,
  max_block: weight,
  per_class: perDispatchClass(weightsPerClass),
});
const blockLength = struct("frame_system::limits::BlockLength", { max: perDispatchClass(u32) });
const dbWeight = struct("sp_weights::RuntimeDbWeight", { read: u64, write: u64 });
const base = { ref_time: 108_157_000n, proof_size: 0n };

/** Weight of an extrinsic before its call, ref-time picoseconds. */
export const BASE_EXTRINSIC_WEIGHT = base.ref_time;
const noWeight = { ref_time: 0n, proof_size: 0n };
const noAccount = {
  nonce: 0,
  consumers: 0,
  providers: 0,
  sufficients: 0,
  data: { free: 0n, reserved: 0n, frozen: 0n, flags: 1n << 127n },
};
const zeroHash = `0x${"00".repeat(32)}`;

/** Version of the runtime this chain plays. `apis` is filled in from the runtime's list. */
export const RUNTIME_VERSION = {
  spec_name: "node-subtensor",
  impl_name: "node-subtensor",
  authoring_version: 1,
  spec_version: 424,
  impl_version: 1,
  apis: [] as [Uint8Array, number][],
  transaction_version: 1,
  system_version: 1,
};

export const system = definePallet({
  name: "System",
  index: 0,
  crate: "frame_system",
  storage: {
    Account: map({ keys: [["Blake2_128Concat", accountId]], value: accountInfo, default: noAccount }),
    ExtrinsicCount: value({ value: u32, optional: true }),
    InherentsApplied: value({ value: bool, default: false }),
    BlockWeight: value({
      value: perDispatchClass(weight),
      default: { normal: noWeight, operational: noWeight, mandatory: noWeight },
    }),
    AllExtrinsicsLen: value({ value: u32, optional: true }),
    BlockHash: map({ keys: [["Twox64Concat", u32]], value: h256, default: zeroHash }),
    ExtrinsicData: map({ keys: [["Twox64Concat", u32]], value: bytes, default: new Uint8Array() }),
    Number: value({ value: u32, default: 0 }),
    ParentHash: value({ value: h256, default: zeroHash }),
    Digest: value({ value: digest, default: { logs: [] } }),
    Events: value({ value: vec(eventRecord()), default: [] }),
    EventCount: value({ value: u32, default: 0 }),
    EventTopics: map({ keys: [["Blake2_128Concat", h256]], value: vec(tuple(u32, u32)), default: [] }),
    LastRuntimeUpgrade: value({
      value: struct("frame_system::LastRuntimeUpgradeInfo", { spec_version: compact(u32), spec_name: cowText }),
      optional: true,
    }),
    UpgradedToU32RefCount: value({ value: bool, default: false }),
    UpgradedToTripleRefCount: value({ value: bool, default: false }),
    ExecutionPhase: value({ value: phase, optional: true }),
    AuthorizedUpgrade: value({
      value: struct("frame_system::CodeUpgradeAuthorization", { code_hash: h256, check_version: bool }),
      optional: true,
    }),
    ExtrinsicWeightReclaimed: value({ value: weight, default: noWeight }),
  },
  calls: {
    remark: { index: 0, args: { remark: bytes } },
    set_heap_pages: { index: 1, args: { pages: u64 } },
    set_code: { index: 2, args: { code: bytes } },
    set_code_without_checks: { index: 3, args: { code: bytes } },
    set_storage: { index: 4, args: { items: vec(tuple(bytes, bytes)) } },
    kill_storage: { index: 5, args: { keys: vec(bytes) } },
    kill_prefix: { index: 6, args: { prefix: bytes, subkeys: u32 } },
    remark_with_event: { index: 7, args: { remark: bytes } },
    authorize_upgrade: { index: 9, args: { code_hash: h256 } },
    authorize_upgrade_without_checks: { index: 10, args: { code_hash: h256 } },
    apply_authorized_upgrade: { index: 11, args: { code: bytes } },
  },
  events: {
    ExtrinsicSuccess: { index: 0, fields: { dispatch_info: dispatchEventInfo } },
    ExtrinsicFailed: { index: 1, fields: { dispatch_error: dispatchError, dispatch_info: dispatchEventInfo } },
    CodeUpdated: { index: 2 },
    NewAccount: { index: 3, fields: { account: accountId } },
    KilledAccount: { index: 4, fields: { account: accountId } },
    Remarked: { index: 5, fields: { sender: accountId, hash: h256 } },
    UpgradeAuthorized: { index: 6, fields: { code_hash: h256, check_version: bool } },
    RejectedInvalidAuthorizedUpgrade: { index: 7, fields: { code_hash: h256, error: dispatchError } },
  },
  errors: [
    "InvalidSpecName",
    "SpecVersionNeedsToIncrease",
    "FailedToExtractRuntimeVersion",
    "NonDefaultComposite",
    "NonZeroRefCount",
    "CallFiltered",
    "MultiBlockMigrationsOngoing",
    "NothingAuthorized",
    "Unauthorized",
  ],
  constants: {
    BlockWeights: constant(blockWeights, {
      base_block: { ref_time: 431_614_000n, proof_size: 0n },
      max_block: { ref_time: 4_000_000_000_000n, proof_size: 18_446_744_073_709_551_615n },
      per_class: {
        normal: {
          base_extrinsic: base,
          max_extrinsic: { ref_time: 2_599_891_843_000n, proof_size: 11_990_383_647_911_208_550n },
          max_total: { ref_time: 3_000_000_000_000n, proof_size: 13_835_058_055_282_163_711n },
          reserved: noWeight,
        },
        operational: {
          base_extrinsic: base,
          max_extrinsic: { ref_time: 3_599_891_843_000n, proof_size: 16_602_069_666_338_596_454n },
          max_total: { ref_time: 4_000_000_000_000n, proof_size: 18_446_744_073_709_551_615n },
          reserved: { ref_time: 1_000_000_000_000n, proof_size: 4_611_686_018_427_387_904n },
        },
        mandatory: { base_extrinsic: base, max_extrinsic: undefined, max_total: undefined, reserved: undefined },
      },
    }),
    BlockLength: constant(blockLength, { max: { normal: 7_864_320, operational: 10_485_760, mandatory: 10_485_760 } }),
    BlockHashCount: constant(u32, 2400),
    DbWeight: constant(dbWeight, { read: 25_000_000n, write: 100_000_000n }),
    Version: constant(runtimeVersionType, RUNTIME_VERSION),
    SS58Prefix: constant(u16, 42),
  },
});
