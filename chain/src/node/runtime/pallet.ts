/**
 * What a pallet of the dev chain is: its table, and functions for its calls, hooks, guards, inherents and runtime APIs. A pallet holds no state of
 * its own; everything it knows is in storage, so any kept block can be asked again.
 */
import type { EpochInput } from "@subnetkit/shared/consensus/epoch";
import type { CallArgs, EventFields, PalletSpec } from "../../spec/define.ts";
import type { RuntimeCall } from "../../spec/call.ts";
import type { FieldValues, Fields, ScaleType } from "../../spec/scale/scale-type.ts";
import type { DispatchError } from "../../spec/types.ts";
import type { State } from "../storage/state.ts";
import type { Rules } from "./rules.ts";

/** An account: `0x` and 64 lower-case hex digits. */
export type AccountId = string;

/** What an origin may dispatch, also inside other calls: false is System.CallFiltered. */
export type CallFilter = (call: RuntimeCall) => boolean;

/** Who a call is dispatched as. A filtered origin passes its filter on to the calls inside its calls. */
export type Origin =
  | { readonly kind: "root" }
  | { readonly kind: "signed"; readonly who: AccountId; readonly filter?: CallFilter | undefined }
  | { readonly kind: "none" };

/** Outcome of a dispatch. A failed one has left no trace in storage or events. */
export type DispatchResult =
  | { readonly type: "Ok"; readonly value: undefined }
  | { readonly type: "Err"; readonly value: DispatchError };

/** Thrown by a call to fail it. */
export class DispatchFailure extends Error {
  override readonly name = "DispatchFailure";
  readonly error: DispatchError;

  constructor(error: DispatchError, message: string) {
    super(message);
    this.error = error;
  }
}

/** The failure of a pallet's own error. Throw the result. */
export function moduleError<S extends PalletSpec>(spec: S, name: S["errors"][number]): DispatchFailure {
  return new DispatchFailure(moduleDispatchError(spec, name), `${spec.name}.${name}`);
}

/** A pallet's own error as the value events and guards carry. */
export function moduleDispatchError<S extends PalletSpec>(spec: S, name: S["errors"][number]): DispatchError {
  const index = spec.errors.indexOf(name);
  if (index < 0) throw new RangeError(`${spec.name} has no error ${name}`);
  return { type: "Module", value: { index: spec.index, error: Uint8Array.of(index, 0, 0, 0) } };
}

/** The failure of a call dispatched by someone who may not. */
export function badOrigin(): DispatchFailure {
  return new DispatchFailure({ type: "BadOrigin" }, "BadOrigin");
}

/** The failure of a balance operation. */
export function tokenFailure(type: (DispatchError & { type: "Token" })["value"]["type"]): DispatchFailure {
  return new DispatchFailure({ type: "Token", value: { type } }, `Token.${type}`);
}

/** The failure of an arithmetic operation. */
export function arithmeticFailure(type: "Underflow" | "Overflow" | "DivisionByZero"): DispatchFailure {
  return new DispatchFailure({ type: "Arithmetic", value: { type } }, `Arithmetic.${type}`);
}

/** The signer, or a BadOrigin failure. */
export function ensureSigned(origin: Origin): AccountId {
  if (origin.kind !== "signed") throw badOrigin();
  return origin.who;
}

/** Nothing for root, a BadOrigin failure for everyone else. */
export function ensureRoot(origin: Origin): void {
  if (origin.kind !== "root") throw badOrigin();
}

/** Nothing for an unsigned origin, a BadOrigin failure for everyone else. */
export function ensureNone(origin: Origin): void {
  if (origin.kind !== "none") throw badOrigin();
}

/**
 * Why a transaction is not accepted. Guards return `Custom` with a code (spec/subtensor-interface.md 1.5) and the module error the same
 * check gives when the call is nested in another.
 */
export type InvalidTx =
  | {
      readonly type:
        | "Call"
        | "Payment"
        | "Future"
        | "Stale"
        | "BadProof"
        | "AncientBirthBlock"
        | "ExhaustsResources"
        | "BadMandatory"
        | "BadSigner";
    }
  | { readonly type: "Custom"; readonly code: number; readonly error?: DispatchError };

/** The pool-time refusal of a guard: a custom code and the error it is at dispatch. */
export function customInvalid(code: number, error?: DispatchError): InvalidTx {
  return error === undefined ? { type: "Custom", code } : { type: "Custom", code, error };
}

/** The block being built (or, for runtime APIs and the pool, the next one). */
export interface BlockInfo {
  readonly number: number;
  /** The block's own time, unix ms. Timestamp.Now still holds the previous block's until the inherent ran. */
  readonly timestampMs: number;
  readonly parentHash: string;
  /** Account of the block's author: receives the fees. */
  readonly author: AccountId;
}

/** What a pallet's functions are given. */
export interface Ctx {
  readonly state: State;
  readonly block: BlockInfo;
  /** Which limits hold; all of them, except where a development node lifts some. */
  readonly rules: Rules;
  /** Hears the input of every epoch that runs, where somebody traces the block. */
  readonly onEpoch?: ((netuid: number, mechanism: number, input: EpochInput) => void) | undefined;
  /** Index of the running extrinsic in its block; 0 outside of one. */
  readonly extrinsicIndex: number;
  /** Adds an event to the block. A pallet names its own table; fields are an object where named, an array where positional, undefined where none. */
  emit<S extends PalletSpec, N extends keyof S["events"] & string>(spec: S, name: N, fields: EventFields<S, N>): void;
  /** Runs a call in a storage layer of its own, guards included. Failing is a value: nothing is thrown. */
  dispatch(call: RuntimeCall, origin: Origin): DispatchResult;
  /** Runs work in a storage layer of its own: a dispatch failure is returned and leaves no change and no event. */
  layered(where: string, work: () => void): DispatchError | undefined;
  /** Reference time of a call in picoseconds. */
  callWeight(call: RuntimeCall): bigint;
  /** Whether a call pays a fee: batches ask for their parts. */
  paysFee(call: RuntimeCall): boolean;
}

