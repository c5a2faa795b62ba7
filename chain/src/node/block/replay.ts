/**
 * Runs work on a state in phases, each seen apart: what it changed and which events it gave. A kept block is run again this way; nothing of it is kept.
 * The rules of the node (lifted limits, trusted signatures) are those of now, not those of when the block was built.
 */
import type { EpochInput } from "@subnetkit/shared/consensus/epoch";
import { system } from "../../spec/pallets/system.ts";
import { timestamp } from "../../spec/pallets/timestamp.ts";
import type { Phase } from "../../spec/types.ts";
import type { BlockInfo, DispatchResult } from "../runtime/pallet.ts";
import type { Rules } from "../runtime/rules.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { slotOf } from "../runtime/aura/pallet.ts";
import { itemPrefix, type StorageKey } from "../storage/keys.ts";
import { OverlayState } from "../storage/state.ts";
import type { Change, RawReader } from "../storage/versions.ts";
import { applyExtrinsic } from "./apply.ts";
import type { Block } from "./block.ts";
import { Execution, type FaultListener, initialiseSystem } from "./execution.ts";
import { decodeExtrinsic, type Extrinsic } from "./extrinsic.ts";
import { slotDigest } from "./header.ts";

/** What a phase did. */
export interface PhaseTrace<T> {
  readonly result: T;
  /** Storage before it. */
  readonly before: RawReader;
  readonly changes: readonly Change[];
  /** State after it, with its events and no others under System.Events. */
  readonly state: OverlayState;
}

/** What a replay uses. */
export interface ReplayModules {
  readonly runtime: Runtime;
  readonly rules: Rules;
  readonly info: BlockInfo;
  readonly onFault: FaultListener;
  /** Hears the input of every epoch that runs. */
  readonly onEpoch?: (netuid: number, mechanism: number, input: EpochInput) => void;
}

/** A state that phases run on, one after the other. */
export class Replay {
  private readonly modules: ReplayModules;
  private readonly state: OverlayState;

  /** `state` collects what the phases change. */
  constructor(modules: ReplayModules, state: OverlayState) {
    this.modules = modules;
    this.state = state;
  }

  /** Runs one phase. */
  phase<T>(phase: Phase, work: (execution: Execution) => T): PhaseTrace<T> {
    const { runtime, rules, info, onFault, onEpoch } = this.modules;
    // As it is now: the state goes on changing.
    const old = new Map<string, Uint8Array | undefined>();
    const layer = new OverlayState(readerOf(this.state));
    const execution = new Execution(runtime, layer, info, onFault, rules);
    execution.phase = phase;
    if (onEpoch !== undefined) execution.onEpoch = onEpoch;
    const result = work(execution);
    execution.storeEvents();
    const changes = layer.changes();
    for (const [key] of changes) old.set(key, this.state.getRaw(key));
    for (const [key, value] of changes) this.state.putRaw(key, value);
    return { result, before: { get: (key) => old.get(key), keys: () => [] }, changes, state: layer };
  }
}

/** A step of a block that was run again. */
export interface BlockPhase extends PhaseTrace<DispatchResult | undefined> {
  readonly phase: Phase;
  /** The extrinsic it applied. */
  readonly extrinsic?: Extrinsic;
}

/** Runs a block again, phase by phase. `parentState` is the storage it was built on, `edit` what changed it first. */
export function* replayBlock(
  modules: Omit<ReplayModules, "info">,
  block: Block,
  timestampMs: number,
  author: string,
  parentState: OverlayState,
  edit: ((execution: Execution) => void) | undefined,
): Iterable<BlockPhase> {
  const info: BlockInfo = { number: block.number, timestampMs, parentHash: block.header.parent_hash, author };
  const replay = new Replay({ ...modules, info }, parentState);
  const initialization: Phase = { type: "Initialization" };
  const initialized = replay.phase(initialization, (execution) => {
    initialiseSystem(execution);
    execution.state.put(system.storage.Digest, [], { logs: [slotDigest(slotOf(timestampMs))] });
    edit?.(execution);
    execution.hooks("on_initialize", (pallet) => pallet.onInitialize?.(execution));
    return undefined;
  });
  yield { ...initialized, phase: initialization };
  for (const [index, bytes] of block.body.entries()) {
    const phase: Phase = { type: "ApplyExtrinsic", value: index };
    const extrinsic = decodeExtrinsic(bytes);
    yield { ...replay.phase(phase, (execution) => applyExtrinsic(execution, extrinsic, index)), phase, extrinsic };
  }
  const finalization: Phase = { type: "Finalization" };
  const finalized = replay.phase(finalization, (execution) => {
    execution.hooks("on_finalize", (pallet) => pallet.onFinalize?.(execution));
    return undefined;
  });
  yield { ...finalized, phase: finalization };
}

/** Time of a block by its own state, unix ms. */
export function timeOf(state: OverlayState): number {
  return Number(state.get(timestamp.storage.Now));
}

function readerOf(state: OverlayState): RawReader {
  return { get: (key) => state.getRaw(key), keys: (prefix, after) => state.keysRaw(prefix, after) };
}

/** True when a replay came to the storage changes that the block has, its events apart. */
export function sameChanges(block: Block, replayed: readonly Change[]): boolean {
  const relevant = (changes: readonly Change[]): readonly Change[] => changes.filter(([key]) => !EVENT_KEYS.has(key));
  const [expected, got] = [relevant(block.changes), relevant(replayed)];
  return (
    expected.length === got.length &&
    expected.every(([key, value], at) => got[at]?.[0] === key && sameValue(value, got[at]?.[1]))
  );
}

/** Where the events of a block are. */
export const EVENT_KEYS: ReadonlySet<StorageKey> = new Set([
  itemPrefix(system.storage.Events),
  itemPrefix(system.storage.EventCount),
]);

/** True for equal bytes, and for both absent. */
export function sameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}
