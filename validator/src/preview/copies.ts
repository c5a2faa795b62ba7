import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { SparseRow } from "@subnetkit/shared/consensus/epoch/types";
import { distance, sharesOf } from "./distance.ts";

/** A validator whose weights are those of the consensus of the last epoch, or nearly. */
export type WeightCopy = {
  readonly uid: number;
  readonly hotkey: string;
  /** 0: the same; see {@link copyDistance}. */
  readonly distance: number;
};

/** Rows nearer to the consensus than this look copied: a validator that measures answers itself is rarely so close on every miner. */
export const copyDistance = 0.002;

/** Miners with a share of the consensus below which nothing can be told: two honest validators agree on so few by chance. */
export const leastMiners = 3;

/**
 * Validators that seem to copy: whose row was set after the last epoch made its consensus public and equals it, or nearly. Left out are ourselves
 * and whoever has the majority of the stake, whose own row the consensus is. Pure; a hint, no proof. `rows` index = uid.
 */
export function findCopies(metagraph: Metagraph, rows: readonly SparseRow[], ownUid: number | undefined): WeightCopy[] {
  const count = metagraph.neurons.length;
  const published: SparseRow = metagraph.neurons.map(({ uid, consensus }) => [uid, consensus] as const);
  if (published.filter(([, value]) => value > 0).length < leastMiners) return [];
  const consensus = sharesOf(published, count);
  const validators = metagraph.neurons.filter(({ validatorPermit }) => validatorPermit);
  const stake = validators.reduce((sum, { totalStakeRao }) => sum + totalStakeRao, 0n);
  return validators.flatMap(({ uid, hotkey, totalStakeRao, lastUpdate }): WeightCopy[] => {
    const row = rows[uid] ?? [];
    const makesConsensus = totalStakeRao * 65_535n >= stake * BigInt(metagraph.hyperparameters.kappa);
    if (uid === ownUid || row.length === 0 || makesConsensus || lastUpdate <= metagraph.lastStep) return [];
    const far = distance(sharesOf(row, count), consensus);
    return far <= copyDistance ? [{ uid, hotkey, distance: far }] : [];
  });
}
