import { MAX_CHILDREN } from "@subnetkit/shared/consensus/economics/children";
import { U64_MAX } from "@subnetkit/shared/fixed/convert";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, ensureRoot, ensureSigned } from "../../pallet.ts";
import { ensure, fail, type SubtensorError } from "../errors.ts";
import { applyChildren, type Child } from "../state/children.ts";
import { hotkeyExists, ownsHotkey } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { uidOf } from "../state/neurons.ts";
import { passesLimit, recordLimited } from "../state/rate-limits.ts";
import { subnetExists } from "../state/subnets.ts";
import { totalStakeInTao } from "../state/total-stake.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Takes and children of a hotkey (spec/subtensor-interface.md 2.3). */
export const delegationCalls = {
  increase_take: {
    pays: false,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      const problem = takeProblem(ctx, who, args.hotkey);
      if (problem !== undefined) fail(problem);
      const current = currentTake(ctx, args.hotkey);
      ensure(current === undefined || args.take > current, "DelegateTakeTooLow");
      ensure(args.take <= ctx.state.get(S.MaxDelegateTake), "DelegateTakeTooHigh");
      ensure(passesTakeLimit(ctx, who), "DelegateTxRateLimitExceeded");
      putTake(ctx, who, args.hotkey, args.take);
      ctx.emit(subtensorModule, "TakeIncreased", [who, args.hotkey, args.take]);
    },
  } satisfies CallImpl<Args<"increase_take">>,
  decrease_take: {
    pays: false,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      const problem = takeProblem(ctx, who, args.hotkey);
      if (problem !== undefined) fail(problem);
      const current = currentTake(ctx, args.hotkey);
      ensure(current === undefined || args.take < current, "DelegateTakeTooLow");
      ensure(args.take >= ctx.state.get(S.MinDelegateTake), "DelegateTakeTooLow");
      putTake(ctx, who, args.hotkey, args.take);
      ctx.emit(subtensorModule, "TakeDecreased", [who, args.hotkey, args.take]);
    },
  } satisfies CallImpl<Args<"decrease_take">>,
  set_childkey_take: {
    pays: true,
    dispatch(ctx, origin, args) {
      setChildkeyTake(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"set_childkey_take">>,
  set_children: {
    pays: true,
    dispatch(ctx, origin, args) {
      setChildren(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"set_children">>,
  set_pending_childkey_cooldown: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureRoot(origin);
      ctx.state.put(S.PendingChildKeyCooldown, [], args.cooldown);
    },
  } satisfies CallImpl<Args<"set_pending_childkey_cooldown">>,
  sudo_set_tx_childkey_take_rate_limit: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureRoot(origin);
      ctx.state.put(S.TxChildkeyTakeRateLimit, [], args.tx_rate_limit);
      ctx.emit(subtensorModule, "TxChildKeyTakeRateLimitSet", [args.tx_rate_limit]);
    },
  } satisfies CallImpl<Args<"sudo_set_tx_childkey_take_rate_limit">>,
  sudo_set_min_childkey_take: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureRoot(origin);
      ctx.state.put(S.MinChildkeyTake, [], args.take);
      ctx.emit(subtensorModule, "MinChildKeyTakeSet", [args.take]);
    },
  } satisfies CallImpl<Args<"sudo_set_min_childkey_take">>,
  sudo_set_max_childkey_take: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureRoot(origin);
      ctx.state.put(S.MaxChildkeyTake, [], args.take);
      ctx.emit(subtensorModule, "MaxChildKeyTakeSet", [args.take]);
    },
  } satisfies CallImpl<Args<"sudo_set_max_childkey_take">>,
  set_auto_parent_delegation_enabled: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensure(ownsHotkey(ctx.state, ensureSigned(origin), args.hotkey), "NonAssociatedColdKey");
      ensure(uidOf(ctx.state, ROOT_NETUID, args.hotkey) !== undefined, "HotKeyNotRegisteredInSubNet");
      ctx.state.put(S.AutoParentDelegationEnabled, [args.hotkey], args.enabled);
      ctx.emit(subtensorModule, "AutoParentDelegationEnabledSet", { hotkey: args.hotkey, enabled: args.enabled });
    },
  } satisfies CallImpl<Args<"set_auto_parent_delegation_enabled">>,
};

/** First check of those both take calls share that fails: the hotkey exists and the coldkey owns it. */
function takeProblem(ctx: Ctx, who: string, hotkey: string): SubtensorError | undefined {
  if (!hotkeyExists(ctx.state, hotkey)) return "HotKeyAccountNotExists";
  return ownsHotkey(ctx.state, who, hotkey) ? undefined : "NonAssociatedColdKey";
}

