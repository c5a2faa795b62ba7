import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { spendableBalance } from "../../balances/currency.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { swapHotkeyLocks } from "../locks/swap-locks.ts";
import { hotkeyExists, isSystemAccount, ownsHotkey, registeredAnywhere } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { recycleTao } from "../state/issuance.ts";
import { claimRates } from "../state/root-claim.ts";
import { hotkeyStake } from "../state/shares.ts";
import { netuids } from "../state/subnets.ts";
import { swapHotkeyEverywhere, swapHotkeyOn } from "../state/swap-hotkey.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;
const { HotkeySwapOnSubnetInterval, KeySwapCost, KeySwapOnSubnetCost } = subtensorModule.constants;

/** A coldkey gives the place of one of its hotkeys to another (spec/subtensor-interface.md 2.3). */
export const hotkeySwapCalls = {
  swap_hotkey: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      swapHotkey(ctx, ensureSigned(origin), { ...args, keep_stake: false });
    },
  } satisfies CallImpl<Args<"swap_hotkey">>,
  swap_hotkey_v2: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      swapHotkey(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"swap_hotkey_v2">>,
};

function swapHotkey(ctx: Ctx, coldkey: string, args: Args<"swap_hotkey_v2">): void {
  const { state, block } = ctx;
  const { hotkey: from, new_hotkey: to, netuid } = args;
  ensure(ownsHotkey(state, coldkey, from), "NonAssociatedColdKey");
  ensure(!hotkeyExists(state, to) || ownsHotkey(state, coldkey, to), "NonAssociatedColdKey");
  ensure(from !== to, "NewHotKeyIsSameWithOld");
  ensure(passesTxLimit(ctx, coldkey), "HotKeySetTxRateLimitExceeded");
  const taken = netuid === undefined ? registeredAnywhere(state, to) : state.has(S.IsNetworkMember, to, netuid);
  ensure(!taken, "HotKeyAlreadyRegisteredInSubNet");
  if (netuid === undefined || netuid === ROOT_NETUID) ensure(isCleanOnRoot(ctx, to), "NewHotKeyNotCleanForRootSwap");
  copyLimits(ctx, from, to);
  const swap = { from, to, keepStake: args.keep_stake };
  if (netuid === undefined) {
    pay(ctx, coldkey, to, KeySwapCost.value);
    for (const each of netuids(state)) swapHotkeyLocks(ctx, each, from, to);
    swapHotkeyEverywhere(state, coldkey, swap);
    ctx.emit(subtensorModule, "HotkeySwapped", { coldkey, old_hotkey: from, new_hotkey: to });
  } else {
    const last = state.get(S.LastHotkeySwapOnNetuid, netuid, coldkey);
    const now = BigInt(block.number);
    const passed = ctx.rules.lifts("tx") || last + HotkeySwapOnSubnetInterval.value < now;
    ensure(passed, "HotKeySwapOnSubnetIntervalNotPassed");
    pay(ctx, coldkey, to, KeySwapOnSubnetCost.value);
    state.put(S.Owner, [to], coldkey);
    state.mutate(S.OwnedHotkeys, [coldkey], (owned) => (owned.includes(to) ? owned : [...owned, to]));
    swapHotkeyLocks(ctx, netuid, from, to);
    swapHotkeyOn(state, netuid, swap);
    state.put(S.LastHotkeySwapOnNetuid, [netuid, coldkey], now);
    ctx.emit(subtensorModule, "HotkeySwappedOnSubnet", { coldkey, old_hotkey: from, new_hotkey: to, netuid });
  }
  state.put(S.LastRateLimitedBlock, [{ type: "LastTxBlock", value: coldkey }], BigInt(block.number));
}

/** True when more than `TxRateLimit` blocks lie behind the coldkey's last swap, or there was none. */
function passesTxLimit({ state, block, rules }: Ctx, coldkey: string): boolean {
  if (rules.lifts("tx")) return true;
  const limit = state.get(S.TxRateLimit);
  const last = state.get(S.LastRateLimitedBlock, { type: "LastTxBlock", value: coldkey });
  return limit === 0n || last === 0n || BigInt(block.number) - last > limit;
}

/** A root hotkey's claims cannot be merged with others': the new one must have none, and no root stake. */
function isCleanOnRoot({ state }: Ctx, hotkey: string): boolean {
  return claimRates(state, hotkey).size === 0 && hotkeyStake(state, hotkey, ROOT_NETUID) === 0n;
}

function copyLimits({ state }: Ctx, from: string, to: string): void {
  for (const type of ["LastTxBlock", "LastTxBlockDelegateTake", "LastTxBlockChildKeyTake"] as const) {
    const block = state.get(S.LastRateLimitedBlock, { type, value: from });
    if (block > 0n) state.put(S.LastRateLimitedBlock, [{ type, value: to }], block);
  }
}

function pay(ctx: Ctx, coldkey: string, to: string, costRao: bigint): void {
  ensure(!isSystemAccount(to), "CannotUseSystemAccount");
  ensure(spendableBalance(ctx.state, coldkey, false) >= costRao, "NotEnoughBalanceToPaySwapHotKey");
  recycleTao(ctx, coldkey, costRao);
}
