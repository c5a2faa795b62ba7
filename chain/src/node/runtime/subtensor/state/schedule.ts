import {
  blocksUntilNextEpoch,
  commitEpoch,
  type EpochSchedule,
  epochDue,
} from "@subnetkit/shared/consensus/epoch/schedule";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";

const S = subtensorModule.storage;

/** What decides when a subnet runs its epoch (spec/economics.md 2.10). */
export function epochSchedule(state: State, netuid: number): EpochSchedule {
  return {
    tempo: state.get(S.Tempo, netuid),
    lastEpochBlock: Number(state.get(S.LastEpochBlock, netuid)),
    pendingEpochAt: Number(state.get(S.PendingEpochAt, netuid)),
    blocksSinceStep: Number(state.get(S.BlocksSinceLastStep, netuid)),
  };
}

/** Epoch a commit made in this block belongs to: one ahead when the epoch is due but not yet counted (spec/economics.md 2.11). */
export function currentCommitEpoch(state: State, netuid: number, block: number): number {
  return commitEpoch(Number(state.get(S.SubnetEpochIndex, netuid)), epochDue(epochSchedule(state, netuid), block));
}

/** True while settings may not change: the last blocks before an automatic epoch, or a triggered epoch ahead (spec/subtensor-interface.md 5.6). */
export function frozen({ state, block, rules }: Ctx, netuid: number): boolean {
  if (rules.lifts("adminWindow")) return false;
  const { tempo, lastEpochBlock, pendingEpochAt } = epochSchedule(state, netuid);
  if (pendingEpochAt > block.number) return true;
  const remaining = blocksUntilNextEpoch(tempo, lastEpochBlock, block.number);
  return remaining !== null && remaining < state.get(S.AdminFreezeWindow);
}

/** Sets a tempo and restarts the cycle at this block. */
export function setTempo(state: State, netuid: number, tempo: number, block: number): void {
  state.put(S.Tempo, [netuid], tempo);
  state.put(S.LastEpochBlock, [netuid], BigInt(block));
}
