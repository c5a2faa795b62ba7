import { epochDue } from "@subnetkit/shared/consensus/epoch/schedule";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { decayBurnPrices } from "../state/burn-price.ts";
import { applyPendingChildren } from "../state/children.ts";
import { claimAutomatically } from "../state/claim-root.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { epochSchedule } from "../state/schedule.ts";
import { subnetNetuids } from "../state/subnets.ts";
import { forgetHotkeySwaps } from "../state/swap-hotkey.ts";
import { emitBlock, mintBlockEmission } from "./emit-block.ts";
import { storeRootProportions, updateMovingPrices } from "./moving-prices.ts";
import { revealTimelockedCommits } from "./reveal-commits.ts";
import { planEpochs, runEpochs } from "./run-epochs.ts";

const S = subtensorModule.storage;

/** Everything SubtensorModule does before the extrinsics of a block, in the chain's order (spec/economics.md 3.1). */
export function blockStep(ctx: Ctx): void {
  const { state, block } = ctx;
  forgetHotkeySwaps(state, block.number);
  decayBurnPrices(state, block.number);
  resetRootInterval(ctx);
  const credit = mintBlockEmission(ctx);
  const plan = planEpochs(ctx);
  for (const netuid of subnetNetuids(state)) if (!plan.deferred.includes(netuid)) revealTimelockedCommits(ctx, netuid);
  state.killPrefix(S.SubnetRootSellTao);
  emitBlock(ctx, credit);
  const ran = runEpochs(ctx, plan);
  updateMovingPrices(ctx);
  storeRootProportions(ctx);
  for (const netuid of ran) applyPendingChildren(ctx, netuid);
  claimAutomatically(ctx);
}

/** Root never runs an epoch, so its interval counter clears in every block once its tempo is reached (spec/subtensor-interface.md 2.3). */
function resetRootInterval({ state, block }: Ctx): void {
  if (epochDue(epochSchedule(state, ROOT_NETUID), block.number))
    state.keep(S.RegistrationsThisInterval, [ROOT_NETUID], 0);
}
