import { splitDividends, validatorPot } from "@subnetkit/shared/consensus/economics/dividend-split";
import { incentivePayouts } from "@subnetkit/shared/consensus/economics/incentive-payouts";
import { parentDividends } from "@subnetkit/shared/consensus/economics/parent-dividends";
import { addRootDividend } from "@subnetkit/shared/consensus/economics/root-claims";
import { splitTake } from "@subnetkit/shared/consensus/economics/take";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { type HotkeyEmission, runSubnetEpoch } from "../epoch/run-subnet-epoch.ts";
import { shareOwnerCut } from "../leases/lease-dividends.ts";
import { lockOwnerCut } from "../locks/locking.ts";
import { coldkeyOf } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { uidOf } from "../state/neurons.ts";
import { claimRates, putClaimRates } from "../state/root-claim.ts";
import { hotkeyStake, increaseStakeForAll } from "../state/shares.ts";
import { creditStake } from "../state/trade.ts";

const S = subtensorModule.storage;

/** The four pots a subnet filled since its last epoch, in alpha rao. */
export interface PendingPots {
  readonly serverRao: bigint;
  readonly validatorRao: bigint;
  readonly rootRao: bigint;
  readonly ownerRao: bigint;
}

/** Takes the pots of a subnet and leaves them empty. */
export function drainPots(state: State, netuid: number): PendingPots {
  const take = (item: typeof S.PendingOwnerCut): bigint => {
    const rao = state.get(item, netuid);
    state.put(item, [netuid], 0n);
    return rao;
  };
  return {
    serverRao: take(S.PendingServerEmission),
    validatorRao: take(S.PendingValidatorEmission),
    rootRao: take(S.PendingRootAlphaDivs),
    ownerRao: take(S.PendingOwnerCut),
  };
}

/** Runs the epoch on a subnet's pots and pays everyone (spec/economics.md 3.9). Dust of the divisions stays unpaid. */
export function distribute(ctx: Ctx, netuid: number, pots: PendingPots): void {
  // Paid in the order of the hotkeys, as the chain's maps are walked.
  const emission = runSubnetEpoch(ctx, netuid, pots.serverRao + pots.validatorRao + pots.rootRao).sort(byHotkey);
  const incentiveTotal = emission.reduce((sum, { incentive }) => sum + incentive, 0n);
  const weights = dividendWeights(ctx, netuid, emission);
  const dividends = splitDividends(
    [...weights]
      .filter(([, dividendRao]) => dividendRao > 0n)
      .map(([hotkey, dividendRao]) => ({
        hotkey,
        dividendRao,
        alphaStakeRao: hotkeyStake(ctx.state, hotkey, netuid),
        rootStakeRao: hotkeyStake(ctx.state, hotkey, ROOT_NETUID),
      }))
      .sort(byHotkey),
    {
      validatorPotRao: validatorPot(pots.validatorRao, pots.serverRao, incentiveTotal),
      rootPotRao: pots.rootRao,
      taoWeight: ctx.state.get(S.TaoWeight),
    },
  );
  payOwner(ctx, netuid, pots.ownerRao);
  payIncentives(ctx, netuid, emission);
  ctx.state.killPrefix(S.AlphaDividendsPerSubnet, netuid);
  ctx.state.killPrefix(S.RootAlphaDividendsPerSubnet, netuid);
  for (const one of dividends) payAlphaDividend(ctx, netuid, one.hotkey, one.alphaBits);
  for (const [hotkey, weight] of weights) if (weight === 0n) noteEpochStake(ctx.state, hotkey, netuid);
  for (const one of dividends) payRootDividend(ctx, netuid, one.hotkey, one.rootBits);
}

const byHotkey = (a: { readonly hotkey: string }, b: { readonly hotkey: string }): number =>
  a.hotkey < b.hotkey ? -1 : a.hotkey > b.hotkey ? 1 : 0;

/** Validator emission with the parents' cuts, summed per hotkey, in rao. Who gets nothing is listed with 0. */
function dividendWeights(ctx: Ctx, netuid: number, emission: readonly HotkeyEmission[]): Map<string, bigint> {
  const { state } = ctx;
  const weights = new Map<string, bigint>();
  const own = (hotkey: string) => ({
    alphaRao: hotkeyStake(state, hotkey, netuid),
    rootRao: hotkeyStake(state, hotkey, ROOT_NETUID),
  });
  for (const { hotkey, dividends } of emission) {
    if (dividends === 0n) {
      const parents = state.get(S.ParentKeys, hotkey, netuid).map(([, parent]) => parent);
      for (const unpaid of [...parents, hotkey]) if (!weights.has(unpaid)) weights.set(unpaid, 0n);
      continue;
    }
    const { payouts, recycledRao } = parentDividends({
      hotkey,
      dividendRao: dividends,
      own: own(hotkey),
      childProportions: state.get(S.ChildKeys, hotkey, netuid).map(([proportion]) => proportion),
      parents: state.get(S.ParentKeys, hotkey, netuid).map(([proportion, parent]) => ({
        hotkey: parent,
        proportion,
        differentOwner: coldkeyOf(state, parent) !== coldkeyOf(state, hotkey),
        ...own(parent),
      })),
      childkeyTake: childkeyTake(state, hotkey, netuid),
      taoWeight: state.get(S.TaoWeight),
      childkeyBurn: state.get(S.CKBurn),
    });
    for (const { hotkey: paid, rao } of payouts) weights.set(paid, (weights.get(paid) ?? 0n) + rao);
    recycleAlpha(state, netuid, recycledRao);
  }
  return weights;
}

