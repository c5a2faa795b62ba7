import { blocksSinceStart, nextMovingPrice } from "@subnetkit/shared/consensus/economics/moving-price";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { spotPrice } from "../../swap/pool-state.ts";
import { count } from "../state/count.ts";
import { subnetNetuids } from "../state/subnets.ts";
import { emittingSubnets, rootProportionOf } from "./emit-block.ts";

const S = subtensorModule.storage;

/** Moves the price average of the subnets that take part in emission by one block (spec/economics.md 3.3, 3.4). */
export function updateMovingPrices(ctx: Ctx): void {
  const { state, block } = ctx;
  const emitting = emittingSubnets(state);
  if (emitting.length === 0) return;
  const alphaBits = state.get(S.SubnetMovingAlpha).bits;
  for (const netuid of emitting) {
    const first = state.get(S.FirstEmissionBlockNumber, netuid) ?? 0n;
    const bits = nextMovingPrice({
      movingPriceBits: state.get(S.SubnetMovingPrice, netuid).bits,
      spotPriceBits: spotPrice(state, netuid),
      blocksSinceStart: blocksSinceStart(block.number, Number(first)),
      halvingBlocks: count(state.get(S.EMAPriceHalvingBlocks, netuid)),
      alphaBits,
    });
    state.put(S.SubnetMovingPrice, [netuid], { bits });
  }
}

/** Stores every subnet's root proportion for clients (spec/economics.md 3.1). */
export function storeRootProportions(ctx: Ctx): void {
  for (const netuid of subnetNetuids(ctx.state))
    ctx.state.put(S.RootProp, [netuid], { bits: rootProportionOf(ctx.state, netuid) });
}
