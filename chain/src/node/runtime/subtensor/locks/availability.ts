import { type Lock, rollForward } from "@subnetkit/shared/consensus/economics/conviction";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { ensure } from "../errors.ts";
import { stakeOf } from "../state/shares.ts";
import { lockBlock, type LockCtx, lockedHotkey, paceOf, storedLock, sumOf } from "./lock-store.ts";

const S = subtensorModule.storage;

/** Alpha of a coldkey on a subnet over all its hotkeys, in rao. */
export function totalAlpha(state: State, coldkey: string, netuid: number): bigint {
  return state
    .get(S.StakingHotkeys, coldkey)
    .reduce((sum, hotkey) => sum + stakeOf(state, hotkey, coldkey, netuid), 0n);
}

/** A coldkey's lock on a subnet as of now, or undefined where it has none. */
export function currentLock(ctx: LockCtx, coldkey: string, netuid: number): Lock | undefined {
  const hotkey = lockedHotkey(ctx.state, coldkey, netuid);
  if (hotkey === undefined) return undefined;
  const key = { coldkey, netuid, hotkey };
  return rollForward(storedLock(ctx, key), lockBlock(ctx), paceOf(ctx.state, sumOf(ctx.state, key)));
}

/** Alpha of a coldkey on a subnet: all of it, what of it is locked and what may leave the subnet. */
export interface StakeAvailability {
  readonly total: bigint;
  readonly locked: bigint;
  readonly available: bigint;
}

/** What a coldkey may take out of a subnet now. The lock binds the coldkey's alpha as a whole, not that on one hotkey. */
export function stakeAvailability(ctx: LockCtx, coldkey: string, netuid: number): StakeAvailability {
  const total = totalAlpha(ctx.state, coldkey, netuid);
  const locked = currentLock(ctx, coldkey, netuid)?.massRao ?? 0n;
  return { total, locked, available: total > locked ? total - locked : 0n };
}

/** True when a coldkey may take that much alpha of its own out of a subnet. */
export function isAvailable(ctx: LockCtx, coldkey: string, netuid: number, rao: bigint): boolean {
  return (
    lockedHotkey(ctx.state, coldkey, netuid) === undefined || stakeAvailability(ctx, coldkey, netuid).available >= rao
  );
}

/** Fails with StakeUnavailable where {@link isAvailable} is false. */
export function ensureAvailable(ctx: LockCtx, coldkey: string, netuid: number, rao: bigint): void {
  ensure(isAvailable(ctx, coldkey, netuid, rao), "StakeUnavailable");
}
