import { normalise, sumFixed } from "../../fixed/vector.ts";
import { denseRow } from "./sparse.ts";
import type { FixedRow } from "./types.ts";
import { weightedMedian } from "./weighted-median.ts";

/**
 * Step 8: consensus per column, the stake-weighted median of the weights of the validators with active stake. `kappa` in I32F32 bits.
 * The minority is the rounded total less kappa, not 1 less kappa. Source: spec/economics.md 2.2 (8) and 2.4.
 */
export function consensus(activeStake: readonly bigint[], weights: readonly FixedRow[], kappa: bigint): bigint[] {
  const n = activeStake.length;
  const voters = activeStake.flatMap((stake, uid) => (stake > 0n ? [uid] : []));
  const stakes = normalise(voters.map((uid) => activeStake[uid]!));
  const total = sumFixed(stakes);
  const rows = voters.map((uid) => denseRow(weights[uid]!, n));
  return activeStake.map((_, j) =>
    weightedMedian(
      rows.map((row, voter) => ({ stake: stakes[voter]!, score: row[j]! })),
      total,
      total - kappa,
    ),
  );
}
