/**
 * TAO movements, as pallet_balances does them. An account exists while it holds the existential deposit or anything keeps it alive; an account
 * that falls below it is removed with its nonce and the rest is lost as dust (spec/subtensor-interface.md 1.1). Total issuance changes only in
 * `mint`, `burn`, dust and genesis.
 */
import { balances, EXISTENTIAL_DEPOSIT } from "../../../spec/pallets/balances.ts";
import { system } from "../../../spec/pallets/system.ts";
import type { AccountInfo } from "../../../spec/types.ts";
import type { State } from "../../storage/state.ts";
import { type AccountId, arithmeticFailure, type Ctx, tokenFailure } from "../pallet.ts";

const MAX_BALANCE = (1n << 64n) - 1n;

/** Free rao of an account. */
export function freeBalance(state: State, who: AccountId): bigint {
  return state.get(system.storage.Account, who).data.free;
}

/** Rao an account can spend: all but what is frozen and, with `keepAlive`, all but the existential deposit. */
export function spendableBalance(state: State, who: AccountId, keepAlive: boolean): bigint {
  const account = state.get(system.storage.Account, who);
  const { free, frozen, reserved } = account.data;
  const locked = frozen > reserved ? frozen - reserved : 0n;
  // Something relies on the account, and only its balance keeps it alive.
  const reliedOn = account.consumers > 0 && account.providers <= 1;
  const mustStay = keepAlive || reliedOn ? EXISTENTIAL_DEPOSIT : 0n;
  const kept = locked > mustStay ? locked : mustStay;
  return free > kept ? free - kept : 0n;
}

/** Adds rao to an account and says so (Deposit). Fails with Token.BelowMinimum for a new account below the existential deposit. */
export function deposit(ctx: Ctx, who: AccountId, amount: bigint): void {
  if (amount === 0n) return;
  increase(ctx, who, amount);
  ctx.emit(balances, "Deposit", { who, amount });
}

/** Takes rao from an account and says so (Withdraw). Fails with Token.FundsUnavailable or, with `keepAlive`, Token.NotExpendable. */
export function withdraw(ctx: Ctx, who: AccountId, amount: bigint, keepAlive: boolean): void {
  if (amount === 0n) return;
  decrease(ctx, who, amount, keepAlive);
  ctx.emit(balances, "Withdraw", { who, amount });
}

/** Moves rao and says so (Transfer). Moving to oneself only checks that the amount is there. */
export function transfer(ctx: Ctx, from: AccountId, to: AccountId, amount: bigint, keepAlive: boolean): void {
  if (from !== to && amount > 0n) {
    decrease(ctx, from, amount, keepAlive);
    increase(ctx, to, amount);
  } else if (amount > spendableBalance(ctx.state, from, keepAlive)) {
    throw tokenFailure("FundsUnavailable");
  }
  ctx.emit(balances, "Transfer", { from, to, amount });
}

/** Creates rao. Says Minted. */
export function mint(ctx: Ctx, who: AccountId, amount: bigint): void {
  if (amount === 0n) return;
  increase(ctx, who, amount);
  changeIssuance(ctx.state, amount);
  ctx.emit(balances, "Minted", { who, amount });
}

/** Destroys rao of an account. Says Burned. */
export function burn(ctx: Ctx, who: AccountId, amount: bigint, keepAlive: boolean): void {
  decrease(ctx, who, amount, keepAlive);
  changeIssuance(ctx.state, -amount);
  ctx.emit(balances, "Burned", { who, amount });
}

/** Sets a free balance (force_set_balance): below the existential deposit it becomes 0. Issuance follows. Says BalanceSet. */
export function setFreeBalance(ctx: Ctx, who: AccountId, newFree: bigint): void {
  const free = newFree < EXISTENTIAL_DEPOSIT ? 0n : newFree;
  const before = freeBalance(ctx.state, who);
  if (free > before) increase(ctx, who, free - before);
  else if (free < before) decrease(ctx, who, before - free, false, true);
  changeIssuance(ctx.state, free - before);
  ctx.emit(balances, "BalanceSet", { who, free });
}

/** Moves total issuance by a signed amount, never below zero. */
export function changeIssuance(state: State, by: bigint): void {
  state.mutate(balances.storage.TotalIssuance, [], (total) => {
    const next = total + by;
    return next < 0n ? 0n : next > MAX_BALANCE ? MAX_BALANCE : next;
  });
}

function increase(ctx: Ctx, who: AccountId, amount: bigint): void {
  const account = ctx.state.get(system.storage.Account, who);
  const free = account.data.free + amount;
  if (free > MAX_BALANCE) throw arithmeticFailure("Overflow");
  const isNew = account.data.free + account.data.reserved === 0n;
  if (isNew && free < EXISTENTIAL_DEPOSIT) throw tokenFailure("BelowMinimum");
  const created = account.providers === 0 && account.sufficients === 0;
  const providers = isNew ? account.providers + 1 : account.providers;
  ctx.state.put(system.storage.Account, [who], { ...account, providers, data: { ...account.data, free } });
  if (isNew && created) ctx.emit(system, "NewAccount", { account: who });
  if (isNew) ctx.emit(balances, "Endowed", { account: who, free_balance: free });
}

function decrease(ctx: Ctx, who: AccountId, amount: bigint, keepAlive: boolean, force = false): void {
  const account = ctx.state.get(system.storage.Account, who);
  if (amount > account.data.free) throw tokenFailure("FundsUnavailable");
  if (!force && amount > spendableBalance(ctx.state, who, keepAlive)) {
    throw tokenFailure(keepAlive && amount <= spendableBalance(ctx.state, who, false) ? "NotExpendable" : "Frozen");
  }
  const free = account.data.free - amount;
  if (free + account.data.reserved < EXISTENTIAL_DEPOSIT) reap(ctx, who, account, free);
  else ctx.state.put(system.storage.Account, [who], { ...account, data: { ...account.data, free } });
}

function reap(ctx: Ctx, who: AccountId, account: AccountInfo, dust: bigint): void {
  const providers = Math.max(0, account.providers - 1);
  if (providers === 0 && account.sufficients === 0) {
    ctx.state.kill(system.storage.Account, who);
    ctx.emit(system, "KilledAccount", { account: who });
  } else {
    ctx.state.put(system.storage.Account, [who], { ...account, providers, data: { ...account.data, free: 0n } });
  }
  if (dust === 0n) return;
  changeIssuance(ctx.state, -dust);
  ctx.emit(balances, "DustLost", { account: who, amount: dust });
}
