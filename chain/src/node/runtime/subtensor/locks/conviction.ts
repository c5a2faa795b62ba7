import { emptyLock, type Lock, mergeLocks, rollForward } from "@subnetkit/shared/consensus/economics/conviction";
import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type Ctx, DispatchFailure } from "../../pallet.ts";
import { freeSlot, seatNeuron } from "../calls/registration.ts";
import { coldkeyOf, hotkeyExists } from "../state/hotkeys.ts";
import { uidOf } from "../state/neurons.ts";
import { findSum, isOwnerHotkey, loaded, lockBlock, type LockCtx, type LockSum, paceOf, putSum } from "./lock-store.ts";

const S = subtensorModule.storage;

/** Blocks of a year: a younger subnet keeps its owner. */
export const OWNER_CHANGE_AGE = 7_200n * 365n + 1_800n;
/** Part of the outstanding alpha that conviction must reach before an owner changes: one tenth. */
const ALPHA_PER_CONVICTION = 10n;

/** Conviction of a hotkey on a subnet as of now, over all coldkeys that locked alpha behind it. U64F64 bits. */
export function hotkeyConviction(ctx: LockCtx, netuid: number, hotkey: string): bigint {
  const owner = isOwnerHotkey(ctx.state, netuid, hotkey) ? [true, false] : [false];
  return addAll(
    owner.flatMap((isOwner) =>
      [true, false].map((perpetual) => convictionOf(ctx, { netuid, hotkey, owner: isOwner, perpetual })),
    ),
  );
}

/** Conviction by hotkey of a subnet as of now, hotkeys in their order. */
function convictions(ctx: LockCtx, netuid: number): Map<string, bigint> {
  const { state } = ctx;
  const found = new Map<string, bigint>();
  const add = (hotkey: string, bits: bigint): void => {
    found.set(hotkey, U64F64.add(found.get(hotkey) ?? 0n, bits));
  };
  for (const [item, perpetual] of [
    [S.HotkeyLock, true],
    [S.DecayingHotkeyLock, false],
  ] as const) {
    for (const { keys, value } of state.iterate(item, netuid))
      add(keys[1], rolled(ctx, loaded(value), { owner: false, perpetual }).convictionBits);
  }
  for (const [item, perpetual] of [
    [S.OwnerLock, true],
    [S.DecayingOwnerLock, false],
  ] as const) {
    const lock = loaded(state.get(item, netuid));
    if (lock !== undefined)
      add(state.get(S.SubnetOwnerHotkey, netuid), rolled(ctx, lock, { owner: true, perpetual }).convictionBits);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The hotkey with most conviction on a subnet, the last one of equals; undefined where nobody locked anything. */
export function mostConvicted(ctx: LockCtx, netuid: number): string | undefined {
  let best: readonly [hotkey: string, bits: bigint] | undefined;
  for (const entry of convictions(ctx, netuid)) if (best === undefined || entry[1] >= best[1]) best = entry;
  return best?.[0];
}

/**
 * Gives a subnet to the owner of the most convicted hotkey, when the subnet is a year old and conviction has reached a tenth of its outstanding
 * alpha. The hotkey gets a seat if it has none. Says SubnetOwnerChanged. Costs four reads while it cannot happen.
 */
export function changeOwnerByConviction(ctx: Ctx, netuid: number): void {
  const { state } = ctx;
  if (lockBlock(ctx) < state.get(S.NetworkRegisteredAt, netuid) + OWNER_CHANGE_AGE) return;
  const outstanding = state.get(S.SubnetAlphaOut, netuid);
  if (outstanding === 0n) return;
  const total = addAll([...convictions(ctx, netuid).values()]);
  if (U64F64.mul(total, U64F64.fromInt(ALPHA_PER_CONVICTION)) < U64F64.fromInt(outstanding)) return;
  const hotkey = mostConvicted(ctx, netuid);
  if (hotkey === undefined || !hotkeyExists(state, hotkey)) return;
  const [before, after] = [state.get(S.SubnetOwner, netuid), coldkeyOf(state, hotkey)];
  if (after === before || !hasSeat(ctx, netuid, hotkey)) return;
  const old = state.get(S.SubnetOwnerHotkey, netuid);
  for (const perpetual of [true, false]) {
    moveSum(ctx, { netuid, hotkey: old, owner: true, perpetual }, { netuid, hotkey: old, owner: false, perpetual });
    moveSum(ctx, { netuid, hotkey, owner: false, perpetual }, { netuid, hotkey, owner: true, perpetual });
  }
  state.put(S.SubnetOwner, [netuid], after);
  state.put(S.SubnetOwnerHotkey, [netuid], hotkey);
  ctx.emit(subtensorModule, "SubnetOwnerChanged", { netuid, old_coldkey: before, new_coldkey: after });
}

/** True when the hotkey has a uid on the subnet, if need be a new one. */
function hasSeat(ctx: Ctx, netuid: number, hotkey: string): boolean {
  if (uidOf(ctx.state, netuid, hotkey) !== undefined) return true;
  try {
    seatNeuron(ctx, netuid, hotkey, freeSlot(ctx, netuid));
    return true;
  } catch (cause) {
    if (!(cause instanceof DispatchFailure)) throw cause;
    return false;
  }
}

function moveSum(ctx: LockCtx, from: LockSum, to: LockSum): void {
  const lock = findSum(ctx.state, from);
  if (lock === undefined) return;
  putSum(ctx.state, from, emptyLock(lockBlock(ctx)));
  const merged = mergeLocks(rolled(ctx, findSum(ctx.state, to), to), rolled(ctx, lock, from));
  putSum(ctx.state, to, to.owner ? rolled(ctx, merged, to) : merged);
}

function convictionOf(ctx: LockCtx, sum: LockSum): bigint {
  return rolled(ctx, findSum(ctx.state, sum), sum).convictionBits;
}

function rolled(ctx: LockCtx, lock: Lock | undefined, pace: Pick<LockSum, "owner" | "perpetual">): Lock {
  const now = lockBlock(ctx);
  return rollForward(lock ?? emptyLock(now), now, paceOf(ctx.state, pace));
}

const addAll = (values: readonly bigint[]): bigint => values.reduce(U64F64.add, 0n);