/** A runtime API's context with the number of the newest block instead of the next one: what a state call sees on the chain. */
export function atHead(ctx: Ctx): Pick<Ctx, "state" | "block"> {
  return { state: ctx.state, block: { ...ctx.block, number: ctx.block.number - 1 } };
}

/** A call's function and cost. */
export interface CallImpl<A> {
  /** False: no fee (Pays::No). */
  readonly pays: boolean | ((args: A, ctx: Pick<Ctx, "paysFee">) => boolean);
  /** Reference time in picoseconds; 200,000,000 where absent. Part of the fee: 0.0005 rao each. */
  readonly weight?: bigint;
  /** Normal where absent. */
  readonly class?: "Normal" | "Operational" | "Mandatory";
  /** Does the work, or throws a {@link DispatchFailure}. */
  dispatch(ctx: Ctx, origin: Origin, args: A): void;
}

/** Says, after the call, how its fee was paid. */
export type FeeReceipt = () => void;

/** What the pool does with an unsigned call a pallet accepts. */
export interface UnsignedValidity {
  readonly priority: bigint;
  /** Marks that exclude each other in the pool. */
  readonly provides: readonly string[];
  readonly longevity: number;
}

/** One method of a runtime API. */
export interface ApiMethod<A extends Fields = Fields, R = unknown> {
  readonly args: A;
  readonly result: ScaleType<R>;
  run(ctx: Ctx, args: FieldValues<A>): R;
}

/** One runtime API: its version and its methods by name. */
export interface RuntimeApi {
  readonly version: number;
  /** Loads what its methods need, before one of them runs; absent where they need nothing. */
  readonly load?: () => Promise<void>;
  readonly methods: Readonly<Record<string, AnyApiMethod>>;
}

/** A method of any arguments. */
export interface AnyApiMethod {
  readonly args: Fields;
  readonly result: ScaleType<unknown>;
  run(ctx: Ctx, args: never): unknown;
}

/** Types a method's arguments from its table. */
export function apiMethod<A extends Fields, R>(method: ApiMethod<A, R>): ApiMethod<A, R> {
  return method;
}

/** What genesis needs to know beyond the tables. */
export interface GenesisConfig {
  /** Number of the block the chain goes on from; 0 where absent. */
  readonly block?: number;
  /** Networks there are: root and netuid 1 of a localnet where absent, root alone, or none. */
  readonly networks?: "localnet" | "root" | "none";
  /** Time of block 0, unix ms. */
  readonly timestampMs: number;
  /** Free balances in rao. */
  readonly balances: readonly (readonly [AccountId, bigint])[];
  /** Sudo key. */
  readonly sudo: AccountId;
  /** Aura authority: 32-byte sr25519 public key as an account. */
  readonly authority: AccountId;
  /** Seconds between two rounds of the local drand beacon. */
  readonly drandPeriodSeconds: number;
  /** Which beacon the chain believes; the local one where absent. */
  readonly drand?: "local" | "quicknet";
}

/** A pallet of the chain. */
export interface RuntimePallet<S extends PalletSpec = PalletSpec> {
  readonly spec: S;
  /** Fills storage at block 0. */
  genesis?(ctx: Ctx, config: GenesisConfig): void;
  /** Before everything else in a block, in pallet index order. */
  onInitialize?(ctx: Ctx): void;
  /** After the last extrinsic. */
  onFinalize?(ctx: Ctx): void;
  readonly calls: { readonly [N in keyof S["calls"]]?: CallImpl<CallArgs<S, N>> };
  /** What everyone but root may call now, also inside other calls: false is System.CallFiltered. */
  filter?(ctx: Ctx, call: RuntimeCall): boolean;
  /** Refuses a call before it is dispatched: at the pool and at inclusion as an invalid transaction, nested as its module error. */
  guard?(ctx: Ctx, origin: Origin, call: RuntimeCall): InvalidTx | undefined;
  /** Account that pays the fee of a call in the signer's place; undefined: the signer does (spec/subtensor-interface.md 1.4). */
  feePayer?(ctx: Ctx, who: AccountId, call: RuntimeCall): AccountId | undefined;
  /** Pays the fee of a call some other way when the signer has not enough TAO (spec/subtensor-interface.md 1.4). Undefined: cannot. */
  payFee?(ctx: Ctx, who: AccountId, call: RuntimeCall, feeRao: bigint): FeeReceipt | undefined;
  /** Accepts an unsigned call of this pallet into pool and block. */
  validateUnsigned?(ctx: Ctx, call: RuntimeCall): UnsignedValidity | InvalidTx;
  /** Calls every block starts with, after onInitialize. They run with no origin and must not fail. */
  inherents?(ctx: Ctx): readonly RuntimeCall[];
  /** Runtime APIs by name. */
  readonly runtimeApis?: Readonly<Record<string, RuntimeApi>>;
}

/** Types a pallet's functions from its table. */
export function defineRuntimePallet<const S extends PalletSpec>(pallet: RuntimePallet<S>): RuntimePallet<S> {
  return pallet;
}

/** A pallet whatever its table. */
export type AnyRuntimePallet = Omit<RuntimePallet, "calls"> & {
  readonly calls: Readonly<Record<string, CallImpl<never> | undefined>>;
};
