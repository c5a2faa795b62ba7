/** Runtime APIs every substrate chain has: version, metadata, transaction validity, nonces and fees. */
import { utf8 } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../spec/call.ts";
import { system } from "../../spec/pallets/system.ts";
import { accountId, h256 } from "../../spec/scale/accounts.ts";
import { bytes } from "../../spec/scale/byte-strings.ts";
import { u32, u64 } from "../../spec/scale/numbers.ts";
import { type ScaleType, type ValueOf, scaleType } from "../../spec/scale/scale-type.ts";
import { vec } from "../../spec/scale/sequences.ts";
import { newtype } from "../../spec/scale/structs.ts";
import { option, result } from "../../spec/scale/variants.ts";
import {
  feeDetails,
  runtimeDispatchInfo,
  runtimeVersionType,
  transactionSource,
  transactionValidityError,
  type TransactionValidityError,
  validTransaction,
  weight,
} from "../../spec/types.ts";
import { dispatchInfo } from "../block/apply.ts";
import { Execution } from "../block/execution.ts";
import { decodeExtrinsic, type Extrinsic } from "../block/extrinsic.ts";
import { checkExtrinsic, feeFor, type Validity } from "../block/validity.ts";
import { extrinsicTypes } from "../metadata/extrinsic.ts";
import { METADATA_VERSIONS } from "../metadata/metadata.ts";
import type { State } from "../storage/state.ts";
import { apiMethod, type Ctx, type RuntimeApi } from "./pallet.ts";
import { callWeight, type RuntimeVersion } from "./runtime.ts";
import { type Fee, feeOf, totalFee, weightFee } from "./transaction-payment/fees.ts";

/** What these APIs look up outside the state. */
export interface NodeApiModules {
  /** Metadata of the runtime that holds on a state, in a version of its format; undefined for one that is not served. */
  metadata(state: State, format: number): Uint8Array | undefined;
  /** Version of the runtime that holds on a state. */
  version(state: State): RuntimeVersion;
  genesisHash(): string;
}

/** An extrinsic as APIs take it: its bytes with the length in front. */
const uxt: ScaleType<Uint8Array> = scaleType<Uint8Array>(
  () => extrinsicTypes.extrinsic.def,
  1,
  (out, value) => out.put(value),
  (input) => {
    const start = input.offset;
    input.take(input.length(1));
    return input.bytes.slice(start, input.offset);
  },
);
const validityResult = result(validTransaction, transactionValidityError);
const opaqueMetadata = newtype("sp_core::OpaqueMetadata", bytes);

/** The APIs by trait name. */
export function nodeApis(modules: NodeApiModules): Readonly<Record<string, RuntimeApi>> {
  return {
    Core: {
      version: 5,
      methods: {
        version: apiMethod({ args: {}, result: runtimeVersionType, run: ({ state }) => modules.version(state) }),
      },
    },
    Metadata: {
      version: 2,
      methods: {
        metadata: apiMethod({
          args: {},
          result: opaqueMetadata,
          run: ({ state }) => modules.metadata(state, 14) ?? new Uint8Array(),
        }),
        metadata_at_version: apiMethod({
          args: { version: u32 },
          result: option(opaqueMetadata),
          run: ({ state }, { version }) => modules.metadata(state, version),
        }),
        metadata_versions: apiMethod({ args: {}, result: vec(u32), run: () => [...METADATA_VERSIONS] }),
      },
    },
    TaggedTransactionQueue: {
      version: 3,
      methods: {
        validate_transaction: apiMethod({
          args: { source: transactionSource, tx: uxt, block_hash: h256 },
          result: validityResult,
          run: (ctx, { tx }) =>
            validityValue(
              checkExtrinsic(running(ctx), decodeExtrinsic(tx), modules.genesisHash()),
              decodeExtrinsic(tx),
            ),
        }),
      },
    },
    AccountNonceApi: {
      version: 1,
      methods: {
        account_nonce: apiMethod({
          args: { account: accountId },
          result: u32,
          run: (ctx, { account }) => ctx.state.get(system.storage.Account, account).nonce,
        }),
      },
    },
    TransactionPaymentApi: {
      version: 4,
      methods: {
        query_info: apiMethod({
          args: { uxt, len: u32 },
          result: runtimeDispatchInfo,
          run: (ctx, args) => queryInfo(running(ctx), args.uxt),
        }),
        query_fee_details: apiMethod({
          args: { uxt, len: u32 },
          result: feeDetails,
          run: (ctx, args) => queryFeeDetails(running(ctx), args.uxt),
        }),
        ...weightAndLength,
      },
    },
    TransactionPaymentCallApi: {
      version: 3,
      methods: {
        query_call_info: apiMethod({
          args: { call: runtimeCall(), len: u32 },
          result: runtimeDispatchInfo,
          run: (ctx, { call, len }) => {
            const { weight: spent, class: kind, fee } = callCost(running(ctx), call, len);
            return { weight: spent, class: kind, partial_fee: fee === undefined ? 0n : totalFee(fee) };
          },
        }),
        query_call_fee_details: apiMethod({
          args: { call: runtimeCall(), len: u32 },
          result: feeDetails,
          run: (ctx, { call, len }) => {
            const { fee } = callCost(running(ctx), call, len);
            return { inclusion_fee: fee === undefined ? undefined : inclusionFee(fee), tip: 0n };
          },
        }),
        ...weightAndLength,
      },
    },
  };
}

