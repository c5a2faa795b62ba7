import { activityCutoff } from "@subnetkit/shared/consensus/epoch/activity-cutoff";
import type { MechanismInput } from "@subnetkit/shared/consensus/epoch/mechanisms";
import type { EpochInput } from "@subnetkit/shared/consensus/epoch";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { count } from "../state/count.ts";
import { hashCommitState } from "../state/hash-commits.ts";
import { hotkeysOf, ownerUid, registrationBlocks } from "../state/neurons.ts";
import { inheritedStake } from "../state/stake-weight.ts";

const S = subtensorModule.storage;

/** What all mechanisms of a subnet share in an epoch: stake, permits, registration, settings (spec/economics.md 2.1 and 2.9). */
export function sharedEpochInput(
  state: State,
  netuid: number,
  block: number,
  emissionRao: bigint,
): Omit<EpochInput, keyof MechanismInput> {
  const hotkeys = hotkeysOf(state, netuid);
  const tempo = state.get(S.Tempo, netuid);
  const [low, high] = state.get(S.AlphaValues, netuid);
  const steepness = state.get(S.AlphaSigmoidSteepness, netuid);
  const stakes = hotkeys.map((hotkey) => inheritedStake(state, netuid, hotkey));
  const permits = state.get(S.ValidatorPermit, netuid);
  return {
    block,
    tempo,
    activityCutoff: activityCutoff(state.get(S.ActivityCutoffFactorMilli, netuid), tempo),
    lastStepBlock: Number(state.get(S.LastMechansimStepBlock, netuid)),
    stakeThresholdRao: state.get(S.StakeThreshold),
    maxValidators: state.get(S.MaxAllowedValidators, netuid),
    kappa: state.get(S.Kappa, netuid),
    bondsPenalty: state.get(S.BondsPenalty, netuid),
    bondsMovingAverage: count(state.get(S.BondsMovingAverage, netuid)),
    yuma3: state.get(S.Yuma3On, netuid),
    liquidAlpha: state.get(S.LiquidAlphaOn, netuid) ? { low, high, steepness } : null,
    commitReveal: state.get(S.CommitRevealWeightsEnabled, netuid),
    ownerUid: ownerUid(state, netuid) ?? null,
    emissionRao,
    stake: {
      kind: "parts",
      alphaRao: stakes.map((stake) => stake.alphaRao),
      taoRao: stakes.map((stake) => stake.taoRao),
      taoWeight: state.get(S.TaoWeight),
    },
    registeredAt: registrationBlocks(state, netuid).map(Number),
    permits: hotkeys.map((_, uid) => permits[uid] === true),
  };
}

/** What each mechanism has of its own: weights, bonds, last updates and live commits. `index` is its storage index. */
export function mechanismInput(state: State, netuid: number, index: number, block: number): MechanismInput {
  const hotkeys = hotkeysOf(state, netuid);
  const updates = state.get(S.LastUpdate, index);
  const commits = earliestCommits(state, netuid, index, block);
  return {
    weights: rowsOf(state, S.Weights, index, hotkeys.length),
    bonds: rowsOf(state, S.Bonds, index, hotkeys.length),
    lastUpdate: hotkeys.map((_, uid) => Number(updates[uid] ?? 0n)),
    earliestCommit: hotkeys.map((hotkey) => commits.get(hotkey) ?? null),
  };
}

/** Rows by uid. Few neurons have one, so those that are stored are walked. */
function rowsOf(
  state: State,
  item: typeof S.Weights | typeof S.Bonds,
  index: number,
  neurons: number,
): [number, number][][] {
  const rows = Array.from({ length: neurons }, (): [number, number][] => []);
  for (const { keys, value } of state.iterate(item, index)) if (keys[1] < neurons) rows[keys[1]] = value;
  return rows;
}

/** Smallest block of each hotkey's live commits, hash and timelocked ones together (spec/economics.md 2.2, step 7d). */
function earliestCommits(state: State, netuid: number, index: number, block: number): Map<string, number> {
  const earliest = new Map<string, number>();
  const add = (hotkey: string, epoch: bigint, at: bigint): void => {
    if (hashCommitState(state, netuid, epoch, block) === "expired") return;
    earliest.set(hotkey, Math.min(earliest.get(hotkey) ?? Number.POSITIVE_INFINITY, Number(at)));
  };
  for (const { keys, value } of state.iterate(S.WeightCommits, index))
    for (const [, epoch, at] of value) add(keys[1], epoch, at);
  for (const { keys, value } of state.iterate(S.TimelockedWeightCommits, index))
    for (const [hotkey, at] of value) add(hotkey, keys[1], at);
  return earliest;
}
