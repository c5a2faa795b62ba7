/** Types shared by several pallets and by the block format, with the Rust paths of spec 424. */
import { accountId, h256 } from "./scale/accounts.ts";
import { bytes, fixedBytes, text } from "./scale/byte-strings.ts";
import { bool, compact, u128, u32, u64, u8 } from "./scale/numbers.ts";
import { type AnyScale, type ScaleType, type TypeDef, type ValueOf, scaleType } from "./scale/scale-type.ts";
import { vec } from "./scale/sequences.ts";
import { newtype, struct, tuple, unit } from "./scale/structs.ts";
import { option, result, variant } from "./scale/variants.ts";

/** Digest of a named engine: four ASCII bytes and its data. */
const engineDigest = (index: number) => ({ index, type: tuple(fixedBytes(4), bytes) });
/** One entry of a header's digest. */
export const digestItem = inlineTuples(
  variant("sp_runtime::generic::digest::DigestItem", {
    Other: { index: 0, type: bytes },
    Consensus: engineDigest(4),
    Seal: engineDigest(5),
    PreRuntime: engineDigest(6),
    RuntimeEnvironmentUpdated: { index: 8 },
  }),
);
/** Value of a {@link digestItem}. */
export type DigestItem = ValueOf<typeof digestItem>;
/** The log of a header. */
export const digest = struct("sp_runtime::generic::digest::Digest", { logs: vec(digestItem) });

/** A block header; its Blake2-256 hash is the block hash. */
export const header = struct("sp_runtime::generic::header::Header", {
  parent_hash: h256,
  number: compact(u32),
  state_root: h256,
  extrinsics_root: h256,
  digest,
});
/** Value of a {@link header}. */
export type Header = ValueOf<typeof header>;

/** Weight: compact reference time in picoseconds and compact proof bytes. */
export const weight = struct("sp_weights::weight_v2::Weight", { ref_time: compact(u64), proof_size: compact(u64) });
/** Value of a {@link weight}. */
export type Weight = ValueOf<typeof weight>;

const dispatchClass = variant("frame_support::dispatch::DispatchClass", {
  Normal: undefined,
  Operational: undefined,
  Mandatory: undefined,
});
export const pays = variant("frame_support::dispatch::Pays", { Yes: undefined, No: undefined });
/** What ExtrinsicSuccess and ExtrinsicFailed say about cost. */
export const dispatchEventInfo = struct("frame_system::DispatchEventInfo", {
  weight,
  class: dispatchClass,
  pays_fee: pays,
});
/** Value of a {@link dispatchEventInfo}. */
export type DispatchEventInfo = ValueOf<typeof dispatchEventInfo>;

/** PerDispatchClass<T>. */
export const perDispatchClass = <T>(of: ScaleType<T>) =>
  struct("frame_support::dispatch::PerDispatchClass", { normal: of, operational: of, mandatory: of }, [
    { name: "T", type: of },
  ]);

const moduleErrorType = struct("sp_runtime::ModuleError", { index: u8, error: fixedBytes(4) });
const tokenError = variant("sp_runtime::TokenError", {
  FundsUnavailable: undefined,
  OnlyProvider: undefined,
  BelowMinimum: undefined,
  CannotCreate: undefined,
  UnknownAsset: undefined,
  Frozen: undefined,
  Unsupported: undefined,
  CannotCreateHold: undefined,
  NotExpendable: undefined,
  Blocked: undefined,
});
const arithmeticError = variant("sp_arithmetic::ArithmeticError", {
  Underflow: undefined,
  Overflow: undefined,
  DivisionByZero: undefined,
});
const transactionalError = variant("sp_runtime::TransactionalError", {
  LimitReached: undefined,
  NoLayer: undefined,
});
const trieError = variant("sp_runtime::proving_trie::TrieError", {
  InvalidStateRoot: undefined,
  IncompleteDatabase: undefined,
  ValueAtIncompleteKey: undefined,
  DecoderError: undefined,
  InvalidHash: undefined,
  DuplicateKey: undefined,
  ExtraneousNode: undefined,
  ExtraneousValue: undefined,
  ExtraneousHashReference: undefined,
  InvalidChildReference: undefined,
  ValueMismatch: undefined,
  IncompleteProof: undefined,
  RootMismatch: undefined,
  DecodeError: undefined,
});
/** Why a dispatch failed. */
export const dispatchError = variant("sp_runtime::DispatchError", {
  Other: undefined,
  CannotLookup: undefined,
  BadOrigin: undefined,
  Module: moduleErrorType,
  ConsumerRemaining: undefined,
  NoProviders: undefined,
  TooManyConsumers: undefined,
  Token: tokenError,
  Arithmetic: arithmeticError,
  Transactional: transactionalError,
  Exhausted: undefined,
  Corruption: undefined,
  Unavailable: undefined,
  RootNotAllowed: undefined,
  Trie: trieError,
});
/** Value of a {@link dispatchError}. */
export type DispatchError = ValueOf<typeof dispatchError>;
/** Result<(), DispatchError>, as events such as Sudo.Sudid carry it. */
export const dispatchResult = result(unit, dispatchError);

/** The runtime, where metadata names it or a type is generic over it. */
export const runtimeMarker = struct("node_subtensor_runtime::Runtime", {});

/** Where in a block an event happened. */
export const phase = variant("frame_system::Phase", {
  ApplyExtrinsic: u32,
  Finalization: undefined,
  Initialization: undefined,
});
/** Value of a {@link phase}. */
export type Phase = ValueOf<typeof phase>;

