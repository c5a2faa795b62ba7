/**
 * What frame_executive does for others' blocks, on states that are thrown away: begins one, runs one again from its parent and holds what it came to
 * against its header, applies one extrinsic. A check that fails is the real runtime's panic, in its words.
 */
import { system } from "../../../spec/pallets/system.ts";
import { SLOT_DURATION_MS, timestamp } from "../../../spec/pallets/timestamp.ts";
import { aura } from "../../../spec/pallets/aura.ts";
import type { ScaleType, ValueOf } from "../../../spec/scale/scale-type.ts";
import { u64 } from "../../../spec/scale/numbers.ts";
import type { applyExtrinsicResult } from "../../../spec/runtime-apis-node.ts";
import { type DigestItem, digestItem, type Header } from "../../../spec/types.ts";
import { applyExtrinsic } from "../../block/apply.ts";
import { MAX_BODY_EXTRINSICS } from "../../block/block.ts";
import { type Execution, initialiseSystem } from "../../block/execution.ts";
import { decodeExtrinsic, type Extrinsic } from "../../block/extrinsic.ts";
import { extrinsicsRoot } from "../../block/extrinsics-root.ts";
import { checkExtrinsic } from "../../block/validity.ts";
import { nextStateRoot } from "../../storage/state-root.ts";
import { type ApiFailure, trap } from "../api-failure.ts";
import { slotOf } from "../aura/pallet.ts";
import type { BlockInfo } from "../pallet.ts";
import { earliestTime, isInherent } from "./inherents.ts";
import { invalidTexts, validityError, validityText } from "./validity.ts";

/** An execution on a state that nobody keeps, and the root of that state. */
export interface Scratch {
  readonly execution: Execution;
  readonly stateRoot: string;
}

/** What the executive looks up outside the state. */
export interface ExecutiveModules {
  genesisHash(): string;
  /**
   * An execution of a block on the state after a kept one, with nothing done yet; undefined where that state is gone. A pallet that throws in it is an
   * {@link ApiFailure}: blocks come from anywhere.
   */
  executionOn(parent: string, block: Omit<BlockInfo, "author">): Scratch | undefined;
}

/** Begins the block of a header on the state after a kept one: everything that comes before its extrinsics. Traps for a slot that is not a later one. */
export function initializeBlock(
  modules: ExecutiveModules,
  parent: string,
  header: Header,
  timeMs = Number(slotIn(header) ?? 0n) * SLOT_DURATION_MS,
): Scratch {
  if (header.number === 0) throw trap("block 0 is not executed");
  if (!Number.isSafeInteger(timeMs)) throw trap("a time that this chain cannot count");
  const info = { number: header.number, parentHash: header.parent_hash, timestampMs: timeMs };
  const scratch = modules.executionOn(parent, info);
  if (scratch === undefined) throw trap("the state is no longer kept");
  const { execution } = scratch;
  const { state } = execution;
  const slot = slotIn(header);
  if (slot !== undefined && slot <= state.get(aura.storage.CurrentSlot)) throw trap("Slot must increase");
  initialiseSystem(execution);
  state.put(system.storage.Digest, [], { logs: header.digest.logs.filter(({ type }) => type === "PreRuntime") });
  execution.hooks("on_initialize", (pallet) => pallet.onInitialize?.(execution));
  return scratch;
}

/**
 * Runs a block again on the state after its parent. The header comes without the author's seal, as the node gives it to the runtime. Traps where the
 * block is not what that state makes of it, and for more extrinsics than one may hold.
 */
export function executeBlock(
  modules: ExecutiveModules,
  parent: string,
  header: Header,
  body: readonly Uint8Array[],
): void {
  // Before any work: a body comes from anywhere. A request that is served has no more bytes than a block.
  if (body.length > MAX_BODY_EXTRINSICS) throw trap(invalidTexts.ExhaustsResources);
  const extrinsics = body.map(decodeExtrinsic);
  const timeMs = timeIn(extrinsics);
  const { execution, stateRoot } = initializeBlock(modules, parent, header, timeMs);
  if (slotIn(header) !== slotOf(timeMs)) throw trap("Timestamp slot must match `CurrentSlot`");
  applyAll(execution, extrinsics, modules.genesisHash());
  execution.phase = { type: "Finalization" };
  execution.hooks("on_finalize", (pallet) => pallet.onFinalize?.(execution));
  execution.storeEvents();
  finalChecks(execution, header, stateRoot, body);
}