/** The two methods that both payment APIs have. */
const weightAndLength = {
  query_weight_to_fee: apiMethod({
    args: { weight },
    result: u64,
    run: (_ctx, args) => weightFee(args.weight.ref_time),
  }),
  query_length_to_fee: apiMethod({
    args: { length: u32 },
    result: u64,
    run: (_ctx, { length }) => BigInt(length),
  }),
};

/** What a call would cost in a signed extrinsic of so many bytes; no fee for one that is free. */
function callCost(
  execution: Execution,
  call: RuntimeCall,
  lengthBytes: number,
): Pick<ValueOf<typeof runtimeDispatchInfo>, "weight" | "class"> & { readonly fee: Fee | undefined } {
  const impl = execution.runtime.callImpl(call);
  const spent = callWeight(impl);
  return {
    weight: { ref_time: spent, proof_size: 0n },
    class: { type: impl?.class ?? "Normal" },
    fee: execution.paysFee(call) ? feeOf(spent, lengthBytes) : undefined,
  };
}

function inclusionFee(fee: Fee): NonNullable<ValueOf<typeof feeDetails>["inclusion_fee"]> {
  return { base_fee: fee.base, len_fee: fee.length, adjusted_weight_fee: fee.weight };
}

/** Weight, class and fee of an extrinsic. Its signature is not looked at: clients ask with a made-up one. */
export function queryInfo(execution: Execution, encoded: Uint8Array): ValueOf<typeof runtimeDispatchInfo> {
  const extrinsic = decodeExtrinsic(encoded);
  const info = dispatchInfo(execution, extrinsic);
  return { weight: info.weight, class: info.class, partial_fee: feeFor(execution, extrinsic) };
}

/** The parts of an extrinsic's fee. */
export function queryFeeDetails(execution: Execution, encoded: Uint8Array): ValueOf<typeof feeDetails> {
  const extrinsic = decodeExtrinsic(encoded);
  const tip = extrinsic.kind === "signed" ? extrinsic.tip : 0n;
  if (feeFor(execution, extrinsic) === 0n) return { inclusion_fee: undefined, tip };
  const fee = feeOf(dispatchInfo(execution, extrinsic).weight.ref_time, encoded.length);
  return { inclusion_fee: inclusionFee(fee), tip };
}

function validityValue(validity: Validity, extrinsic: Extrinsic): ValueOf<typeof validityResult> {
  if (validity.kind !== "valid") return { type: "Err", value: validityError(validity) };
  const tags = validity.provides.map(utf8);
  const before = extrinsic.kind === "signed" && validity.future ? [utf8(`${validity.who}:${extrinsic.nonce - 1}`)] : [];
  const longevity = validity.longevity >= Number.MAX_SAFE_INTEGER ? (1n << 64n) - 1n : BigInt(validity.longevity);
  return {
    type: "Ok",
    value: { priority: validity.priority, requires: before, provides: tags, longevity, propagate: true },
  };
}

/** Why a transaction may not be in a block, as the runtime tells it. */
export function validityError(validity: Exclude<Validity, { kind: "valid" }>): TransactionValidityError {
  if (validity.kind === "unknown") return { type: "Unknown", value: { type: validity.reason } };
  const { reason } = validity;
  return {
    type: "Invalid",
    value: reason.type === "Custom" ? { type: "Custom", value: reason.code } : { type: reason.type },
  };
}

/** APIs run in an execution of the next block; the narrower context pallets see is the same object. */
function running(ctx: Ctx): Execution {
  if (!(ctx instanceof Execution)) throw new TypeError("this runtime API needs an execution");
  return ctx;
}
