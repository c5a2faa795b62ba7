import { epochDue } from "@subnetkit/shared/consensus/epoch/schedule";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { epochStateConsistent } from "../epoch/run-subnet-epoch.ts";
import { changeOwnerByConviction } from "../locks/conviction.ts";
import { epochSchedule } from "../state/schedule.ts";
import { subnetNetuids } from "../state/subnets.ts";
import { distribute, drainPots, type PendingPots } from "./distribute.ts";

const S = subtensorModule.storage;

/** Which subnets run their epoch in this block, lose their slot to a broken key map, or wait because of the cap (spec/economics.md 2.10). */
export interface EpochPlan {
  readonly run: readonly number[];
  readonly skipped: readonly number[];
  readonly deferred: readonly number[];
}

/** Counts the block for every subnet and plans which epochs it runs, before anything of it does. */
export function planEpochs(ctx: Ctx): EpochPlan {
  for (const netuid of subnetNetuids(ctx.state))
    ctx.state.mutate(S.BlocksSinceLastStep, [netuid], (blocks) => blocks + 1n);
  const cap = ctx.state.get(S.MaxEpochsPerBlock);
  const plan = { run: [] as number[], skipped: [] as number[], deferred: [] as number[] };
  for (const netuid of subnetNetuids(ctx.state)) {
    if (!epochDue(epochSchedule(ctx.state, netuid), ctx.block.number)) continue;
    if (plan.run.length >= cap) plan.deferred.push(netuid);
    else if (epochStateConsistent(ctx.state, netuid)) plan.run.push(netuid);
    else plan.skipped.push(netuid);
  }
  return plan;
}

/** Drains the due subnets, then runs their epochs and pays, and reschedules the deferred ones. Returns the subnets whose epoch ran. */
export function runEpochs(ctx: Ctx, plan: EpochPlan): readonly number[] {
  const { state, block } = ctx;
  const now = BigInt(block.number);
  for (const netuid of plan.skipped) {
    consumeSlot(ctx, netuid);
    ctx.emit(subtensorModule, "EpochSkipped", { netuid, block: now });
  }
  const drained = plan.run.map((netuid): [number, PendingPots] => {
    consumeSlot(ctx, netuid);
    state.put(S.BlocksSinceLastStep, [netuid], 0n);
    const pots = drainPots(state, netuid);
    changeOwnerByConviction(ctx, netuid);
    return [netuid, pots];
  });
  for (const netuid of plan.deferred) {
    state.put(S.PendingEpochAt, [netuid], now + 1n);
    ctx.emit(subtensorModule, "EpochDeferred", { netuid, from_block: now, to_block: now + 1n });
  }
  for (const [netuid, pots] of drained) {
    distribute(ctx, netuid, pots);
    // Written last: the masks of this epoch look at the run before it.
    state.put(S.LastMechansimStepBlock, [netuid], now);
  }
  return plan.run;
}

function consumeSlot({ state, block }: Ctx, netuid: number): void {
  state.put(S.LastEpochBlock, [netuid], BigInt(block.number));
  state.put(S.PendingEpochAt, [netuid], 0n);
  state.mutate(S.SubnetEpochIndex, [netuid], (index) => index + 1n);
}
