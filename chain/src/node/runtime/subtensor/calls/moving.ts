import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { toU64 } from "@subnetkit/shared/fixed/convert";
import { limitPriceBits, poolPrice } from "@subnetkit/shared/consensus/economics/pool";
import { swapAlphaForTao, swapTaoForAlpha } from "@subnetkit/shared/consensus/economics/pool-swap";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { feeRateOf, poolOf, spotPrice } from "../../swap/pool-state.ts";
import { ensure } from "../errors.ts";
import { ensureAvailable } from "../locks/availability.ts";
import { transferLock } from "../locks/transfer-lock.ts";
import { hotkeyExists, ownsHotkey } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { stakeOf } from "../state/shares.ts";
import { subnetExists } from "../state/subnets.ts";
import { creditStake, debitStake, quoteSell, stake, unstake } from "../state/trade.ts";
import { becomeDelegate, MIN_STAKE_RAO } from "./staking.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** One end of a move. */
interface Place {
  readonly coldkey: string;
  readonly hotkey: string;
  readonly netuid: number;
}

interface MoveOptions {
  /** Price of the origin's alpha in the destination's, times 10^9: below it the move stops. */
  readonly limitPriceRao?: bigint;
  readonly allowPartial?: boolean;
  readonly checkToggle?: boolean;
}

const WEIGHT = 5_000_000_000n;

/** Stake between hotkeys, coldkeys and subnets (spec/subtensor-interface.md 2.3). */
export const movingCalls = {
  move_stake: {
    pays: true,
    weight: WEIGHT,
    dispatch(ctx, origin, args) {
      const coldkey = ensureSigned(origin);
      const from = { coldkey, hotkey: args.origin_hotkey, netuid: args.origin_netuid };
      const to = { coldkey, hotkey: args.destination_hotkey, netuid: args.destination_netuid };
      const taoRao = move(ctx, from, to, args.alpha_amount);
      ctx.emit(subtensorModule, "StakeMoved", [coldkey, from.hotkey, from.netuid, to.hotkey, to.netuid, taoRao]);
    },
  } satisfies CallImpl<Args<"move_stake">>,
  transfer_stake: {
    pays: true,
    weight: WEIGHT,
    dispatch(ctx, origin, args) {
      const from = { coldkey: ensureSigned(origin), hotkey: args.hotkey, netuid: args.origin_netuid };
      const to = { coldkey: args.destination_coldkey, hotkey: args.hotkey, netuid: args.destination_netuid };
      const taoRao = move(ctx, from, to, args.alpha_amount, { checkToggle: true });
      ctx.emit(subtensorModule, "StakeTransferred", [
        from.coldkey,
        to.coldkey,
        args.hotkey,
        from.netuid,
        to.netuid,
        taoRao,
      ]);
    },
  } satisfies CallImpl<Args<"transfer_stake">>,
  swap_stake: {
    pays: true,
    weight: WEIGHT,
    dispatch(ctx, origin, args) {
      swapStake(ctx, ensureSigned(origin), args, {});
    },
  } satisfies CallImpl<Args<"swap_stake">>,
  swap_stake_limit: {
    pays: true,
    weight: WEIGHT,
    dispatch(ctx, origin, args) {
      swapStake(ctx, ensureSigned(origin), args, { limitPriceRao: args.limit_price, allowPartial: args.allow_partial });
    },
  } satisfies CallImpl<Args<"swap_stake_limit">>,
};

function swapStake(ctx: Ctx, coldkey: string, args: Args<"swap_stake">, options: MoveOptions): void {
  const from = { coldkey, hotkey: args.hotkey, netuid: args.origin_netuid };
  const taoRao = move(ctx, from, { ...from, netuid: args.destination_netuid }, args.alpha_amount, options);
  ctx.emit(subtensorModule, "StakeSwapped", [
    coldkey,
    args.hotkey,
    args.origin_netuid,
    args.destination_netuid,
    taoRao,
  ]);
}

