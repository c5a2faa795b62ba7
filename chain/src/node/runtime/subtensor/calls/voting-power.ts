import { VOTING_POWER_ONE } from "@subnetkit/shared/consensus/economics/voting-power";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, ensureRoot } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { subnetExists } from "../state/subnets.ts";
import { ensureOwnerOrRoot } from "./network.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Blocks tracking goes on after it was switched off: two weeks. */
export const VOTING_POWER_GRACE_BLOCKS = 100_800n;

/** Tracking of voting power, by the subnet's owner or root; its weight, by root (spec/subtensor-interface.md 2.3). */
export const votingPowerCalls = {
  enable_voting_power_tracking: {
    pays: true,
    dispatch(ctx, origin, { netuid }) {
      ensureOwnerOrRoot(ctx, origin, netuid);
      ensure(subnetExists(ctx.state, netuid), "SubnetNotExists");
      ctx.state.put(S.VotingPowerTrackingEnabled, [netuid], true);
      ctx.state.kill(S.VotingPowerDisableAtBlock, netuid);
      ctx.emit(subtensorModule, "VotingPowerTrackingEnabled", { netuid });
    },
  } satisfies CallImpl<Args<"enable_voting_power_tracking">>,
  disable_voting_power_tracking: {
    pays: true,
    dispatch(ctx, origin, { netuid }) {
      ensureOwnerOrRoot(ctx, origin, netuid);
      ensure(subnetExists(ctx.state, netuid), "SubnetNotExists");
      ensure(ctx.state.get(S.VotingPowerTrackingEnabled, netuid), "VotingPowerTrackingNotEnabled");
      const disable_at_block = BigInt(ctx.block.number) + VOTING_POWER_GRACE_BLOCKS;
      ctx.state.put(S.VotingPowerDisableAtBlock, [netuid], disable_at_block);
      ctx.emit(subtensorModule, "VotingPowerTrackingDisableScheduled", { netuid, disable_at_block });
    },
  } satisfies CallImpl<Args<"disable_voting_power_tracking">>,
  sudo_set_voting_power_ema_alpha: {
    pays: true,
    dispatch(ctx, origin, { netuid, alpha }) {
      ensureRoot(origin);
      ensure(subnetExists(ctx.state, netuid), "SubnetNotExists");
      ensure(alpha <= VOTING_POWER_ONE, "InvalidVotingPowerEmaAlpha");
      ctx.state.put(S.VotingPowerEmaAlpha, [netuid], alpha);
      ctx.emit(subtensorModule, "VotingPowerEmaAlphaSet", { netuid, alpha });
    },
  } satisfies CallImpl<Args<"sudo_set_voting_power_ema_alpha">>,
};
