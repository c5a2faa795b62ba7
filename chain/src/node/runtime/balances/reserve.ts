/**
 * Deposits: rao moved from free to reserved, which cannot be spent and keep the account alive, as pallet_balances' ReservableCurrency does it.
 */
import { balances, EXISTENTIAL_DEPOSIT } from "../../../spec/pallets/balances.ts";
import { system } from "../../../spec/pallets/system.ts";
import type { AccountInfo } from "../../../spec/types.ts";
import { type AccountId, type Ctx, DispatchFailure, moduleError, tokenFailure } from "../pallet.ts";

/**
 * Reserves rao of an account and says so (Reserved). Fails with InsufficientBalance, with LiquidityRestrictions where the rest is frozen, and with
 * ConsumerRemaining where less than the existential deposit would stay free.
 */
export function reserve(ctx: Ctx, who: AccountId, amount: bigint): void {
  if (amount === 0n) return;
  const account = ctx.state.get(system.storage.Account, who);
  const free = account.data.free - amount;
  if (free < 0n) throw moduleError(balances, "InsufficientBalance");
  if (free < account.data.frozen) throw moduleError(balances, "LiquidityRestrictions");
  if (free < EXISTENTIAL_DEPOSIT) throw new DispatchFailure({ type: "ConsumerRemaining" }, "ConsumerRemaining");
  put(ctx, who, account, free, account.data.reserved + amount);
  ctx.emit(balances, "Reserved", { who, amount });
}

/** Makes reserved rao free again, at most what is reserved, and says so (Unreserved). */
export function unreserve(ctx: Ctx, who: AccountId, amount: bigint): void {
  const account = ctx.state.get(system.storage.Account, who);
  const { free, reserved } = account.data;
  const released = amount < reserved ? amount : reserved;
  if (released === 0n) return;
  put(ctx, who, account, free + released, reserved - released);
  ctx.emit(balances, "Unreserved", { who, amount: released });
}

/** Reserves or releases the difference between two deposits. */
export function changeReserve(ctx: Ctx, who: AccountId, from: bigint, to: bigint): void {
  if (to > from) reserve(ctx, who, to - from);
  else unreserve(ctx, who, from - to);
}

/** Holds rao of an account for a preimage: reserved, without an event. Fails with Token.FundsUnavailable. */
export function holdForPreimage(ctx: Ctx, who: AccountId, amount: bigint): void {
  const account = ctx.state.get(system.storage.Account, who);
  const free = account.data.free - amount;
  if (free < EXISTENTIAL_DEPOSIT || free < account.data.frozen) throw tokenFailure("FundsUnavailable");
  put(ctx, who, account, free, account.data.reserved + amount);
  changeHold(ctx, who, amount);
}

/** Makes rao held for a preimage free again. */
export function releaseForPreimage(ctx: Ctx, who: AccountId, amount: bigint): void {
  const account = ctx.state.get(system.storage.Account, who);
  put(ctx, who, account, account.data.free + amount, account.data.reserved - amount);
  changeHold(ctx, who, -amount);
}

function changeHold(ctx: Ctx, who: AccountId, by: bigint): void {
  const holds = ctx.state.get(balances.storage.Holds, who);
  const others = holds.filter(({ id }) => id.type !== "Preimage");
  const amount = (holds.find(({ id }) => id.type === "Preimage")?.amount ?? 0n) + by;
  const id = { type: "Preimage", value: { type: "Preimage" } } as const;
  const next = amount > 0n ? [{ id, amount }, ...others] : others;
  if (next.length === 0) ctx.state.kill(balances.storage.Holds, who);
  else ctx.state.put(balances.storage.Holds, [who], next);
}

/** An account consumes its own existence while anything of it is reserved or frozen. */
function put(ctx: Ctx, who: AccountId, account: AccountInfo, free: bigint, reserved: bigint): void {
  const held = (amount: bigint): number => (amount > 0n || account.data.frozen > 0n ? 1 : 0);
  const consumers = Math.max(0, account.consumers + held(reserved) - held(account.data.reserved));
  ctx.state.put(system.storage.Account, [who], { ...account, consumers, data: { ...account.data, free, reserved } });
}
