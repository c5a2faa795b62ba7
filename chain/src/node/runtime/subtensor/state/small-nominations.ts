import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { toU64 } from "@subnetkit/shared/fixed/convert";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { spotPrice } from "../../swap/pool-state.ts";
import { forceUnlock } from "../locks/locking.ts";
import { ownsHotkey } from "./hotkeys.ts";
import { stakeOf } from "./shares.ts";
import { quoteSell, unstake } from "./trade.ts";

const S = subtensorModule.storage;

/** What the stored factor is per million of: the smallest stake operation, rao (spec/subtensor-interface.md 5.5). */
const FACTOR_BASE_RAO = 2_000_000n;
const MILLION = 1_000_000n;

/** Least a nominator must keep on a hotkey, in TAO rao. */
function nominatorMinimum(state: State): bigint {
  return (state.get(S.NominatorMinRequiredStake) * FACTOR_BASE_RAO) / MILLION;
}

/** Unstakes what a nominator has left on a hotkey of somebody else when it is worth less than the minimum (spec/subtensor-interface.md 2.3). */
export function clearSmallNomination(ctx: Ctx, who: { coldkey: string; hotkey: string }, netuid: number): void {
  const { state } = ctx;
  const minimum = nominatorMinimum(state);
  if (minimum === 0n || ownsHotkey(state, who.coldkey, who.hotkey)) return;
  const alpha = stakeOf(state, who.hotkey, who.coldkey, netuid);
  const least = toU64(U64F64.safeDiv(U64F64.fromInt(minimum), spotPrice(state, netuid)), U64F64);
  if (alpha === 0n || alpha >= least || quoteSell(ctx, netuid, alpha).kind === "refused") return;
  forceUnlock(ctx, who.coldkey, netuid, alpha);
  unstake(ctx, who, netuid, alpha);
}

/** The same for every nominator of every hotkey: what raising the minimum does. Cost: one look at every staker. */
export function clearSmallNominations(ctx: Ctx): void {
  for (const { keys } of [...ctx.state.iterate(S.AlphaV2)]) {
    const [hotkey, coldkey, netuid] = keys;
    clearSmallNomination(ctx, { coldkey, hotkey }, netuid);
  }
}
