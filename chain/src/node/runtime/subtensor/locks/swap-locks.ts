import { emptyLock, rollForward } from "@subnetkit/shared/consensus/economics/conviction";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import {
  findSum,
  isOwnerHotkey,
  isPerpetual,
  loaded,
  lockBlock,
  type LockCtx,
  paceOf,
  putLock,
  putSum,
  sumOf,
} from "./lock-store.ts";
import { addToSum, takeFromSum } from "./locking.ts";
import { ensureTakesLocked } from "./transfer-lock.ts";

const S = subtensorModule.storage;

/**
 * Gives the locks of a coldkey to another, with its choice of decay on each subnet. Fails with ActiveLockExists where the new one has a lock of
 * its own, and with AccountRejectsLockedAlpha where it did not say that it takes locked alpha.
 */
export function swapColdkeyLocks(ctx: Ctx, from: string, to: string): void {
  const { state } = ctx;
  ensure(
    locksOf(ctx, to).every(({ lock }) => lock.massRao === 0n),
    "ActiveLockExists",
  );
  const moved = locksOf(ctx, from);
  for (const { lock } of moved) ensureTakesLocked(state, to, lock.massRao);
  for (const { netuid, hotkey, lock } of moved) {
    putLock(state, { coldkey: from, netuid, hotkey }, emptyLock(lockBlock(ctx)));
    takeFromSum(ctx, { coldkey: from, netuid, hotkey }, lock);
  }
  // A lock's sum depends on its coldkey's choice, so the choices move between taking out and putting in.
  for (const { keys, value } of state.iterate(S.DecayingLock, from)) {
    state.kill(S.DecayingLock, ...keys);
    state.put(S.DecayingLock, [to, keys[1]], value);
  }
  for (const { netuid, hotkey, lock } of moved) {
    putLock(state, { coldkey: to, netuid, hotkey }, lock);
    addToSum(ctx, { coldkey: to, netuid, hotkey }, lock);
  }
}

function locksOf(ctx: LockCtx, coldkey: string) {
  return [...ctx.state.iterate(S.Lock, coldkey)].map(({ keys: [, netuid, hotkey], value }) => {
    const pace = paceOf(ctx.state, sumOf(ctx.state, { coldkey, netuid, hotkey }));
    const lock = loaded(value) ?? emptyLock(lockBlock(ctx));
    return { netuid, hotkey, lock: rollForward(lock, lockBlock(ctx), pace) };
  });
}

/** Moves the locks behind a hotkey of a subnet behind another one of the same coldkey. Called before the subnet's own entries move. */
export function swapHotkeyLocks(ctx: LockCtx, netuid: number, from: string, to: string): void {
  const { state } = ctx;
  const now = lockBlock(ctx);
  const wasOwner = isOwnerHotkey(state, netuid, from);
  const isOwner = wasOwner || isOwnerHotkey(state, netuid, to);
  for (const { keys } of state.iterate(S.LockingColdkeys, netuid, from)) {
    const [, , coldkey] = keys;
    const before = loaded(state.get(S.Lock, coldkey, netuid, from));
    const perpetual = isPerpetual(state, coldkey, netuid);
    putLock(state, { coldkey, netuid, hotkey: from }, emptyLock(now));
    if (before === undefined) continue;
    const rolled = rollForward(before, now, paceOf(state, { owner: wasOwner, perpetual }));
    putLock(
      state,
      { coldkey, netuid, hotkey: to },
      rollForward(rolled, now, paceOf(state, { owner: isOwner, perpetual })),
    );
  }
  for (const perpetual of [true, false]) {
    const source = { netuid, hotkey: from, owner: wasOwner, perpetual };
    const sum = findSum(state, source);
    if (sum === undefined) continue;
    putSum(state, source, emptyLock(now));
    const rolled = rollForward(sum, now, paceOf(state, source));
    const target = { netuid, hotkey: to, owner: isOwner, perpetual };
    putSum(state, target, rollForward(rolled, now, paceOf(state, target)));
  }
}
