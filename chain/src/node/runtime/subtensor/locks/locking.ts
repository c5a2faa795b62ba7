import {
  emptyLock,
  type Lock,
  mergeLocks,
  reduceLock,
  rollForward,
  rollSum,
} from "@subnetkit/shared/consensus/economics/conviction";
import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type Ctx, DispatchFailure } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { coldkeyOf, hotkeyExists } from "../state/hotkeys.ts";
import { subnetExists } from "../state/subnets.ts";
import { totalAlpha } from "./availability.ts";
import {
  isPerpetual,
  lockBlock,
  type LockCtx,
  lockedHotkey,
  type LockKey,
  paceOf,
  putLock,
  putSum,
  storedLock,
  storedSum,
  sumOf,
} from "./lock-store.ts";

const S = subtensorModule.storage;

/** A coldkey's lock with the sum it counts into, both as of now. */
interface Rolled {
  readonly lock: Lock;
  readonly sum: Lock;
}

/**
 * Locks alpha of a coldkey behind a hotkey, or adds to its lock there. The alpha stays stake and may lie on any hotkey of the coldkey. Says
 * StakeLocked. Fails with SubnetNotExists, AmountTooLow, HotKeyAccountNotExists, LockHotkeyMismatch or InsufficientStakeForLock.
 */
export function lockStake(ctx: Ctx, { coldkey, netuid, hotkey }: LockKey, rao: bigint): void {
  const { state } = ctx;
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(rao > 0n, "AmountTooLow");
  ensure(hotkeyExists(state, hotkey), "HotKeyAccountNotExists");
  ensure((lockedHotkey(state, coldkey, netuid) ?? hotkey) === hotkey, "LockHotkeyMismatch");
  const key = { coldkey, netuid, hotkey };
  const { lock, sum } = rolled(ctx, key);
  const massRao = lock.massRao + rao;
  ensure(totalAlpha(state, coldkey, netuid) >= massRao, "InsufficientStakeForLock");
  const now = lockBlock(ctx);
  const pace = paceOf(state, sumOf(state, key));
  putLock(state, key, rollForward({ ...lock, massRao, block: now }, now, pace));
  const added = { ...emptyLock(now), massRao: rao };
  putSum(state, sumOf(state, key), rollForward(mergeLocks(rollForward(sum, now, pace), added), now, pace));
  ctx.emit(subtensorModule, "StakeLocked", { coldkey, hotkey, netuid, amount: rao });
}

/**
 * Moves a coldkey's lock to another hotkey. Conviction is lost unless one coldkey owns both. Says LockMoved. Fails with SubnetNotExists,
 * HotKeyAccountNotExists or NoExistingLock.
 */
export function moveLock(ctx: Ctx, coldkey: string, netuid: number, to: string): void {
  const { state } = ctx;
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(hotkeyExists(state, to), "HotKeyAccountNotExists");
  const from = lockedHotkey(state, coldkey, netuid);
  ensure(from !== undefined, "NoExistingLock");
  const [source, target] = [
    { coldkey, netuid, hotkey: from },
    { coldkey, netuid, hotkey: to },
  ];
  const { lock } = rolled(ctx, source);
  const kept = coldkeyOf(state, from) === coldkeyOf(state, to) ? lock : { ...lock, convictionBits: 0n };
  const moved = rollForward(kept, lockBlock(ctx), paceOf(state, sumOf(state, target)));
  putLock(state, source, emptyLock(lockBlock(ctx)));
  putLock(state, target, moved);
  takeFromSum(ctx, source, lock);
  addToSum(ctx, target, moved);
  ctx.emit(subtensorModule, "LockMoved", { coldkey, origin_hotkey: from, destination_hotkey: to, netuid });
}

