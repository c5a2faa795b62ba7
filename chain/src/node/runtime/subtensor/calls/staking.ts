import {
  DEFAULT_SELL_LIMIT_RAO,
  MAX_INPUT_FACTOR,
  minimumStake,
} from "@subnetkit/shared/consensus/economics/pool-swap";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { spendableBalance } from "../../balances/currency.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { feeRateOf, poolOf } from "../../swap/pool-state.ts";
import { ensure, fail, type SubtensorError } from "../errors.ts";
import { hotkeyExists, ownsHotkey } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { stakeOf } from "../state/shares.ts";
import { subnetExists, subnetNetuids } from "../state/subnets.ts";
import { quoteBuy, quoteSell, stake, type TradeOptions, unstake } from "../state/trade.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Smallest stake operation in rao, before the fee (spec/subtensor-interface.md 5.5). */
export const MIN_STAKE_RAO = 2_000_000n;

interface Staker {
  readonly coldkey: string;
  readonly hotkey: string;
}

/** Stake in and out of subnets (spec/subtensor-interface.md 2.3, spec/economics.md 4.5). */
export const stakingCalls = {
  add_stake: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, args) {
      addStake(ctx, { coldkey: ensureSigned(origin), hotkey: args.hotkey }, args.netuid, args.amount_staked);
    },
  } satisfies CallImpl<Args<"add_stake">>,
  add_stake_limit: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, args) {
      const who = { coldkey: ensureSigned(origin), hotkey: args.hotkey };
      const amount = limitedBuy(ctx, args.netuid, args.amount_staked, args.limit_price, args.allow_partial);
      addStake(ctx, who, args.netuid, amount, { limitPriceRao: args.limit_price });
      if (!ownsHotkey(ctx.state, who.coldkey, who.hotkey)) becomeDelegate(ctx, who.hotkey);
    },
  } satisfies CallImpl<Args<"add_stake_limit">>,
  remove_stake: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, args) {
      removeStake(ctx, { coldkey: ensureSigned(origin), hotkey: args.hotkey }, args.netuid, args.amount_unstaked);
    },
  } satisfies CallImpl<Args<"remove_stake">>,
  remove_stake_limit: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, args) {
      removeLimited(
        ctx,
        { coldkey: ensureSigned(origin), hotkey: args.hotkey },
        args.netuid,
        args.amount_unstaked,
        args.limit_price,
        args.allow_partial,
      );
    },
  } satisfies CallImpl<Args<"remove_stake_limit">>,
  remove_stake_full_limit: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, args) {
      const who = { coldkey: ensureSigned(origin), hotkey: args.hotkey };
      const all = stakeOf(ctx.state, who.hotkey, who.coldkey, args.netuid);
      if (args.limit_price === undefined) removeStake(ctx, who, args.netuid, all);
      else removeLimited(ctx, who, args.netuid, all, args.limit_price, false);
    },
  } satisfies CallImpl<Args<"remove_stake_full_limit">>,
  unstake_all: {
    pays: true,
    weight: 5_000_000_000n,
    dispatch(ctx, origin, args) {
      unstakeAll(ctx, { coldkey: ensureSigned(origin), hotkey: args.hotkey }, true);
    },
  } satisfies CallImpl<Args<"unstake_all">>,
  unstake_all_alpha: {
    pays: true,
    weight: 5_000_000_000n,
    dispatch(ctx, origin, args) {
      const who = { coldkey: ensureSigned(origin), hotkey: args.hotkey };
      const taoRao = unstakeAll(ctx, who, false);
      if (taoRao > 0n) stake(ctx, who, ROOT_NETUID, taoRao);
    },
  } satisfies CallImpl<Args<"unstake_all_alpha">>,
};

function addStake(ctx: Ctx, who: Staker, netuid: number, taoRao: bigint, options: TradeOptions = {}): void {
  const { state } = ctx;
  const pool = poolOf(state, netuid);
  ensure(pool.mechanism === "stable" || taoRao <= MAX_INPUT_FACTOR * pool.taoReserveRao, "InsufficientLiquidity");
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(state.get(S.SubtokenEnabled, netuid), "SubtokenDisabled");
  ensure(taoRao >= minimumStake(MIN_STAKE_RAO, feeRateOf(state, netuid)), "AmountTooLow");
  ensure(spendableBalance(state, who.coldkey, false) >= taoRao, "NotEnoughBalanceToStake");
  ensure(hotkeyExists(state, who.hotkey), "HotKeyAccountNotExists");
  // A limit the price has already passed is the swap's own error; every other refusal is one of liquidity.
  const quote = quoteBuy(ctx, netuid, taoRao, options);
  ensure(quote.kind === "swapped" || quote.reason === "priceLimitExceeded", "InsufficientLiquidity");
  stake(ctx, who, netuid, taoRao, options);
}

