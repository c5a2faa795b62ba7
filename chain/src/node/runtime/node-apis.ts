/** Runtime APIs that look beyond one pallet: metadata, blocks, transactions, nonces and fees, keys, genesis, and what Ethereum asks. */
import { utf8 } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../spec/call.ts";
import { system } from "../../spec/pallets/system.ts";
import { accountId, h256 } from "../../spec/scale/accounts.ts";
import { bytes } from "../../spec/scale/byte-strings.ts";
import { u32, u64 } from "../../spec/scale/numbers.ts";
import type { ValueOf } from "../../spec/scale/scale-type.ts";
import { vec } from "../../spec/scale/sequences.ts";
import { newtype, unit } from "../../spec/scale/structs.ts";
import { option, result } from "../../spec/scale/variants.ts";
import {
  feeDetails,
  header,
  runtimeDispatchInfo,
  transactionSource,
  transactionValidityError,
  validTransaction,
  weight,
} from "../../spec/types.ts";
import { dispatchInfo } from "../block/apply.ts";
import type { Execution } from "../block/execution.ts";
import { decodeExtrinsic, type Extrinsic } from "../block/extrinsic.ts";
import { checkExtrinsic, feeFor, type Validity } from "../block/validity.ts";
import { METADATA_VERSIONS } from "../metadata/metadata.ts";
import type { State } from "../storage/state.ts";
import { babeApi } from "./babe.ts";
import { ethereumApis } from "./ethereum/apis.ts";
import { type BlockApiModules, blockApis, running } from "./executive/apis.ts";
import { uxt } from "./executive/extrinsic-type.ts";
import { validityError } from "./executive/validity.ts";
import { genesisBuilderApi, type GenesisDocuments } from "./genesis-builder.ts";
import { shieldApi } from "./mev-shield/apis.ts";
import { apiMethod, type RuntimeApi } from "./pallet.ts";
import { callWeight } from "./runtime.ts";
import { sessionKeysApi } from "./session-keys.ts";
import { type Fee, feeOf, totalFee, weightFee } from "./transaction-payment/fees.ts";

/** What these APIs look up outside the state. */
export interface NodeApiModules extends BlockApiModules {
  /** Metadata of the runtime that holds on a state, in a version of its format; undefined for one that is not served. */
  metadata(state: State, format: number): Uint8Array | undefined;
  /** Loads the genesis documents. */
  genesisDocuments(): Promise<GenesisDocuments>;
}

const validityResult = result(validTransaction, transactionValidityError);
const opaqueMetadata = newtype("sp_core::OpaqueMetadata", bytes);

/** The APIs by trait name. */
export function nodeApis(modules: NodeApiModules): Readonly<Record<string, RuntimeApi>> {
  return {
    ...blockApis(modules),
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
          run: (ctx, { tx }) => {
            const extrinsic = decodeExtrinsic(tx);
            return validityValue(checkExtrinsic(running(ctx), extrinsic, modules.genesisHash()), extrinsic);
          },
        }),
      },
    },
    GenesisBuilder: genesisBuilderApi(() => modules.genesisDocuments()),
    OffchainWorkerApi: {
      version: 2,
      methods: {
        // The one worker of Subtensor's runtime fetches beacon pulses; here the node's own beacon brings them.
        offchain_worker: apiMethod({ args: { header }, result: unit, run: () => undefined }),
      },
    },
    SessionKeys: sessionKeysApi,
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
    ...ethereumApis(modules),
    BabeApi: babeApi,
    ShieldApi: shieldApi(modules),
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
