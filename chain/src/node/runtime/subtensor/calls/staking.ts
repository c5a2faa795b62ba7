import { MAX_INPUT_FACTOR, minimumStake } from "@subnetkit/shared/consensus/economics/pool-swap";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../../spec/pallets/swap.ts";
import { spendableBalance } from "../../balances/currency.ts";
import { type CallImpl, type Ctx, ensureSigned, moduleError } from "../../pallet.ts";
import { feeRateOf, poolOf } from "../../swap/pool-state.ts";
import { ensure, fail, type SubtensorError } from "../errors.ts";
import { isAvailable } from "../locks/availability.ts";
import { hotkeyExists, ownsHotkey } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { stakeOf } from "../state/shares.ts";
import { subnetExists, subnetNetuids } from "../state/subnets.ts";
import { clearSmallNomination } from "../state/small-nominations.ts";
import { type Quote, quoteBuy, quoteSell, stake, type Trade, unstake } from "../state/trade.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Smallest stake operation in rao, before the fee (spec/subtensor-interface.md 5.5). */
export const MIN_STAKE_RAO = 2_000_000n;
const RAO_PER_TAO = 1_000_000_000n;

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
      addStakeLimited(ctx, who, args);
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
      const who = { coldkey: ensureSigned(origin), hotkey: args.hotkey };
      const limit = { limitPriceRao: args.limit_price, allowPartial: args.allow_partial };
      removeStake(ctx, who, args.netuid, args.amount_unstaked, limit);
    },
  } satisfies CallImpl<Args<"remove_stake_limit">>,
  remove_stake_full_limit: {
    pays: true,
    weight: 3_060_000_000n,
    dispatch(ctx, origin, args) {
      const who = { coldkey: ensureSigned(origin), hotkey: args.hotkey };
      const all = stakeOf(ctx.state, who.hotkey, who.coldkey, args.netuid);
      removeStake(ctx, who, args.netuid, all, { limitPriceRao: args.limit_price });
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

/** What a price limit means for an order: the largest amount it lets through, and whether less than the whole may be traded. */
interface Limit {
  readonly limitPriceRao?: bigint | undefined;
  readonly most?: bigint;
  readonly allowPartial?: boolean;
}

/** Stakes with all the checks of `add_stake`. */
export function addStake(ctx: Ctx, who: Staker, netuid: number, taoRao: bigint, limit: Limit = {}): Trade {
  const { state } = ctx;
  const pool = poolOf(state, netuid);
  ensure(pool.mechanism === "stable" || taoRao <= MAX_INPUT_FACTOR * pool.taoReserveRao, "InsufficientLiquidity");
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(state.get(S.SubtokenEnabled, netuid), "SubtokenDisabled");
  ensure(taoRao >= minimumStake(MIN_STAKE_RAO, feeRateOf(state, netuid)), "AmountTooLow");
  const { most = taoRao, limitPriceRao } = limit;
  ensure(limit.allowPartial === true || taoRao <= most, "SlippageTooHigh");
  const amount = taoRao < most ? taoRao : most;
  ensure(spendableBalance(state, who.coldkey, false) >= amount, "NotEnoughBalanceToStake");
  ensure(hotkeyExists(state, who.hotkey), "HotKeyAccountNotExists");
  const quote = quoteBuy(ctx, netuid, amount);
  ensure(quote.kind === "swapped", "InsufficientLiquidity");
  ensure(quote.trade.paid >= MIN_STAKE_RAO, "AmountTooLow");
  return stake(ctx, who, netuid, amount, { limitPriceRao });
}

/** Stakes with all the checks of `add_stake_limit`; a hotkey of another coldkey becomes a delegate. */
export function addStakeLimited(ctx: Ctx, who: Staker, order: Omit<Args<"add_stake_limit">, "hotkey">): Trade {
  const { netuid, amount_staked, limit_price, allow_partial } = order;
  const most = mostToBuy(ctx, netuid, amount_staked, limit_price);
  const trade = addStake(ctx, who, netuid, amount_staked, {
    limitPriceRao: limit_price,
    most,
    allowPartial: allow_partial,
  });
  if (!ownsHotkey(ctx.state, who.coldkey, who.hotkey)) becomeDelegate(ctx, who.hotkey);
  return trade;
}

/** Largest part of an order that a price limit lets through. Fails with Swap.PriceLimitExceeded where the price is past it already. */
function mostToBuy(ctx: Ctx, netuid: number, taoRao: bigint, limitPriceRao: bigint): bigint {
  ensureOneToOne(ctx, netuid, limitPriceRao >= RAO_PER_TAO);
  return mostOf(quoteBuy(ctx, netuid, taoRao, { limitPriceRao }), taoRao);
}

function mostToSell(ctx: Ctx, netuid: number, alphaRao: bigint, limitPriceRao: bigint): bigint {
  ensureOneToOne(ctx, netuid, limitPriceRao <= RAO_PER_TAO);
  return mostOf(quoteSell(ctx, netuid, alphaRao, { limitPriceRao }), alphaRao);
}

/** Refusals other than the limit are left to the checks that follow: they come in the chain's order. */
function mostOf(quote: Quote, amount: bigint): bigint {
  if (quote.kind === "swapped") return quote.trade.paid;
  if (quote.reason === "priceLimitExceeded") throw moduleError(swap, "PriceLimitExceeded");
  return amount;
}

/** Stable pools trade at 1: a limit on the wrong side of it lets nothing through. */
function ensureOneToOne(ctx: Ctx, netuid: number, within: boolean): void {
  if (!within && poolOf(ctx.state, netuid).mechanism === "stable") throw moduleError(swap, "PriceLimitExceeded");
}

function removeStake(ctx: Ctx, who: Staker, netuid: number, alphaRao: bigint, limit: Limit = {}): void {
  const { state } = ctx;
  ensure(state.get(S.SubtokenEnabled, netuid), "SubtokenDisabled");
  const held = stakeOf(state, who.hotkey, who.coldkey, netuid);
  const wanted = alphaRao < held ? alphaRao : held;
  const { limitPriceRao } = limit;
  const most = limitPriceRao === undefined ? wanted : mostToSell(ctx, netuid, wanted, limitPriceRao);
  const problem = removalProblem(ctx, who, netuid, wanted, held, limit.allowPartial === true || wanted <= most);
  if (problem !== undefined) fail(problem);
  unstake(ctx, who, netuid, wanted < most ? wanted : most, { limitPriceRao });
  clearSmallNomination(ctx, who, netuid);
}

function removalProblem(
  ctx: Ctx,
  who: Staker,
  netuid: number,
  amount: bigint,
  held: bigint,
  withinLimit: boolean,
): SubtensorError | undefined {
  const { state } = ctx;
  const pool = poolOf(state, netuid);
  if (pool.mechanism === "dynamic" && amount > MAX_INPUT_FACTOR * pool.alphaReserveRao) return "InsufficientLiquidity";
  if (!subnetExists(state, netuid)) return "SubnetNotExists";
  if (amount === 0n) return "AmountTooLow";
  const quote = quoteSell(ctx, netuid, amount);
  if (quote.kind === "refused") return "InsufficientLiquidity";
  if (amount < held && quote.trade.out < MIN_STAKE_RAO) return "AmountTooLow";
  if (!withinLimit) return "SlippageTooHigh";
  if (!hotkeyExists(state, who.hotkey)) return "HotKeyAccountNotExists";
  return isAvailable(ctx, who.coldkey, netuid, amount) ? undefined : "StakeUnavailable";
}

/** Removes everything from every subnet that passes the checks; returns the TAO it brought. */
function unstakeAll(ctx: Ctx, who: Staker, withRoot: boolean): bigint {
  const { state } = ctx;
  ensure(hotkeyExists(state, who.hotkey), "HotKeyAccountNotExists");
  let taoRao = 0n;
  const netuids = withRoot ? [ROOT_NETUID, ...subnetNetuids(state)] : subnetNetuids(state);
  for (const netuid of netuids) {
    const held = stakeOf(state, who.hotkey, who.coldkey, netuid);
    if (
      held === 0n ||
      !state.get(S.SubtokenEnabled, netuid) ||
      removalProblem(ctx, who, netuid, held, held, true) !== undefined
    )
      continue;
    taoRao += unstake(ctx, who, netuid, held).out;
  }
  return taoRao;
}

/** Gives a hotkey the default take unless it has one (spec/subtensor-interface.md 2.3). */
export function becomeDelegate(ctx: Ctx, hotkey: string): void {
  if (!ctx.state.has(S.Delegates, hotkey)) ctx.state.put(S.Delegates, [hotkey], ctx.state.get(S.Delegates, hotkey));
}