/** Applies one extrinsic as the next block would, and says what that came to. Its changes stay in the execution. */
export function applyChecked(
  execution: Execution,
  extrinsic: Extrinsic,
  genesisHash: string,
): ValueOf<typeof applyExtrinsicResult> {
  if (extrinsic.kind === "bare" && isInherent(extrinsic.call)) {
    checkTime(execution, extrinsic);
    return { type: "Ok", value: applyExtrinsic(execution, extrinsic, 0) };
  }
  const validity = checkExtrinsic(execution, extrinsic, genesisHash);
  if (validity.kind !== "valid") return { type: "Err", value: validityError(validity) };
  if (validity.future) return { type: "Err", value: { type: "Invalid", value: { type: "Future" } } };
  return { type: "Ok", value: applyExtrinsic(execution, extrinsic, 0) };
}

function applyAll(execution: Execution, extrinsics: readonly Extrinsic[], genesisHash: string): void {
  let inherents = true;
  for (const [index, extrinsic] of extrinsics.entries()) {
    if (extrinsic.kind === "bare" && isInherent(extrinsic.call)) {
      if (!inherents) throw trap(`Invalid inherent position for extrinsic at index ${index}`);
      checkTime(execution, extrinsic);
      applyExtrinsic(execution, extrinsic, index);
      continue;
    }
    inherents = false;
    const validity = checkExtrinsic(execution, extrinsic, genesisHash);
    if (validity.kind !== "valid") throw trap(validityText(validity));
    if (validity.future) throw trap("Transaction will be valid in the future");
    applyExtrinsic(execution, extrinsic, index);
  }
}

/** Traps for a time that is not after the parent's. */
function checkTime({ state }: Execution, { call }: Extrinsic): void {
  if (call.pallet === timestamp.name && (call.args as { readonly now: bigint }).now < earliestTime(state))
    throw trap("Timestamp must increment by at least <MinimumPeriod> between sequential blocks");
}

function finalChecks({ state }: Execution, header: Header, parentRoot: string, body: readonly Uint8Array[]): void {
  const { logs } = state.get(system.storage.Digest);
  if (logs.length !== header.digest.logs.length) throw trap("Number of digest items must match that calculated.");
  if (!logs.every((item, at) => same(digestItem, item, header.digest.logs[at])))
    throw trap("Digest item must match that calculated.");
  const root = nextStateRoot(parentRoot, state.changes(), (key) => state.before(key));
  if (root !== header.state_root) throw trap("Storage root must match that calculated.");
  if (extrinsicsRoot(body) !== header.extrinsics_root) throw trap("Transaction trie root must be valid.");
}

/** Time that a block's author set. */
function timeIn(extrinsics: readonly Extrinsic[]): number {
  const set = extrinsics.filter(({ kind, call }) => kind === "bare" && call.pallet === timestamp.name);
  if (set.length > 1) throw trap("Timestamp must be updated only once in the block");
  const [only] = set;
  if (only === undefined) throw trap("Timestamp must be updated once in the block");
  return Number((only.call.args as { readonly now: bigint }).now);
}

/** Slot in a header's digest. */
function slotIn({ digest }: Header): bigint | undefined {
  const found = digest.logs.find(
    (item): item is DigestItem & { type: "PreRuntime" } =>
      item.type === "PreRuntime" && Buffer.from(item.value[0]).toString("latin1") === "aura",
  );
  return found?.value[1].length === 8 ? u64.dec(found.value[1]) : undefined;
}

function same<T>(type: ScaleType<T>, one: T, other: T | undefined): boolean {
  return other !== undefined && Buffer.compare(type.enc(one), type.enc(other)) === 0;
}
