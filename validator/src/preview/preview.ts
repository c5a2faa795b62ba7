import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { EpochInput, SparseRow } from "@subnetkit/shared/consensus/epoch/types";
import { runEpochFast } from "@subnetkit/shared/consensus/fast/fast-epoch";
import type { ComputedWeights } from "../weights/compute.ts";
import { distance, sharesOf } from "./distance.ts";

/** What weights would bring if they were counted in an epoch that ran now, with everybody else's as the chain has them. Shares are 0 to 1. */
export type WeightsPreview = {
  /** Block of the metagraph that it was computed on. */
  readonly block: number;
  /** Expected validator trust: the part of our weights that the consensus supports. */
  readonly vtrust: number;
  /** The validator trust of the last epoch. */
  readonly vtrustNow: number;
  readonly dividends: number;
  readonly dividendsNow: number;
  /** How far our weights lie from the consensus: 0 the same, 1 nothing in common. */
  readonly deviation: number;
  /** Expected incentive of each miner, with our weight for it and the consensus, where any of them is above zero. */
  readonly miners: readonly PreviewedMiner[];
  /** Why these weights cost validator trust; null when they do not. */
  readonly warning: string | null;
};

export type PreviewedMiner = {
  readonly uid: number;
  readonly hotkey: string;
  readonly weight: number;
  readonly consensus: number;
  readonly incentive: number;
  readonly incentiveNow: number;
};

/** Below this expected trust, or this far below the present one, weights are warned of. */
export const trustLimits = { least: 0.5, drop: 0.1 } as const;

const U16 = 65_535;

/** Previews weights. Pure. `epoch` is the chain's state; our row and its block are put into it. Throws E_EPOCH_INPUT for an impossible state. */
export function previewWeights(
  weights: ComputedWeights,
  { epoch, metagraph, ownUid }: { readonly epoch: EpochInput; readonly metagraph: Metagraph; readonly ownUid: number },
): WeightsPreview {
  const row: SparseRow = weights.uids.map((uid, i) => [uid, weights.values[i] ?? 0] as const);
  const output = runEpochFast({
    ...epoch,
    weights: epoch.weights.with(ownUid, row),
    lastUpdate: epoch.lastUpdate.with(ownUid, Math.max(epoch.block, epoch.lastUpdate[ownUid] ?? 0)),
  });
  const count = epoch.registeredAt.length;
  const own = sharesOf(row, count);
  const consensus = sharesOf(
    output.consensus.map((value, uid) => [uid, value] as const),
    count,
  );
  const neuron = metagraph.neurons[ownUid];
  const vtrust = (output.validatorTrust[ownUid] ?? 0) / U16;
  const vtrustNow = (neuron?.validatorTrust ?? 0) / U16;
  return {
    block: metagraph.block,
    vtrust,
    vtrustNow,
    dividends: (output.dividends[ownUid] ?? 0) / U16,
    dividendsNow: (neuron?.dividends ?? 0) / U16,
    deviation: distance(own, consensus),
    miners: metagraph.neurons.flatMap(({ uid, hotkey, incentive }): PreviewedMiner[] => {
      const miner = {
        uid,
        hotkey,
        weight: own[uid] ?? 0,
        consensus: consensus[uid] ?? 0,
        incentive: (output.incentive[uid] ?? 0) / U16,
        incentiveNow: incentive / U16,
      };
      return miner.weight + miner.consensus + miner.incentive > 0 ? [miner] : [];
    }),
    warning: warningOf(vtrust, vtrustNow),
  };
}

function warningOf(vtrust: number, vtrustNow: number): string | null {
  if (vtrust < trustLimits.least)
    return `the consensus supports only ${percent(vtrust)} of these weights: compare the scores with another validator's`;
  if (vtrustNow - vtrust > trustLimits.drop)
    return `validator trust would fall from ${percent(vtrustNow)} to ${percent(vtrust)}: a miner's score changed for us alone`;
  return null;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