/** What the guard asks of a take: inside the bounds, then the shared checks (spec/subtensor-interface.md 1.5). */
export function delegateTakeProblem(ctx: Ctx, who: string, hotkey: string, take: number): SubtensorError | undefined {
  if (take < ctx.state.get(S.MinDelegateTake)) return "DelegateTakeTooLow";
  if (take > ctx.state.get(S.MaxDelegateTake)) return "DelegateTakeTooHigh";
  return takeProblem(ctx, who, hotkey);
}

function currentTake(ctx: Ctx, hotkey: string): number | undefined {
  return ctx.state.has(S.Delegates, hotkey) ? ctx.state.get(S.Delegates, hotkey) : undefined;
}

function passesTakeLimit(ctx: Ctx, who: string): boolean {
  if (ctx.rules.lifts("take")) return true;
  const last = ctx.state.get(S.LastRateLimitedBlock, { type: "LastTxBlockDelegateTake", value: who });
  const limit = ctx.state.get(S.TxDelegateTakeRateLimit);
  return limit === 0n || last === 0n || BigInt(ctx.block.number) - last > limit;
}

function putTake(ctx: Ctx, who: string, hotkey: string, take: number): void {
  ctx.state.put(S.LastRateLimitedBlock, [{ type: "LastTxBlockDelegateTake", value: who }], BigInt(ctx.block.number));
  ctx.state.put(S.Delegates, [hotkey], take);
}

function setChildkeyTake(ctx: Ctx, who: string, { hotkey, netuid, take }: Args<"set_childkey_take">): void {
  const { state } = ctx;
  ensure(ownsHotkey(state, who, hotkey), "NonAssociatedColdKey");
  const min = Math.max(state.get(S.MinChildkeyTake), state.get(S.MinChildkeyTakePerSubnet, netuid));
  ensure(take >= min && take <= state.get(S.MaxChildkeyTake), "InvalidChildkeyTake");
  if (take > state.get(S.ChildkeyTake, hotkey, netuid))
    ensure(passesLimit(ctx, "setChildkeyTake", hotkey, netuid), "TxChildkeyTakeRateLimitExceeded");
  recordLimited(ctx, "setChildkeyTake", hotkey, netuid);
  state.put(S.ChildkeyTake, [hotkey, netuid], take);
  ctx.emit(subtensorModule, "ChildKeyTakeSet", [hotkey, take]);
}

function setChildren(ctx: Ctx, who: string, { hotkey, netuid, children }: Args<"set_children">): void {
  const { state, block } = ctx;
  ensure(passesLimit(ctx, "setChildren", hotkey, netuid), "TxRateLimitExceeded");
  ensure(netuid !== ROOT_NETUID, "RegistrationNotPermittedOnRootSubnet");
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(ownsHotkey(state, who, hotkey), "NonAssociatedColdKey");
  checkNewChildren(ctx, hotkey, netuid, children);
  ensure(mayHaveChildren(ctx, hotkey, netuid, children.length), "NotEnoughStakeToSetChildkeys");
  recordLimited(ctx, "setChildren", hotkey, netuid);
  if (!state.get(S.SubtokenEnabled, netuid)) {
    applyChildren(ctx, hotkey, netuid, children);
    return;
  }
  const wait = ctx.rules.lifts("children") ? 0n : state.get(S.PendingChildKeyCooldown);
  const cooldown = BigInt(block.number) + wait;
  state.put(S.PendingChildKeys, [netuid, hotkey], [children, cooldown]);
  ctx.emit(subtensorModule, "SetChildrenScheduled", [hotkey, netuid, cooldown, children]);
}

function checkNewChildren(ctx: Ctx, hotkey: string, netuid: number, children: readonly Child[]): void {
  const parents = ctx.state.get(S.ParentKeys, hotkey, netuid).map(([, parent]) => parent);
  const hotkeys = children.map(([, child]) => child);
  ensure(new Set(hotkeys).size === hotkeys.length, "DuplicateChild");
  ensure(!hotkeys.includes(hotkey), "InvalidChild");
  ensure(hotkeys.length <= MAX_CHILDREN, "TooManyChildren");
  ensure(children.reduce((sum, [proportion]) => sum + proportion, 0n) <= U64_MAX, "ProportionOverflow");
  ensure(!hotkeys.some((child) => parents.includes(child)), "ChildParentInconsistency");
}

function mayHaveChildren(ctx: Ctx, hotkey: string, netuid: number, count: number): boolean {
  const { state } = ctx;
  if (count === 0 || (state.has(S.SubnetOwnerHotkey, netuid) && state.get(S.SubnetOwnerHotkey, netuid) === hotkey))
    return true;
  return totalStakeInTao(state, hotkey) >= state.get(S.StakeThreshold);
}