/** Stops or starts the decay of a coldkey's lock on a subnet, present or to come. Says PerpetualLockUpdated. Fails with SubnetNotExists. */
export function setPerpetual(ctx: Ctx, coldkey: string, netuid: number, enabled: boolean): void {
  const { state } = ctx;
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  const changes = isPerpetual(state, coldkey, netuid) !== enabled;
  touchLock(ctx, coldkey, netuid);
  const hotkey = lockedHotkey(state, coldkey, netuid);
  const key = hotkey === undefined ? undefined : { coldkey, netuid, hotkey };
  if (changes && key !== undefined) takeFromSum(ctx, key, storedLock(ctx, key));
  if (enabled) state.put(S.DecayingLock, [coldkey, netuid], false);
  else state.kill(S.DecayingLock, coldkey, netuid);
  if (changes && key !== undefined) addToSum(ctx, key, storedLock(ctx, key));
  ctx.emit(subtensorModule, "PerpetualLockUpdated", { coldkey, netuid, enabled });
}

/** Locks the owner's cut of an epoch where the owner wants it: behind the hotkey of its lock, or behind its own. */
export function lockOwnerCut(ctx: Ctx, netuid: number, rao: bigint): void {
  const { state } = ctx;
  if (!state.get(S.OwnerCutAutoLockEnabled, netuid)) return;
  const coldkey = state.get(S.SubnetOwner, netuid);
  const hotkey = lockedHotkey(state, coldkey, netuid) ?? state.get(S.SubnetOwnerHotkey, netuid);
  try {
    lockStake(ctx, { coldkey, netuid, hotkey }, rao);
  } catch (cause) {
    // Nothing is written before the checks have passed: an owner without the stake simply locks nothing.
    if (!(cause instanceof DispatchFailure)) throw cause;
  }
}

/** Brings a coldkey's lock on a subnet up to now; dust goes. Nothing happens without one. */
export function touchLock(ctx: LockCtx, coldkey: string, netuid: number): void {
  const hotkey = lockedHotkey(ctx.state, coldkey, netuid);
  if (hotkey === undefined) return;
  const key = { coldkey, netuid, hotkey };
  const { lock, sum } = rolled(ctx, key);
  putLock(ctx.state, key, lock);
  putSum(ctx.state, sumOf(ctx.state, key), sum);
}

/** Takes mass from a coldkey's lock whatever it wants, conviction in proportion: its stake is gone. */
export function forceUnlock(ctx: LockCtx, coldkey: string, netuid: number, rao: bigint): void {
  const hotkey = lockedHotkey(ctx.state, coldkey, netuid);
  if (hotkey === undefined) return;
  const key = { coldkey, netuid, hotkey };
  const { lock, sum } = rolled(ctx, key);
  const massRao = lock.massRao > rao ? lock.massRao - rao : 0n;
  const share = U64F64.sub(U64F64.one, U64F64.safeDiv(U64F64.fromInt(rao), U64F64.fromInt(lock.massRao)));
  const convictionBits = massRao === 0n ? 0n : U64F64.mul(lock.convictionBits, share);
  const left = { massRao, convictionBits, block: lockBlock(ctx) };
  putLock(ctx.state, key, left);
  putSum(ctx.state, sumOf(ctx.state, key), reduceLock(sum, reduceLock(lock, left)));
}

/** Counts a lock into the sum it belongs to now. */
export function addToSum(ctx: LockCtx, key: LockKey, lock: Lock): void {
  const sum = sumOf(ctx.state, key);
  const pace = paceOf(ctx.state, sum);
  const now = lockBlock(ctx);
  putSum(ctx.state, sum, rollForward(mergeLocks(rollForward(storedSum(ctx, sum), now, pace), lock), now, pace));
}

/** Takes a lock out of the sum it belongs to now. */
export function takeFromSum(ctx: LockCtx, key: LockKey, lock: Pick<Lock, "massRao" | "convictionBits">): void {
  const sum = sumOf(ctx.state, key);
  const rolledSum = rollForward(storedSum(ctx, sum), lockBlock(ctx), paceOf(ctx.state, sum));
  putSum(ctx.state, sum, reduceLock(rolledSum, lock));
}

function rolled(ctx: LockCtx, key: LockKey): Rolled {
  const { state } = ctx;
  const now = lockBlock(ctx);
  const sum = sumOf(state, key);
  const pace = paceOf(state, sum);
  const before = storedLock(ctx, key);
  const lock = rollForward(before, now, pace);
  return { lock, sum: rollSum(storedSum(ctx, sum), before, lock, now, pace) };
}
