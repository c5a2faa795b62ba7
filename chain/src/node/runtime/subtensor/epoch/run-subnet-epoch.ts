import { runMechanisms, type SubnetAggregate } from "@subnetkit/shared/consensus/epoch/mechanisms";
import type { EpochInput, EpochOutput } from "@subnetkit/shared/consensus/epoch";
import { runEpochFast } from "@subnetkit/shared/consensus/fast/fast-epoch";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { hotkeysOf } from "../state/neurons.ts";
import { mechanismIndices } from "../state/subnets.ts";
import { updateVotingPower } from "../state/voting-power.ts";
import { mechanismInput, sharedEpochInput } from "./epoch-input.ts";

const S = subtensorModule.storage;

/** What the epoch gave one hotkey, in alpha rao. */
export interface HotkeyEmission {
  readonly hotkey: string;
  readonly incentive: bigint;
  readonly dividends: bigint;
}

/** A form of the epoch: the reference or the fast one, which give the same bits. */
export type EpochForm = (input: EpochInput) => EpochOutput;

/** Runs the epoch of every mechanism of a subnet on its stored state and stores the results (spec/economics.md 2.8 and 2.9). */
export function runSubnetEpoch(
  ctx: Ctx,
  netuid: number,
  emissionRao: bigint,
  run: EpochForm = runEpochFast,
): HotkeyEmission[] {
  const { state, block } = ctx;
  const hotkeys = hotkeysOf(state, netuid);
  if (hotkeys.length === 0) return [];
  const indices = mechanismIndices(state, netuid);
  const shared = sharedEpochInput(state, netuid, block.number, emissionRao);
  const own = indices.map((index) => mechanismInput(state, netuid, index, block.number));
  const split = state.get(S.MechanismEmissionSplit, netuid) ?? null;
  const { perMechanism, aggregate } = runMechanisms(shared, own, split, observed(ctx, netuid, run));
  indices.forEach((index, mechanism) => {
    const output = perMechanism[mechanism] as EpochOutput;
    storeMechanism(state, index, output, shared.permits);
    ctx.emit(subtensorModule, "IncentiveAlphaEmittedToMiners", {
      netuid: index,
      emissions: [...output.serverEmissionRao],
    });
  });
  storeSubnet(state, netuid, aggregate);
  updateVotingPower(ctx, netuid, hotkeys, aggregate.permits);
  return hotkeys.map((hotkey, uid) => ({
    hotkey,
    incentive: aggregate.serverEmissionRao[uid] ?? 0n,
    dividends: aggregate.validatorEmissionRao[uid] ?? 0n,
  }));
}

/** Tells who traces the block of each mechanism's input; mechanisms run in order. */
function observed({ onEpoch }: Ctx, netuid: number, run: EpochForm): EpochForm {
  if (onEpoch === undefined) return run;
  let mechanism = 0;
  return (input) => {
    onEpoch(netuid, mechanism++, input);
    return run(input);
  };
}

/** True when every uid has a hotkey of its own: otherwise the epoch is skipped (spec/economics.md 2.10). */
export function epochStateConsistent(state: State, netuid: number): boolean {
  const hotkeys = hotkeysOf(state, netuid);
  return new Set(hotkeys).size === hotkeys.length;
}

/** Bond rows are written for those with a permit, and emptied for those who just lost it. */
function storeMechanism(state: State, index: number, output: EpochOutput, oldPermits: readonly boolean[]): void {
  state.put(S.Incentive, [index], [...output.incentive]);
  output.bonds.forEach((row, uid) => {
    if (output.permits[uid] !== true && oldPermits[uid] !== true) return;
    state.put(
      S.Bonds,
      [index, uid],
      row.map(([to, bond]) => [to, bond]),
    );
  });
}

function storeSubnet(state: State, netuid: number, of: SubnetAggregate): void {
  state.put(S.Active, [netuid], [...of.active]);
  state.put(S.Emission, [netuid], [...of.emissionRao]);
  state.put(S.Consensus, [netuid], [...of.consensus]);
  state.put(S.Dividends, [netuid], [...of.dividends]);
  state.put(S.ValidatorTrust, [netuid], [...of.validatorTrust]);
  state.put(S.ValidatorPermit, [netuid], [...of.permits]);
  state.put(S.StakeWeight, [netuid], [...of.stakeWeight]);
}
