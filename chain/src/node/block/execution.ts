/**
 * One block's execution: the state it changes, its events, and dispatch in layers. Also used, and thrown away, to check transactions and to answer
 * runtime APIs, which then see the world exactly as the next block would.
 */
import type { RuntimeCall } from "../../spec/call.ts";
import type { EventFields, PalletSpec } from "../../spec/define.ts";
import { eventRecord } from "../../spec/event.ts";
import { system } from "../../spec/pallets/system.ts";
import { Writer } from "../../spec/cursor.ts";
import type { DispatchError, Phase } from "../../spec/types.ts";
import {
  type AccountId,
  type AnyRuntimePallet,
  type BlockInfo,
  type Ctx,
  DispatchFailure,
  type DispatchResult,
  type InvalidTx,
  moduleDispatchError,
  type Origin,
} from "../runtime/pallet.ts";
import { type Rules, strictRules } from "../runtime/rules.ts";
import { callWeight, type Runtime } from "../runtime/runtime.ts";
import { itemPrefix } from "../storage/keys.ts";
import type { OverlayState } from "../storage/state.ts";

/** Told of an exception that is no dispatch failure: a bug in a pallet. What it was doing has been rolled back. */
export type FaultListener = (error: unknown, where: string) => void;

const record = eventRecord();
const eventList = new Writer();

const all = (): boolean => true;
const filters = (pallet: AnyRuntimePallet): boolean => pallet.filter !== undefined;
const guards = (pallet: AnyRuntimePallet): boolean => pallet.guard !== undefined;
const namesPayer = (pallet: AnyRuntimePallet): boolean => pallet.feePayer !== undefined;

/** A running block. */
export class Execution implements Ctx {
  readonly runtime: Runtime;
  readonly state: OverlayState;
  readonly block: BlockInfo;
  readonly rules: Rules;
  phase: Phase = { type: "Initialization" };
  onEpoch?: Ctx["onEpoch"];
  private readonly events: Uint8Array[] = [];
  private readonly onFault: FaultListener;

  constructor(
    runtime: Runtime,
    state: OverlayState,
    block: BlockInfo,
    onFault: FaultListener,
    rules: Rules = strictRules,
  ) {
    this.runtime = runtime;
    this.state = state;
    this.block = block;
    this.onFault = onFault;
    this.rules = rules;
  }

  get extrinsicIndex(): number {
    return this.phase.type === "ApplyExtrinsic" ? this.phase.value : 0;
  }

  emit<S extends PalletSpec, N extends keyof S["events"] & string>(spec: S, name: N, fields: EventFields<S, N>): void {
    this.events.push(record.enc({ phase: this.phase, event: { pallet: spec.name, name, fields }, topics: [] }));
  }

  callWeight(call: RuntimeCall): bigint {
    return callWeight(this.runtime.callImpl(call));
  }

  paysFee(call: RuntimeCall): boolean {
    const pays = this.runtime.callImpl(call)?.pays ?? true;
    return typeof pays === "function" ? pays(call.args as never, this) : pays;
  }

  dispatch(call: RuntimeCall, origin: Origin): DispatchResult {
    if (origin.kind === "signed" && origin.filter?.(call) === false)
      return { type: "Err", value: moduleDispatchError(system, "CallFiltered") };
    const refused = origin.kind === "signed" ? this.guard(call, origin) : undefined;
    if (refused?.type === "Custom" && refused.error !== undefined) return { type: "Err", value: refused.error };
    return this.dispatchGuarded(call, origin);
  }

  /** Runs a call whose guards have passed. */
  dispatchGuarded(call: RuntimeCall, origin: Origin): DispatchResult {
    const impl = this.runtime.callImpl(call);
    if (impl === undefined || (origin.kind !== "root" && !this.allowed(call)))
      return { type: "Err", value: moduleDispatchError(system, "CallFiltered") };
    const error = this.layered(`${call.pallet}.${call.name}`, () => impl.dispatch(this, origin, call.args as never));
    return error === undefined ? { type: "Ok", value: undefined } : { type: "Err", value: error };
  }

  /** What every pallet's filter lets through. */
  private allowed(call: RuntimeCall): boolean {
    return this.runtime.palletsThat(filters).every((pallet) => pallet.filter?.(this, call) ?? true);
  }

  /** Account that pays for a transaction of `who`. */
  feePayer(who: AccountId, call: RuntimeCall): AccountId {
    for (const pallet of this.runtime.palletsThat(namesPayer)) {
      const payer = pallet.feePayer?.(this, who, call);
      if (payer !== undefined) return payer;
    }
    return who;
  }

  /** The first guard that refuses a call. */
  guard(call: RuntimeCall, origin: Origin): InvalidTx | undefined {
    for (const pallet of this.runtime.palletsThat(guards)) {
      const refused = pallet.guard?.(this, origin, call);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  /**
   * Runs a hook of every pallet that `has` it, in order; `has` is a function of the module. A pallet that throws, a dispatch failure included, is rolled back and reported; the block
   * goes on.
   */
  hooks(name: string, run: (pallet: AnyRuntimePallet) => void, has: (pallet: AnyRuntimePallet) => boolean = all): void {
    for (const pallet of this.runtime.palletsThat(has)) {
      const mark = this.events.length;
      this.state.begin();
      try {
        run(pallet);
        this.state.commit();
      } catch (thrown) {
        this.state.rollback();
        this.events.length = mark;
        const where = `${pallet.spec.name}.${name}`;
        const failed = thrown instanceof DispatchFailure;
        this.onFault(failed ? new Error(`${where} failed: ${thrown.message}`, { cause: thrown }) : thrown, where);
      }
    }
  }

  /** What work would come to: its changes and events are dropped. A dispatch failure counts as false. */
  probe(work: () => boolean): boolean {
    const mark = this.events.length;
    this.state.begin();
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof DispatchFailure) return false;
      throw thrown;
    } finally {
      this.state.rollback();
      this.events.length = mark;
    }
  }

  /** Runs work in a storage layer. A failure leaves no change and no event. */
  layered(where: string, work: () => void): DispatchError | undefined {
    const mark = this.events.length;
    this.state.begin();
    try {
      work();
      this.state.commit();
      return undefined;
    } catch (thrown) {
      this.state.rollback();
      this.events.length = mark;
      if (thrown instanceof DispatchFailure) return thrown.error;
      this.onFault(thrown, where);
      return { type: "Other" };
    }
  }

  /** Writes System.Events and System.EventCount. */
  storeEvents(): void {
    eventList.clear();
    eventList.compact(this.events.length);
    for (const event of this.events) eventList.put(event);
    this.state.putRaw(itemPrefix(system.storage.Events), eventList.finish());
    this.state.put(system.storage.EventCount, [], this.events.length);
  }
}

/** System's part of a new block, before any hook: its number, its parent, no events yet. */
export function initialiseSystem(execution: Execution): void {
  const { state, block } = execution;
  const kept = system.constants.BlockHashCount.value;
  state.put(system.storage.Number, [], block.number);
  state.put(system.storage.ParentHash, [], block.parentHash);
  state.put(system.storage.BlockHash, [block.number - 1], block.parentHash);
  if (block.number > kept + 1) state.kill(system.storage.BlockHash, block.number - kept - 1);
}
