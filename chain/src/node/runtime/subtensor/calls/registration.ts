import { chooseUidToPrune, immortalUids } from "@subnetkit/shared/consensus/economics/pruning";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { spendableBalance } from "../../balances/currency.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { bumpBurnPrice } from "../state/burn-price.ts";
import { coldkeyOf, createHotkeyIfNew, hotkeyExists, isSystemAccount, ownsHotkey } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { payIntoSubnet } from "../state/issuance.ts";
import { appendNeuron, hotkeysOf, neuronCount, replaceNeuron, uidOf } from "../state/neurons.ts";
import { hotkeyStake } from "../state/shares.ts";
import { subnetExists } from "../state/subnets.ts";
import { buyAlpha } from "../state/trade.ts";
import { becomeDelegate } from "./staking.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** How many times the target root registrations per interval may reach (spec/subtensor-interface.md 2.3). */
const ROOT_INTERVAL_FACTOR = 3;

/** Neurons join subnets and root (spec/subtensor-interface.md 2.3, 5.2, 5.3). */
export const registrationCalls = {
  register: {
    pays: true,
    weight: 3_000_000_000n,
    // Proof of work is gone: the work is ignored and the burn paid (spec/subtensor-interface.md 2.3).
    dispatch(ctx, origin, args) {
      register(ctx, ensureSigned(origin), args.netuid, args.hotkey);
    },
  } satisfies CallImpl<Args<"register">>,
  burned_register: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      register(ctx, ensureSigned(origin), args.netuid, args.hotkey);
    },
  } satisfies CallImpl<Args<"burned_register">>,
  register_limit: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      ensure(args.netuid !== ROOT_NETUID, "RegistrationNotPermittedOnRootSubnet");
      ensure(subnetExists(ctx.state, args.netuid), "SubnetNotExists");
      ensure(ctx.state.get(S.Burn, args.netuid) <= args.limit_price, "RegistrationPriceLimitExceeded");
      register(ctx, who, args.netuid, args.hotkey);
    },
  } satisfies CallImpl<Args<"register_limit">>,
  root_register: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      registerOnRoot(ctx, ensureSigned(origin), args.hotkey);
    },
  } satisfies CallImpl<Args<"root_register">>,
};

function register(ctx: Ctx, coldkey: string, netuid: number, hotkey: string): void {
  const { state } = ctx;
  ensure(netuid !== ROOT_NETUID, "RegistrationNotPermittedOnRootSubnet");
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(state.get(S.NetworkRegistrationAllowed, netuid), "SubNetRegistrationDisabled");
  ensure(uidOf(state, netuid, hotkey) === undefined, "HotKeyAlreadyRegisteredInSubNet");
  const price = state.get(S.Burn, netuid);
  ensure(spendableBalance(state, coldkey, false) >= price, "NotEnoughBalanceToStake");
  ensure(!isSystemAccount(hotkey), "CannotUseSystemAccount");
  ensure(!hotkeyExists(state, hotkey) || ownsHotkey(state, coldkey, hotkey), "NonAssociatedColdKey");
  const pruned = freeSlot(ctx, netuid);
  createHotkeyIfNew(state, coldkey, hotkey);
  payRegistration(ctx, coldkey, netuid, price);
  const uid = seatNeuron(ctx, netuid, hotkey, pruned);
  bumpBurnPrice(state, netuid);
  state.mutate(S.RegistrationsThisBlock, [netuid], (count) => Math.min(count + 1, 65_535));
  ctx.emit(subtensorModule, "NeuronRegistered", [netuid, uid, hotkey]);
}

/** The price buys alpha with a fee; the alpha leaves the outstanding again and the whole payment counts as inflow (spec/economics.md 5.1). */
function payRegistration(ctx: Ctx, coldkey: string, netuid: number, price: bigint): void {
  const { state } = ctx;
  const paid = payIntoSubnet(ctx, coldkey, netuid, price);
  const { out } = buyAlpha(ctx, netuid, paid);
  state.mutate(S.SubnetAlphaOut, [netuid], (outstanding) => (outstanding > out ? outstanding - out : 0n));
  state.mutate(S.RAORecycledForRegistration, [netuid], (total) => total + price);
  state.mutate(S.SubnetTaoFlow, [netuid], (flow) => flow + paid);
}

