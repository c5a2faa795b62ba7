import {
  type SwapOptions,
  type SwapRefusal,
  swapAlphaForTao,
  swapTaoForAlpha,
} from "@subnetkit/shared/consensus/economics/pool-swap";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../../spec/pallets/swap.ts";
import { type Ctx, DispatchFailure, moduleError } from "../../pallet.ts";
import { feeRateOf, poolOf, putReserves } from "../../swap/pool-state.ts";
import { touchLock } from "../locks/locking.ts";
import { ROOT_NETUID, subnetAccount } from "./ids.ts";
import { moveTao, payIntoSubnet } from "./issuance.ts";
import { adjustClaimed, indexStakingColdkey } from "./root-claim.ts";
import { decreaseStake, increaseStake } from "./shares.ts";

const S = subtensorModule.storage;

/** A trade with a pool in rao: `paid` = net + fee went in, `out` came out, `refund` was left over by the price limit. */
export interface Trade {
  readonly paid: bigint;
  readonly net: bigint;
  readonly fee: bigint;
  readonly out: bigint;
  readonly refund: bigint;
}

/** Options of a trade; without a limit it takes any price, without a fee it is the chain's own. */
export interface TradeOptions {
  readonly limitPriceRao?: bigint | undefined;
  readonly fee?: boolean;
  /** Who pays for the stake where it is not its coldkey. */
  readonly payer?: string;
  /** Who gets what unstaking brings where it is not the coldkey. */
  readonly payee?: string;
}

/** Outcome of asking a pool without changing it. */
export type Quote =
  | { readonly kind: "swapped"; readonly trade: Trade }
  | { readonly kind: "refused"; readonly reason: SwapRefusal };

/** What buying alpha with TAO would bring. */
export function quoteBuy(ctx: Pick<Ctx, "state">, netuid: number, taoRao: bigint, options: TradeOptions = {}): Quote {
  return quoteOf(swapTaoForAlpha(poolOf(ctx.state, netuid), taoRao, swapOptions(ctx, netuid, options)));
}

/** What selling alpha for TAO would bring. */
export function quoteSell(
  ctx: Pick<Ctx, "state">,
  netuid: number,
  alphaRao: bigint,
  options: TradeOptions = {},
): Quote {
  return quoteOf(swapAlphaForTao(poolOf(ctx.state, netuid), alphaRao, swapOptions(ctx, netuid, options)));
}

/**
 * Buys alpha: reserves, outstanding alpha, total stake and volume move (spec/economics.md 4.5). The TAO must already be in the subnet's
 * account; the fee stays there for the caller to pass on. Throws Swap's error when the pool refuses.
 */
export function buyAlpha(ctx: Ctx, netuid: number, taoRao: bigint, options: TradeOptions = {}): Trade {
  const { state } = ctx;
  const pool = poolOf(state, netuid);
  const result = swapTaoForAlpha(pool, taoRao, swapOptions(ctx, netuid, options));
  if (result.kind === "refused") throw refusal(result.reason);
  if (pool.mechanism === "dynamic") putReserves(state, netuid, result.pool);
  else state.put(S.SubnetTAO, [netuid], pool.taoReserveRao + result.netRao);
  state.mutate(S.SubnetAlphaOut, [netuid], (out) => out + result.outRao);
  state.mutate(S.TotalStake, [], (total) => total + result.paidRao);
  state.mutate(S.SubnetVolume, [netuid], (volume) => volume + result.paidRao);
  return tradeOf(result);
}

/** Sells alpha that is outstanding: the counterpart of {@link buyAlpha}. The TAO stays in the subnet's account for the caller to move. */
export function sellAlpha(ctx: Ctx, netuid: number, alphaRao: bigint, options: TradeOptions = {}): Trade {
  const { state } = ctx;
  const pool = poolOf(state, netuid);
  const result = swapAlphaForTao(pool, alphaRao, swapOptions(ctx, netuid, options));
  if (result.kind === "refused") throw refusal(result.reason);
  if (pool.mechanism === "dynamic") putReserves(state, netuid, result.pool);
  else state.put(S.SubnetTAO, [netuid], floorZero(pool.taoReserveRao - result.outRao));
  state.mutate(S.SubnetAlphaOut, [netuid], (out) => floorZero(out - result.netRao));
  state.mutate(S.TotalStake, [], (total) => floorZero(total - result.outRao));
  state.mutate(S.SubnetVolume, [netuid], (volume) => volume + result.outRao);
  return tradeOf(result);
}

/**
 * Stakes TAO of a coldkey on a hotkey: pays, buys, credits, tells (StakeAdded). The fee goes to the block's author in TAO; what a limit leaves over
 * goes back. The payer keeps its existential deposit.
 */
