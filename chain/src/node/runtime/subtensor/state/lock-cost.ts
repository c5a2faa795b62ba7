import { blockEmission } from "@subnetkit/shared/consensus/economics/block-emission";
import { lockInterval, subnetLockCost } from "@subnetkit/shared/consensus/economics/subnet-creation";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { count } from "./count.ts";
import { networkLastRegistered } from "./rate-limits.ts";

const S = subtensorModule.storage;

/** What registering a network costs in this block, in rao (spec/economics.md 5.3). */
export function lockCost(ctx: Pick<Ctx, "state" | "block">): bigint {
  const { state, block } = ctx;
  return subnetLockCost({
    lastLockRao: state.get(S.NetworkLastLockCost),
    lastLockBlock: Number(networkLastRegistered(ctx)),
    block: block.number,
    minLockRao: state.get(S.NetworkMinLockCost),
    intervalBlocks: lockInterval(
      count(state.get(S.NetworkLockReductionInterval)),
      blockEmission(state.get(S.TotalIssuance)),
    ),
  });
}