/** Gives a hotkey the uid {@link freeSlot} found, or one more; returns it. */
export function seatNeuron(ctx: Ctx, netuid: number, hotkey: string, pruned: number | undefined): number {
  if (pruned === undefined) return appendNeuron(ctx.state, netuid, hotkey, ctx.block.number);
  replaceNeuron(ctx.state, netuid, pruned, hotkey, ctx.block.number);
  return pruned;
}

/** Undefined where there is room for one more, the uid to replace where there is not. Fails when nobody can go. */
export function freeSlot(ctx: Ctx, netuid: number): number | undefined {
  const max = ctx.state.get(S.MaxAllowedUids, netuid);
  ensure(max > 0, "NoNeuronIdAvailable");
  if (neuronCount(ctx.state, netuid) < max) return undefined;
  const uid = uidToPrune(ctx.state, netuid, ctx.block.number);
  ensure(uid !== null, "NoNeuronIdAvailable");
  return uid;
}

/** The uid a registration on a full subnet would replace, or null (spec/subtensor-interface.md 5.3). */
function uidToPrune(state: State, netuid: number, block: number): number | null {
  const emission = state.get(S.Emission, netuid);
  const hotkeys = hotkeysOf(state, netuid);
  const registeredAt = (uid: number): number => Number(state.get(S.BlockAtRegistration, netuid, uid));
  const owner = state.get(S.SubnetOwner, netuid);
  const owned = hotkeys.flatMap((hotkey, uid) =>
    coldkeyOf(state, hotkey) === owner ? [{ uid, registeredAt: registeredAt(uid) }] : [],
  );
  const ownerHotkeyUid = uidOf(state, netuid, state.get(S.SubnetOwnerHotkey, netuid)) ?? null;
  return chooseUidToPrune(
    hotkeys.map((_, uid) => ({ uid, emissionRao: emission[uid] ?? 0n, registeredAt: registeredAt(uid) })),
    {
      block,
      immunityBlocks: state.get(S.ImmunityPeriod, netuid),
      minNonImmune: state.get(S.MinNonImmuneUids, netuid),
      immortal: immortalUids(owned, ownerHotkeyUid, state.get(S.ImmuneOwnerUidsLimit, netuid)),
    },
  );
}

function registerOnRoot(ctx: Ctx, coldkey: string, hotkey: string): void {
  const { state, block } = ctx;
  ensure(subnetExists(state, ROOT_NETUID), "RootNetworkDoesNotExist");
  if (!ctx.rules.lifts("registration")) ensureRootRegistrationsLeft(state);
  ensure(uidOf(state, ROOT_NETUID, hotkey) === undefined, "HotKeyAlreadyRegisteredInSubNet");
  createHotkeyIfNew(state, coldkey, hotkey);
  const uid = takeRootSlot(state, hotkey, block.number);
  becomeDelegate(ctx, hotkey);
  state.mutate(S.RegistrationsThisBlock, [ROOT_NETUID], (count) => count + 1);
  state.mutate(S.RegistrationsThisInterval, [ROOT_NETUID], (count) => count + 1);
  ctx.emit(subtensorModule, "NeuronRegistered", [ROOT_NETUID, uid, hotkey]);
}

function ensureRootRegistrationsLeft(state: State): void {
  ensure(
    state.get(S.RegistrationsThisBlock, ROOT_NETUID) < state.get(S.MaxRegistrationsPerBlock, ROOT_NETUID),
    "TooManyRegistrationsThisBlock",
  );
  const perInterval = state.get(S.TargetRegistrationsPerInterval, ROOT_NETUID) * ROOT_INTERVAL_FACTOR;
  ensure(state.get(S.RegistrationsThisInterval, ROOT_NETUID) < perInterval, "TooManyRegistrationsThisInterval");
}

/** A free seat, or the one of the hotkey with least root stake if the newcomer has more. */
function takeRootSlot(state: State, hotkey: string, block: number): number {
  if (neuronCount(state, ROOT_NETUID) < state.get(S.MaxAllowedUids, ROOT_NETUID))
    return appendNeuron(state, ROOT_NETUID, hotkey, block);
  const stakes = hotkeysOf(state, ROOT_NETUID).map((seated) => hotkeyStake(state, seated, ROOT_NETUID));
  const lowest = stakes.reduce((at, stake, uid) => (stake < (stakes[at] ?? 0n) ? uid : at), 0);
  ensure(hotkeyStake(state, hotkey, ROOT_NETUID) > (stakes[lowest] ?? 0n), "StakeTooLowForRoot");
  replaceNeuron(state, ROOT_NETUID, lowest, hotkey, block);
  return lowest;
}
