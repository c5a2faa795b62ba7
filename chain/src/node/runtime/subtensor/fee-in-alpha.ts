import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { toU64 } from "@subnetkit/shared/fixed/convert";
import type { RuntimeCall } from "../../../spec/call.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../storage/state.ts";
import type { Ctx, FeeReceipt } from "../pallet.ts";
import { poolOf, spotPrice } from "../swap/pool-state.ts";
import { stakeOf } from "./state/shares.ts";
import { netuids } from "./state/subnets.ts";
import { quoteSell, unstake } from "./state/trade.ts";

const S = subtensorModule.storage;

/** Where the alpha of a fee may come from. */
interface Holding {
  readonly hotkey: string;
  readonly netuid: number;
}

/**
 * Takes a fee out of stake when the signer has not enough TAO and the call is one that turns stake into TAO on exactly one hotkey and subnet: the
 * alpha is sold without a fee and the TAO goes to the author. The receipt says TransactionFeePaidWithAlpha (spec/subtensor-interface.md 1.4).
 */
export function payFeeInAlpha(ctx: Ctx, who: string, call: RuntimeCall, feeRao: bigint): FeeReceipt | undefined {
  const holdings = call.pallet === subtensorModule.name ? holdingsOf(ctx.state, who, call) : [];
  const [from] = holdings;
  if (from === undefined || holdings.length !== 1) return undefined;
  const { netuid, hotkey } = from;
  const alpha = alphaFor(ctx.state, netuid, feeRao);
  if (alpha === 0n || stakeOf(ctx.state, hotkey, who, netuid) < alpha) return undefined;
  if (quoteSell(ctx, netuid, alpha, { fee: false }).kind === "refused") return undefined;
  const { out } = unstake(ctx, { coldkey: who, hotkey }, netuid, alpha, { fee: false, payee: ctx.block.author });
  return () =>
    ctx.emit(subtensorModule, "TransactionFeePaidWithAlpha", { who, netuid, alpha_fee: alpha, tao_amount: out });
}

/** Alpha worth that much TAO at the spot price. */
function alphaFor(state: State, netuid: number, taoRao: bigint): bigint {
  if (poolOf(state, netuid).mechanism === "stable") return taoRao;
  return toU64(U64F64.safeDiv(U64F64.fromInt(taoRao), spotPrice(state, netuid)), U64F64);
}

function holdingsOf(state: State, who: string, { name, args }: RuntimeCall): Holding[] {
  const of = args as { hotkey: string; netuid: number; origin_hotkey: string; origin_netuid: number };
  switch (name) {
    case "remove_stake":
    case "remove_stake_limit":
    case "remove_stake_full_limit":
    case "recycle_alpha":
    case "burn_alpha":
      return [{ hotkey: of.hotkey, netuid: of.netuid }];
    case "unstake_all":
    case "unstake_all_alpha":
      return netuids(state)
        .filter((netuid) => state.get(S.SubtokenEnabled, netuid) && stakeOf(state, of.hotkey, who, netuid) > 0n)
        .map((netuid) => ({ hotkey: of.hotkey, netuid }));
    case "move_stake":
      return [{ hotkey: of.origin_hotkey, netuid: of.origin_netuid }];
    case "transfer_stake":
    case "swap_stake":
    case "swap_stake_limit":
      return [{ hotkey: of.hotkey, netuid: of.origin_netuid }];
    default:
      return [];
  }
}
