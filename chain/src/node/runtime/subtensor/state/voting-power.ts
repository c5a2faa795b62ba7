import { nextVotingPower } from "@subnetkit/shared/consensus/economics/voting-power";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { stakeWeight } from "./stake-weight.ts";

const S = subtensorModule.storage;

/**
 * Moves the voting power of a subnet's validators by an epoch: an average of their stake weight. Neurons without a permit and hotkeys that left
 * have none. Past its last block tracking ends and all of it is deleted (VotingPowerTrackingDisabled). One read where tracking is off.
 */
export function updateVotingPower(
  ctx: Ctx,
  netuid: number,
  hotkeys: readonly string[],
  permits: readonly boolean[],
): void {
  const { state, block } = ctx;
  if (!state.get(S.VotingPowerTrackingEnabled, netuid)) return;
  const disableAt = state.get(S.VotingPowerDisableAtBlock, netuid);
  if (disableAt > 0n && BigInt(block.number) >= disableAt) {
    endTracking(ctx, netuid);
    return;
  }
  const alpha = state.get(S.VotingPowerEmaAlpha, netuid);
  hotkeys.forEach((hotkey, uid) => {
    if (permits[uid] === true) moveVotingPower(ctx, netuid, hotkey, alpha);
    else state.kill(S.VotingPower, netuid, hotkey);
  });
  for (const { keys } of state.iterate(S.VotingPower, netuid))
    if (!state.get(S.IsNetworkMember, keys[1], netuid)) state.kill(S.VotingPower, ...keys);
}

/** Power that falls below the stake threshold is gone; power that grows towards it is not. */
function moveVotingPower({ state }: Ctx, netuid: number, hotkey: string, alpha: bigint): void {
  const before = state.get(S.VotingPower, netuid, hotkey);
  const after = nextVotingPower(before, stakeWeight(state, netuid, hotkey), alpha);
  const threshold = state.get(S.StakeThreshold);
  if (after < threshold && before >= threshold) state.kill(S.VotingPower, netuid, hotkey);
  else if (after > 0n) state.put(S.VotingPower, [netuid, hotkey], after);
}

function endTracking(ctx: Ctx, netuid: number): void {
  ctx.state.killPrefix(S.VotingPower, netuid);
  ctx.state.put(S.VotingPowerTrackingEnabled, [netuid], false);
  ctx.state.kill(S.VotingPowerDisableAtBlock, netuid);
  ctx.emit(subtensorModule, "VotingPowerTrackingDisabled", { netuid });
}
