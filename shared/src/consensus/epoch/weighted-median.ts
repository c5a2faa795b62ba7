/** One element of a column: its score and the normalised stake behind it, I32F32 bits. */
export type StakedScore = { readonly stake: bigint; readonly score: bigint };

/**
 * Stake-weighted median by pivoting on the middle element: the largest score that validators with at least the majority of the stake
 * give or exceed. `total` is the exact sum of the stakes. The result is one of the scores, or 0 for an empty column; where the
 * cumulative stake equals the minority the higher score wins. Source: spec/economics.md 2.4.
 */
export function weightedMedian(column: readonly StakedScore[], total: bigint, minority: bigint): bigint {
  let partition = column;
  let low = 0n;
  let high = total;
  while (partition.length > 1) {
    const pivot = partition[partition.length >> 1]!.score;
    const below = partition.filter(({ score }) => score < pivot);
    const above = partition.filter(({ score }) => score > pivot);
    const lowEnd = low + stakeOf(below);
    const highStart = high - stakeOf(above);
    if (minority < lowEnd && below.length > 0) {
      partition = below;
      high = lowEnd;
    } else if (highStart <= minority && above.length > 0) {
      partition = above;
      low = highStart;
    } else {
      return pivot;
    }
  }
  return partition[0]?.score ?? 0n;
}

function stakeOf(elements: readonly StakedScore[]): bigint {
  return elements.reduce((sum, { stake }) => sum + stake, 0n);
}