/** Checks and moves; returns the TAO the alpha was worth on the way. */
function move(ctx: Ctx, from: Place, to: Place, alphaRao: bigint, options: MoveOptions = {}): bigint {
  const { state } = ctx;
  const held = stakeOf(state, from.hotkey, from.coldkey, from.netuid);
  const clamped = alphaRao < held ? alphaRao : held;
  const samePlace = from.coldkey === to.coldkey && from.hotkey === to.hotkey && from.netuid === to.netuid;
  ensure(!samePlace, "SameNetuid");
  ensure(subnetExists(state, from.netuid) && subnetExists(state, to.netuid), "SubnetNotExists");
  ensure(state.get(S.SubtokenEnabled, from.netuid) && state.get(S.SubtokenEnabled, to.netuid), "SubtokenDisabled");
  ensure(hotkeyExists(state, from.hotkey) && hotkeyExists(state, to.hotkey), "HotKeyAccountNotExists");
  ensure(clamped > 0n, "AmountTooLow");
  if (from.netuid === to.netuid) {
    ensure(!options.checkToggle || state.get(S.TransferToggle, from.netuid), "TransferDisallowed");
    return moveWithin(ctx, from, to, clamped);
  }
  const quote = quoteSell(ctx, from.netuid, clamped);
  ensure(quote.kind === "swapped", "InsufficientLiquidity");
  ensure(quote.trade.out > MIN_STAKE_RAO, "AmountTooLow");
  const amount =
    options.limitPriceRao === undefined
      ? clamped
      : limitedAmount(ctx, from.netuid, to.netuid, clamped, options.limitPriceRao, options.allowPartial === true);
  const toggles = state.get(S.TransferToggle, from.netuid) && state.get(S.TransferToggle, to.netuid);
  ensure(!options.checkToggle || toggles, "TransferDisallowed");
  ensureAvailable(ctx, from.coldkey, from.netuid, clamped);
  // The fee is taken once: on the way out, or on the way in when it comes from root, which takes none.
  const { out } = unstake(ctx, from, from.netuid, amount);
  if (!ownsHotkey(state, to.coldkey, to.hotkey)) becomeDelegate(ctx, to.hotkey);
  stake(ctx, to, to.netuid, out, { fee: from.netuid === ROOT_NETUID, payer: from.coldkey });
  return out;
}

/** Moves alpha between hotkeys or coldkeys of one subnet, its lock with it; returns what it is worth in TAO. Says StakeRemoved and StakeAdded. */
export function moveWithin(ctx: Ctx, from: Place, to: Place, alphaRao: bigint): bigint {
  transferLock(ctx, from.coldkey, to.coldkey, from.netuid, alphaRao);
  const moved = debitStake(ctx, from, from.netuid, alphaRao);
  creditStake(ctx, to, to.netuid, moved);
  const taoRao = toU64(U64F64.mul(spotPrice(ctx.state, from.netuid), U64F64.fromInt(moved)), U64F64);
  ensure(taoRao >= MIN_STAKE_RAO, "AmountTooLow");
  ctx.emit(subtensorModule, "StakeRemoved", [from.coldkey, from.hotkey, taoRao, moved, from.netuid, 0n]);
  ctx.emit(subtensorModule, "StakeAdded", [to.coldkey, to.hotkey, taoRao, moved, to.netuid, 0n]);
  return taoRao;
}

/** Largest amount that leaves the price ratio at or above the limit; without `allowPartial` all or SlippageTooHigh. */
function limitedAmount(
  ctx: Ctx,
  from: number,
  to: number,
  alphaRao: bigint,
  limitPriceRao: bigint,
  allowPartial: boolean,
): bigint {
  const limit = limitPriceBits(limitPriceRao);
  const within = (amount: bigint): boolean => ratioAfter(ctx, from, to, amount) >= limit;
  if (within(alphaRao)) return alphaRao;
  ensure(allowPartial, "SlippageTooHigh");
  let low = 0n;
  let high = alphaRao;
  while (low + 1n < high) {
    const middle = (low + high) >> 1n;
    if (within(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Origin price over destination price after moving that much, U64F64 bits; 0 where a pool refuses. */
function ratioAfter(ctx: Ctx, from: number, to: number, alphaRao: bigint): bigint {
  const sold = swapAlphaForTao(poolOf(ctx.state, from), alphaRao, {
    feeRate: feeRateOf(ctx.state, from),
    limitPriceRao: null,
  });
  if (sold.kind === "refused") return 0n;
  const bought = swapTaoForAlpha(poolOf(ctx.state, to), sold.outRao, { feeRate: 0, limitPriceRao: null });
  return bought.kind === "refused" ? 0n : U64F64.safeDiv(poolPrice(sold.pool), poolPrice(bought.pool));
}