/** Amount a limited order may spend: all of it, or with `allowPartial` what the limit lets through. */
function limitedBuy(ctx: Ctx, netuid: number, taoRao: bigint, limitPriceRao: bigint, allowPartial: boolean): bigint {
  const quote = quoteBuy(ctx, netuid, taoRao, { limitPriceRao });
  if (quote.kind === "refused") return taoRao;
  ensure(allowPartial || quote.trade.refund === 0n, "SlippageTooHigh");
  return quote.trade.paid;
}

function removeStake(ctx: Ctx, who: Staker, netuid: number, alphaRao: bigint, options: TradeOptions = {}): bigint {
  const { state } = ctx;
  ensure(state.get(S.SubtokenEnabled, netuid), "SubtokenDisabled");
  const held = stakeOf(state, who.hotkey, who.coldkey, netuid);
  const amount = alphaRao < held ? alphaRao : held;
  const problem = removalProblem(ctx, who, netuid, amount, held, options);
  if (problem !== undefined) fail(problem);
  return unstake(ctx, who, netuid, amount, options).out;
}

function removalProblem(
  ctx: Ctx,
  who: Staker,
  netuid: number,
  amount: bigint,
  held: bigint,
  options: TradeOptions,
): SubtensorError | undefined {
  const { state } = ctx;
  const pool = poolOf(state, netuid);
  if (pool.mechanism === "dynamic" && amount > MAX_INPUT_FACTOR * pool.alphaReserveRao) return "InsufficientLiquidity";
  if (!subnetExists(state, netuid)) return "SubnetNotExists";
  if (amount === 0n) return "AmountTooLow";
  const quote = quoteSell(ctx, netuid, amount, options);
  if (quote.kind === "refused" && quote.reason !== "priceLimitExceeded") return "InsufficientLiquidity";
  if (quote.kind === "swapped" && amount < held && quote.trade.out < MIN_STAKE_RAO) return "AmountTooLow";
  return hotkeyExists(state, who.hotkey) ? undefined : "HotKeyAccountNotExists";
}

function removeLimited(
  ctx: Ctx,
  who: Staker,
  netuid: number,
  alphaRao: bigint,
  limitPriceRao: bigint,
  allowPartial: boolean,
): void {
  const held = stakeOf(ctx.state, who.hotkey, who.coldkey, netuid);
  const wanted = alphaRao < held ? alphaRao : held;
  const quote = quoteSell(ctx, netuid, wanted, { limitPriceRao });
  const amount = quote.kind === "swapped" ? quote.trade.paid : wanted;
  ensure(allowPartial || amount === wanted, "SlippageTooHigh");
  removeStake(ctx, who, netuid, amount, { limitPriceRao });
}

/** Removes everything from every subnet that passes the checks; returns the TAO it brought. */
function unstakeAll(ctx: Ctx, who: Staker, withRoot: boolean): bigint {
  const { state } = ctx;
  ensure(hotkeyExists(state, who.hotkey), "HotKeyAccountNotExists");
  let taoRao = 0n;
  const netuids = withRoot ? [ROOT_NETUID, ...subnetNetuids(state)] : subnetNetuids(state);
  for (const netuid of netuids) {
    const held = stakeOf(state, who.hotkey, who.coldkey, netuid);
    const options = { limitPriceRao: DEFAULT_SELL_LIMIT_RAO };
    if (
      held === 0n ||
      !state.get(S.SubtokenEnabled, netuid) ||
      removalProblem(ctx, who, netuid, held, held, options) !== undefined
    )
      continue;
    taoRao += unstake(ctx, who, netuid, held).out;
  }
  return taoRao;
}

/** Gives a hotkey the default take unless it has one (spec/subtensor-interface.md 2.3). */
export function becomeDelegate(ctx: Ctx, hotkey: string): void {
  if (!ctx.state.has(S.Delegates, hotkey)) ctx.state.put(S.Delegates, [hotkey], ctx.state.get(S.MaxDelegateTake));
}
