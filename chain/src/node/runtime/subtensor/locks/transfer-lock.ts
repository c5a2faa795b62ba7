import {
  convictionOfPart,
  emptyLock,
  type Lock,
  mergeLocks,
  reduceLock,
  rollForward,
} from "@subnetkit/shared/consensus/economics/conviction";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { currentLock, totalAlpha } from "./availability.ts";
import { lockBlock, lockedHotkey, type LockKey, paceOf, putLock, sumOf } from "./lock-store.ts";
import { addToSum, takeFromSum } from "./locking.ts";

const S = subtensorModule.storage;

/** Bit of `AccountFlags`: the coldkey takes alpha that comes with a lock. */
const ACCEPTS_LOCKED = 1n;

/** True unless a coldkey said that it takes locked alpha. */
function rejectsLocked(state: State, coldkey: string): boolean {
  return (state.get(S.AccountFlags, coldkey) & ACCEPTS_LOCKED) === 0n;
}

/** Sets whether a coldkey refuses alpha that comes with a lock. Says RejectLockedAlphaUpdated. */
export function setRejectsLocked(ctx: Ctx, coldkey: string, enabled: boolean): void {
  const flags = ctx.state.get(S.AccountFlags, coldkey);
  const next = enabled ? flags & ~ACCEPTS_LOCKED : flags | ACCEPTS_LOCKED;
  if (next === 0n) ctx.state.kill(S.AccountFlags, coldkey);
  else ctx.state.put(S.AccountFlags, [coldkey], next);
  ctx.emit(subtensorModule, "RejectLockedAlphaUpdated", { coldkey, enabled });
}

/** Fails with AccountRejectsLockedAlpha where a coldkey would get locked alpha it does not want. */
export function ensureTakesLocked(state: State, coldkey: string, rao: bigint): void {
  ensure(rao === 0n || !rejectsLocked(state, coldkey), "AccountRejectsLockedAlpha");
}

/**
 * Before alpha goes to another coldkey of the same subnet: free alpha goes first; what has to come out of the lock takes its part of mass and
 * conviction along, behind the same hotkey. Fails with LockHotkeyMismatch where the receiver has a lock behind another hotkey, and with
 * AccountRejectsLockedAlpha.
 */
export function transferLock(ctx: Ctx, from: string, to: string, netuid: number, rao: bigint): void {
  const { state } = ctx;
  const hotkey = from === to || rao === 0n ? undefined : lockedHotkey(state, from, netuid);
  if (hotkey === undefined) return;
  const source = { coldkey: from, netuid, hotkey };
  const sourceLock = currentLock(ctx, from, netuid) ?? emptyLock(lockBlock(ctx));
  const targetHotkey = lockedHotkey(state, to, netuid);
  const target = { coldkey: to, netuid, hotkey: targetHotkey ?? hotkey };
  const targetLock = currentLock(ctx, to, netuid) ?? emptyLock(lockBlock(ctx));

  const total = totalAlpha(state, from, netuid);
  const free = total > sourceLock.massRao ? total - sourceLock.massRao : 0n;
  const over = rao > free ? rao - free : 0n;
  ensure(over === 0n || target.hotkey === hotkey, "LockHotkeyMismatch");
  const massRao = over < sourceLock.massRao ? over : sourceLock.massRao;
  ensureTakesLocked(state, to, massRao);

  const moved = { massRao, convictionBits: convictionOfPart(sourceLock, massRao), block: lockBlock(ctx) };
  write(ctx, source, reduceLock(sourceLock, moved));
  write(ctx, target, mergeLocks(targetLock, moved));
  if (massRao === 0n) return;
  takeFromSum(ctx, source, moved);
  addToSum(ctx, target, moved);
}

function write(ctx: Ctx, key: LockKey, lock: Lock): void {
  putLock(ctx.state, key, rollForward(lock, lockBlock(ctx), paceOf(ctx.state, sumOf(ctx.state, key))));
}
