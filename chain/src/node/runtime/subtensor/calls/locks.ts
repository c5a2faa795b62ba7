import type { CallArgs } from "../../../../spec/define.ts";
import type { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, ensureSigned } from "../../pallet.ts";
import { lockStake, moveLock, setPerpetual } from "../locks/locking.ts";
import { setRejectsLocked } from "../locks/transfer-lock.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;

/** Alpha locked behind a hotkey, which earns conviction there (spec/subtensor-interface.md 2.3). */
export const lockCalls = {
  lock_stake: {
    pays: true,
    dispatch(ctx, origin, { hotkey, netuid, amount }) {
      lockStake(ctx, { coldkey: ensureSigned(origin), netuid, hotkey }, amount);
    },
  } satisfies CallImpl<Args<"lock_stake">>,
  move_lock: {
    pays: true,
    dispatch(ctx, origin, { destination_hotkey, netuid }) {
      moveLock(ctx, ensureSigned(origin), netuid, destination_hotkey);
    },
  } satisfies CallImpl<Args<"move_lock">>,
  set_perpetual_lock: {
    pays: true,
    dispatch(ctx, origin, { netuid, enabled }) {
      setPerpetual(ctx, ensureSigned(origin), netuid, enabled);
    },
  } satisfies CallImpl<Args<"set_perpetual_lock">>,
  set_reject_locked_alpha: {
    pays: true,
    dispatch(ctx, origin, { enabled }) {
      setRejectsLocked(ctx, ensureSigned(origin), enabled);
    },
  } satisfies CallImpl<Args<"set_reject_locked_alpha">>,
};