/** A child's take on a subnet: its own, but at least the subnet's minimum. */
function childkeyTake(state: State, hotkey: string, netuid: number): number {
  const floor = Math.max(state.get(S.MinChildkeyTake), state.get(S.MinChildkeyTakePerSubnet, netuid));
  return Math.max(state.get(S.ChildkeyTake, hotkey, netuid), floor);
}

function payOwner(ctx: Ctx, netuid: number, rao: bigint): void {
  const { state } = ctx;
  if (!state.has(S.SubnetOwnerHotkey, netuid)) return;
  const owner = { coldkey: state.get(S.SubnetOwner, netuid), hotkey: state.get(S.SubnetOwnerHotkey, netuid) };
  if (rao > 0n) creditStake(ctx, owner, netuid, rao);
  shareOwnerCut(ctx, netuid, rao);
  lockOwnerCut(ctx, netuid, rao);
}

function payIncentives(ctx: Ctx, netuid: number, emission: readonly HotkeyEmission[]): void {
  const { state } = ctx;
  const owner = state.get(S.SubnetOwner, netuid);
  const ownerHotkey = state.get(S.SubnetOwnerHotkey, netuid);
  const mode = state.get(S.RecycleOrBurn, netuid).type === "Recycle" ? "recycle" : "burn";
  const result = incentivePayouts(
    emission.map(({ hotkey, incentive }) => ({
      hotkey,
      incentiveRao: incentive,
      ownerAssociated:
        (hotkey === ownerHotkey && uidOf(state, netuid, hotkey) !== undefined) || coldkeyOf(state, hotkey) === owner,
      autoStakeHotkey: state.get(S.AutoStakeDestination, coldkeyOf(state, hotkey), netuid) ?? null,
    })),
    mode,
  );
  for (const { hotkey, stakedOn, rao } of result.payouts) {
    const coldkey = coldkeyOf(state, hotkey);
    if (state.has(S.AutoStakeDestination, coldkey, netuid))
      ctx.emit(subtensorModule, "AutoStakeAdded", {
        netuid,
        destination: stakedOn,
        hotkey,
        owner: coldkey,
        incentive: rao,
      });
    creditStake(ctx, { coldkey, hotkey: stakedOn }, netuid, rao);
  }
  recycleAlpha(state, netuid, result.recycledRao);
  state.put(S.MinerBurned, [netuid], { bits: result.burnedBits });
}

/** The take goes to the validator, the rest to all its stakers; the rest alone is what the chain shows as the dividend. */
function payAlphaDividend(ctx: Ctx, netuid: number, hotkey: string, bits: bigint): void {
  const { state } = ctx;
  const { takeRao, restRao } = splitTake(bits, state.get(S.Delegates, hotkey));
  const coldkey = coldkeyOf(state, hotkey);
  if (takeRao > 0n) creditStake(ctx, { coldkey, hotkey }, netuid, takeRao);
  if (restRao > 0n && !increaseStakeForAll(state, hotkey, netuid, restRao))
    creditStake(ctx, { coldkey, hotkey }, netuid, restRao);
  if (restRao > 0n) state.put(S.AlphaDividendsPerSubnet, [netuid, hotkey], restRao);
  noteEpochStake(state, hotkey, netuid);
}

/** A hotkey's stake after its dividends: what nominators' returns are told by. Kept for every hotkey of the subnet and its parents. */
function noteEpochStake(state: State, hotkey: string, netuid: number): void {
  state.put(S.TotalHotkeyAlphaLastEpoch, [hotkey, netuid], hotkeyStake(state, hotkey, netuid));
}

/** The take is paid in the subnet's alpha; the rest becomes claimable by root stakers (spec/economics.md 3.9 and 3.10). */
function payRootDividend(ctx: Ctx, netuid: number, hotkey: string, bits: bigint): void {
  const { state } = ctx;
  const { takeRao, restRao } = splitTake(bits, state.get(S.Delegates, hotkey));
  const staker = { coldkey: coldkeyOf(state, hotkey), hotkey };
  if (takeRao > 0n) creditStake(ctx, staker, netuid, takeRao);
  if (restRao > 0n) {
    const rates = claimRates(state, hotkey);
    const change = addRootDividend(rates.get(netuid) ?? 0n, restRao, hotkeyStake(state, hotkey, ROOT_NETUID));
    if (change.kind === "stakeToOwner") creditStake(ctx, staker, netuid, change.rao);
    else putClaimRates(state, hotkey, rates.set(netuid, change.rateBits));
  }
  if (restRao > 0n) state.put(S.RootAlphaDividendsPerSubnet, [netuid, hotkey], restRao);
}

function recycleAlpha(state: State, netuid: number, rao: bigint): void {
  if (rao > 0n) state.mutate(S.SubnetAlphaOut, [netuid], (out) => (out > rao ? out - rao : 0n));
}
