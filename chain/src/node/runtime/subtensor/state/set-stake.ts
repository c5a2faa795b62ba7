import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { poolOf, spotPrice } from "../../swap/pool-state.ts";
import { becomeDelegate } from "../calls/staking.ts";
import { coldkeyOf, createHotkeyIfNew } from "./hotkeys.ts";
import { subnetAccount } from "./ids.ts";
import { mintCredit, recycleTao, spendCredit } from "./issuance.ts";
import { stakeOf } from "./shares.ts";
import { creditStake, debitStake } from "./trade.ts";

const S = subtensorModule.storage;

/** Shares are fractions: an amount may land a rao or two beside the wanted one, which a second change mends. */
const MAX_CORRECTIONS = 4;

/** Whose stake, and where. */
export interface StakePosition {
  readonly hotkey: string;
  readonly coldkey: string;
  readonly netuid: number;
}

/**
 * Gives a coldkey exactly this stake on a hotkey, out of nothing or into it, for development verbs: shares, totals of the hotkey and outstanding alpha
 * follow. The price of a dynamic pool does not move: its reserves stay. Where a stake is TAO (root and 1:1 subnets) the TAO is issued into the
 * subnet's account or taken out of existence, and reserve, total stake and both issuances follow. A hotkey nobody owns becomes the coldkey's; one of
 * another coldkey becomes a delegate. Throws DispatchFailure where the TAO cannot be moved. Returns the stake reached.
 */
export function setStake(ctx: Ctx, position: StakePosition, alphaRao: bigint): bigint {
  const { hotkey, coldkey, netuid } = position;
  if (alphaRao > 0n) {
    createHotkeyIfNew(ctx.state, coldkey, hotkey);
    if (coldkeyOf(ctx.state, hotkey) !== coldkey) becomeDelegate(ctx, hotkey);
  }
  const held = (): bigint => stakeOf(ctx.state, hotkey, coldkey, netuid);
  for (let i = 0; i < MAX_CORRECTIONS && held() !== alphaRao; i++) changeStake(ctx, position, alphaRao - held());
  return held();
}

function changeStake(ctx: Ctx, position: StakePosition, delta: bigint): void {
  const { netuid } = position;
  if (delta > 0n) creditStake(ctx, position, netuid, delta);
  const moved = delta > 0n ? delta : -debitStake(ctx, position, netuid, -delta);
  ctx.state.mutate(S.SubnetAlphaOut, [netuid], (out) => floorZero(out + moved));
  if (poolOf(ctx.state, netuid).mechanism === "stable") moveReserve(ctx, netuid, moved);
}

function moveReserve(ctx: Ctx, netuid: number, delta: bigint): void {
  if (delta > 0n) spendCredit(ctx, mintCredit(ctx, delta), subnetAccount(netuid), delta);
  else recycleTao(ctx, subnetAccount(netuid), -delta);
  ctx.state.mutate(S.SubnetTAO, [netuid], (tao) => floorZero(tao + delta));
  ctx.state.mutate(S.TotalStake, [], (total) => floorZero(total + delta));
}

/** Alpha that is worth so much TAO at the spot price; undefined where the pool has no price. */
export function alphaWorth(ctx: Pick<Ctx, "state">, netuid: number, taoRao: bigint): bigint | undefined {
  const price = spotPrice(ctx.state, netuid);
  return price === 0n ? undefined : U64F64.fromInt(taoRao) / price;
}

const floorZero = (value: bigint): bigint => (value > 0n ? value : 0n);
