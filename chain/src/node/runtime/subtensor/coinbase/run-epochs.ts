import { selectEpochs } from "@subnetkit/shared/consensus/epoch/schedule";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { epochStateConsistent } from "../epoch/run-subnet-epoch.ts";
import { epochSchedule } from "../state/schedule.ts";
import { subnetNetuids } from "../state/subnets.ts";
import { distribute, drainPots } from "./distribute.ts";

const S = subtensorModule.storage;

/** Which subnets run their epoch in this block, and which wait for the next one because of the cap (spec/economics.md 2.10). */
export interface EpochPlan {
  readonly run: readonly number[];
  readonly deferred: readonly number[];
}

/** Counts the block for every subnet and plans which epochs it runs, before anything of it does. */
export function planEpochs(ctx: Ctx): EpochPlan {
  for (const netuid of subnetNetuids(ctx.state))
    ctx.state.mutate(S.BlocksSinceLastStep, [netuid], (blocks) => blocks + 1n);
  const schedules = new Map(subnetNetuids(ctx.state).map((netuid) => [netuid, epochSchedule(ctx.state, netuid)]));
  return selectEpochs(schedules, ctx.block.number, ctx.state.get(S.MaxEpochsPerBlock));
}

/** Runs the due epochs with their distribution and reschedules the deferred ones. Returns the subnets whose epoch ran. */
export function runEpochs(ctx: Ctx, plan: EpochPlan): number[] {
  const { state, block } = ctx;
  const now = BigInt(block.number);
  for (const netuid of plan.deferred) {
    state.put(S.PendingEpochAt, [netuid], now + 1n);
    ctx.emit(subtensorModule, "EpochDeferred", { netuid, from_block: now, to_block: now + 1n });
  }
  const ran: number[] = [];
  for (const netuid of plan.run) {
    state.put(S.LastEpochBlock, [netuid], now);
    state.put(S.PendingEpochAt, [netuid], 0n);
    state.mutate(S.SubnetEpochIndex, [netuid], (index) => index + 1n);
    if (!epochStateConsistent(state, netuid)) {
      ctx.emit(subtensorModule, "EpochSkipped", { netuid, block: now });
      continue;
    }
    state.put(S.BlocksSinceLastStep, [netuid], 0n);
    distribute(ctx, netuid, drainPots(state, netuid));
    // Written last: the masks of this epoch look at the run before it.
    state.put(S.LastMechansimStepBlock, [netuid], now);
    ran.push(netuid);
  }
  return ran;
}
