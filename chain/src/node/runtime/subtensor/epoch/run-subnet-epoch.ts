import { runMechanisms, type SubnetAggregate } from "@subnetkit/shared/consensus/epoch/mechanisms";
import type { EpochOutput } from "@subnetkit/shared/consensus/epoch";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { hotkeysOf } from "../state/neurons.ts";
import { mechanismIndices } from "../state/subnets.ts";
import { mechanismInput, sharedEpochInput } from "./epoch-input.ts";

const S = subtensorModule.storage;

/** What the epoch gave one hotkey, in alpha rao. */
export interface HotkeyEmission {
  readonly hotkey: string;
  readonly incentive: bigint;
  readonly dividends: bigint;
}

/** Runs the epoch of every mechanism of a subnet on its stored state and stores the results (spec/economics.md 2.8 and 2.9). */
export function runSubnetEpoch(ctx: Ctx, netuid: number, emissionRao: bigint): HotkeyEmission[] {
  const { state, block } = ctx;
  const hotkeys = hotkeysOf(state, netuid);
  if (hotkeys.length === 0) return [];
  const indices = mechanismIndices(state, netuid);
  const shared = sharedEpochInput(state, netuid, block.number, emissionRao);
  const own = indices.map((index) => mechanismInput(state, netuid, index, block.number));
  const { perMechanism, aggregate } = runMechanisms(shared, own, state.get(S.MechanismEmissionSplit, netuid) ?? null);
  indices.forEach((index, mechanism) => {
    const output = perMechanism[mechanism] as EpochOutput;
    storeMechanism(state, index, output);
    ctx.emit(subtensorModule, "IncentiveAlphaEmittedToMiners", {
      netuid: index,
      emissions: [...output.serverEmissionRao],
    });
  });
  storeSubnet(state, netuid, aggregate);
  return hotkeys.map((hotkey, uid) => ({
    hotkey,
    incentive: aggregate.serverEmissionRao[uid] ?? 0n,
    dividends: aggregate.validatorEmissionRao[uid] ?? 0n,
  }));
}

/** True when every uid has a hotkey of its own: otherwise the epoch is skipped (spec/economics.md 2.10). */
export function epochStateConsistent(state: State, netuid: number): boolean {
  const hotkeys = hotkeysOf(state, netuid);
  return new Set(hotkeys).size === hotkeys.length;
}

function storeMechanism(state: State, index: number, output: EpochOutput): void {
  state.put(S.Incentive, [index], [...output.incentive]);
  output.bonds.forEach((row, uid) => {
    if (row.length === 0) state.kill(S.Bonds, index, uid);
    else
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
