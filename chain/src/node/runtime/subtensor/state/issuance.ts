import { balances } from "../../../../spec/pallets/balances.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { changeIssuance, deposit, spendableBalance, transfer, withdraw } from "../../balances/currency.ts";
import type { Ctx } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { subnetAccount } from "./ids.ts";

const S = subtensorModule.storage;

/** TAO that is issued and belongs to nobody yet: minted for a block, spent into accounts, the rest recycled. */
export interface Credit {
  leftRao: bigint;
}

/** Issues TAO: both issuance counters grow. Says Issued. */
export function mintCredit(ctx: Ctx, rao: bigint): Credit {
  changeBothIssuances(ctx, rao);
  ctx.emit(balances, "Issued", { amount: rao });
  return { leftRao: rao };
}

/** Puts a part of a credit into an account (Deposit). False, and nothing spent, where the credit is too small. */
export function spendCredit(ctx: Ctx, credit: Credit, to: string, rao: bigint): boolean {
  if (rao > credit.leftRao) return false;
  deposit(ctx, to, rao);
  credit.leftRao -= rao;
  return true;
}

/** Takes what is left of a credit out of existence (spec/economics.md 3.6, step 8). */
export function recycleCredit(ctx: Ctx, credit: Credit): void {
  changeBothIssuances(ctx, -credit.leftRao);
  credit.leftRao = 0n;
}

/** Takes TAO of an account out of existence: issuance falls and can be minted again (spec/economics.md 3.2). The account may end. */
export function recycleTao(ctx: Ctx, from: string, rao: bigint): void {
  if (rao === 0n) return;
  withdraw(ctx, from, rao, false);
  changeBothIssuances(ctx, -rao);
}

/** Moves TAO between accounts. Fails with InsufficientBalance when it is not there; dust of an account that ends leaves the issuance. */
export function moveTao(ctx: Ctx, from: string, to: string, rao: bigint): void {
  if (rao === 0n) return;
  ensure(spendableBalance(ctx.state, from, false) >= rao, "InsufficientBalance");
  const before = ctx.state.get(balances.storage.TotalIssuance);
  transfer(ctx, from, to, rao, false);
  const dust = before - ctx.state.get(balances.storage.TotalIssuance);
  if (dust > 0n) ctx.state.mutate(S.TotalIssuance, [], (total) => (total > dust ? total - dust : 0n));
}

/**
 * Moves TAO of a coldkey into a subnet's account and returns what moved: the coldkey keeps its existential deposit, so up to that much less
 * than asked. Fails with InsufficientBalance when nothing can move.
 */
export function payIntoSubnet(ctx: Ctx, from: string, netuid: number, rao: bigint): bigint {
  if (rao === 0n) return 0n;
  const most = spendableBalance(ctx.state, from, true);
  const moved = rao < most ? rao : most;
  ensure(moved > 0n, "InsufficientBalance");
  transfer(ctx, from, subnetAccount(netuid), moved, true);
  return moved;
}

function changeBothIssuances(ctx: Ctx, by: bigint): void {
  if (by === 0n) return;
  changeIssuance(ctx.state, by);
  ctx.state.mutate(S.TotalIssuance, [], (total) => (total + by > 0n ? total + by : 0n));
}