/** Signature with its scheme: the first byte is 0 ed25519, 1 sr25519, 2 ecdsa. */
export const multiSignature = variant("sp_runtime::MultiSignature", {
  Ed25519: fixedBytes(64),
  Sr25519: fixedBytes(64),
  Ecdsa: fixedBytes(65),
});
/** Value of a {@link multiSignature}. */
export type MultiSignature = ValueOf<typeof multiSignature>;
/** Public key with its scheme. */
export const multiSigner = variant("sp_runtime::MultiSigner", {
  Ed25519: fixedBytes(32),
  Sr25519: fixedBytes(32),
  Ecdsa: fixedBytes(33),
});

/** Why a transaction cannot be in a block (spec/subtensor-interface.md 1.5 for the custom codes). */
const invalidTransaction = variant("sp_runtime::transaction_validity::InvalidTransaction", {
  Call: undefined,
  Payment: undefined,
  Future: undefined,
  Stale: undefined,
  BadProof: undefined,
  AncientBirthBlock: undefined,
  ExhaustsResources: undefined,
  Custom: u8,
  BadMandatory: undefined,
  MandatoryValidation: undefined,
  BadSigner: undefined,
  IndeterminateImplicit: undefined,
  UnknownOrigin: undefined,
});
const unknownTransaction = variant("sp_runtime::transaction_validity::UnknownTransaction", {
  CannotLookup: undefined,
  NoUnsignedValidator: undefined,
  Custom: u8,
});
export const transactionValidityError = variant("sp_runtime::transaction_validity::TransactionValidityError", {
  Invalid: invalidTransaction,
  Unknown: unknownTransaction,
});
/** Value of a {@link transactionValidityError}. */
export type TransactionValidityError = ValueOf<typeof transactionValidityError>;
export const validTransaction = struct("sp_runtime::transaction_validity::ValidTransaction", {
  priority: u64,
  requires: vec(bytes),
  provides: vec(bytes),
  longevity: u64,
  propagate: bool,
});
export const transactionSource = variant("sp_runtime::transaction_validity::TransactionSource", {
  InBlock: undefined,
  Local: undefined,
  External: undefined,
});

/** Cow<T>: Rust's borrowed-or-owned, on the wire just T. */
const cow = <T>(of: ScaleType<T>) => newtype("Cow", of, [{ name: "T", type: of }]);
/** Text in a Cow. */
export const cowText = cow(text);

/** The runtime's identity, as System.Version and Core_version carry it. */
export const runtimeVersionType = struct("sp_version::RuntimeVersion", {
  spec_name: cowText,
  impl_name: cowText,
  authoring_version: u32,
  spec_version: u32,
  impl_version: u32,
  apis: cow(vec(tuple(fixedBytes(8), u32))),
  transaction_version: u32,
  system_version: u8,
});

/** Balances of an account (Balance is u64 here, not u128). */
export const accountData = struct("pallet_balances::types::AccountData", {
  free: u64,
  reserved: u64,
  frozen: u64,
  flags: newtype("pallet_balances::types::ExtraFlags", u128),
});
/** Value of System.Account. */
export const accountInfo = struct("frame_system::AccountInfo", {
  nonce: u32,
  consumers: u32,
  providers: u32,
  sufficients: u32,
  data: accountData,
});
/** Value of an {@link accountInfo}. */
export type AccountInfo = ValueOf<typeof accountInfo>;

/** RuntimeDispatchInfo: weight, class and fee of a transaction before it runs. */
export const runtimeDispatchInfo = struct(
  "pallet_transaction_payment::types::RuntimeDispatchInfo",
  { weight, class: dispatchClass, partial_fee: u64 },
  [
    { name: "Balance", type: u64 },
    { name: "Weight", type: weight },
  ],
);
/** FeeDetails: the parts of a fee. */
export const feeDetails = struct("pallet_transaction_payment::types::FeeDetails", {
  inclusion_fee: option(
    struct("pallet_transaction_payment::types::InclusionFee", {
      base_fee: u64,
      len_fee: u64,
      adjusted_weight_fee: u64,
    }),
  ),
  tip: u64,
});

/** Origins a call can be dispatched as through Utility.dispatch_as. */
export const originCaller = variant("node_subtensor_runtime::OriginCaller", {
  system: variant("frame_support::dispatch::RawOrigin", { Root: undefined, Signed: accountId, None: undefined }),
});

/** Shows a tuple inside an enum alternative as several unnamed fields, as Rust's tuple variants are in metadata. */
export function inlineTuples<T>(type: ScaleType<T>): ScaleType<T> {
  const def = type.def;
  if (def.kind !== "variant") return type;
  const variants = def.variants.map((one) => ({
    ...one,
    fields: one.fields.flatMap(
      ({ name, type: field }) => tupleFields(field) ?? [name === undefined ? { type: field } : { name, type: field }],
    ),
  }));
  const inlined: TypeDef = { ...def, variants };
  return scaleType<T>(
    inlined,
    type.minBytes,
    (out, v) => type.write(out, v),
    (input) => type.read(input),
  );
}

function tupleFields(type: AnyScale): { type: AnyScale }[] | undefined {
  return type.def.kind === "tuple" && type.def.of.length > 1 ? type.def.of.map((of) => ({ type: of })) : undefined;
}
