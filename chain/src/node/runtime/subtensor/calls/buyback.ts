import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, ensureSigned } from "../../pallet.ts";
import { burnAlpha } from "./alpha-burn.ts";
import { addStake, addStakeLimited } from "./staking.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;

/** Buys alpha and burns it in one call (spec/subtensor-interface.md 2.3). */
export const buybackCalls = {
  add_stake_burn: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, { hotkey, netuid, amount, limit }) {
      const who = { coldkey: ensureSigned(origin), hotkey };
      const bought =
        limit === undefined
          ? addStake(ctx, who, netuid, amount)
          : addStakeLimited(ctx, who, { netuid, amount_staked: amount, limit_price: limit, allow_partial: false });
      burnAlpha(ctx, who.coldkey, { hotkey, netuid, amount: bought.out });
      ctx.emit(subtensorModule, "AddStakeBurn", { netuid, hotkey, amount, alpha: bought.out });
    },
  } satisfies CallImpl<Args<"add_stake_burn">>,
};