export function stake(
  ctx: Ctx,
  who: { coldkey: string; hotkey: string },
  netuid: number,
  taoRao: bigint,
  options: TradeOptions = {},
): Trade {
  const account = subnetAccount(netuid);
  const payer = options.payer ?? who.coldkey;
  const paid = payIntoSubnet(ctx, payer, netuid, taoRao);
  const trade = buyAlpha(ctx, netuid, paid, options);
  creditStake(ctx, who, netuid, trade.out);
  payFee(ctx, account, trade.fee);
  moveTao(ctx, account, payer, trade.refund);
  ctx.state.mutate(S.SubnetTaoFlow, [netuid], (flow) => flow + trade.net);
  touchLock(ctx, who.coldkey, netuid);
  ctx.state.put(S.LastColdkeyHotkeyStakeBlock, [who.coldkey, who.hotkey], BigInt(ctx.block.number));
  ctx.emit(subtensorModule, "StakeAdded", [who.coldkey, who.hotkey, paid, trade.out, netuid, trade.fee]);
  return trade;
}

/**
 * Unstakes alpha of a coldkey from a hotkey into its balance, or the payee's: the counterpart of {@link stake}. The author's part is sold without a
 * fee.
 */
export function unstake(
  ctx: Ctx,
  who: { coldkey: string; hotkey: string },
  netuid: number,
  alphaRao: bigint,
  options: TradeOptions = {},
): Trade {
  const account = subnetAccount(netuid);
  const trade = sellAlpha(ctx, netuid, alphaRao, options);
  debitStake(ctx, who, netuid, trade.paid);
  const feeTao = trade.fee > 0n ? sellFee(ctx, netuid, trade.fee) : 0n;
  moveTao(ctx, account, options.payee ?? who.coldkey, trade.out);
  payFee(ctx, account, feeTao);
  ctx.state.mutate(S.SubnetTaoFlow, [netuid], (flow) => flow - trade.out - feeTao);
  touchLock(ctx, who.coldkey, netuid);
  ctx.emit(subtensorModule, "StakeRemoved", [who.coldkey, who.hotkey, trade.out, trade.paid, netuid, trade.fee]);
  return trade;
}

/** Adds alpha to a coldkey's stake; on root it owes no dividends of before and joins the automatic claims. */
export function creditStake(
  ctx: Ctx,
  { coldkey, hotkey }: { coldkey: string; hotkey: string },
  netuid: number,
  rao: bigint,
): void {
  increaseStake(ctx.state, hotkey, coldkey, netuid, rao);
  if (netuid !== ROOT_NETUID || rao === 0n) return;
  adjustClaimed(ctx.state, hotkey, coldkey, rao);
  indexStakingColdkey(ctx.state, coldkey);
}

/** Takes alpha from a coldkey's stake; returns what it had of it. */
export function debitStake(
  ctx: Ctx,
  { coldkey, hotkey }: { coldkey: string; hotkey: string },
  netuid: number,
  rao: bigint,
): bigint {
  const removed = decreaseStake(ctx.state, hotkey, coldkey, netuid, rao);
  if (netuid === ROOT_NETUID) adjustClaimed(ctx.state, hotkey, coldkey, -removed);
  return removed;
}

/** A fee too small to sell, or one an empty pool refuses, is burned: it leaves the outstanding alpha. */
function sellFee(ctx: Ctx, netuid: number, alphaRao: bigint): bigint {
  const quote = quoteSell(ctx, netuid, alphaRao, { fee: false });
  if (quote.kind === "swapped") return sellAlpha(ctx, netuid, alphaRao, { fee: false }).out;
  ctx.state.mutate(S.SubnetAlphaOut, [netuid], (out) => floorZero(out - alphaRao));
  return 0n;
}

function payFee(ctx: Ctx, account: string, taoRao: bigint): void {
  ctx.state.begin();
  try {
    moveTao(ctx, account, ctx.block.author, taoRao);
    ctx.state.commit();
  } catch (cause) {
    // An author's account below the existential deposit cannot take a small fee: it stays with the subnet.
    ctx.state.rollback();
    if (!(cause instanceof DispatchFailure)) throw cause;
  }
}

function swapOptions(
  ctx: Pick<Ctx, "state">,
  netuid: number,
  { limitPriceRao, fee = true }: TradeOptions,
): SwapOptions {
  return { feeRate: fee ? feeRateOf(ctx.state, netuid) : 0, limitPriceRao: limitPriceRao ?? null };
}

function quoteOf(result: ReturnType<typeof swapTaoForAlpha>): Quote {
  return result.kind === "refused" ? result : { kind: "swapped", trade: tradeOf(result) };
}

function tradeOf(result: ReturnType<typeof swapTaoForAlpha> & { kind: "swapped" }): Trade {
  return { paid: result.paidRao, net: result.netRao, fee: result.feeRao, out: result.outRao, refund: result.refundRao };
}

function refusal(reason: SwapRefusal): DispatchFailure {
  switch (reason) {
    case "reservesTooLow":
      return moduleError(swap, "ReservesTooLow");
    case "priceLimitExceeded":
      return moduleError(swap, "PriceLimitExceeded");
    case "inputTooLarge":
      return moduleError(swap, "SwapInputTooLarge");
    case "zeroOutput":
    case "insufficientLiquidity":
      return moduleError(swap, "InsufficientLiquidity");
    default:
      return assertNever(reason);
  }
}

const floorZero = (value: bigint): bigint => (value > 0n ? value : 0n);
