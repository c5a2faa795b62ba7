import { normaliseBits, sumBits } from "./primitives.ts";
import type { BitRows } from "./rows.ts";

/**
 * Step 8: stake-weighted median per column. The stake behind zero and missing entries decides nearly all sparse columns at once; only
 * the others are gathered and searched.
 */
export function columnConsensus(active: Float64Array, weights: BitRows, kappa: number): Float64Array {
  const n = active.length;
  const consensus = new Float64Array(n);
  const stake = active.slice();
  normaliseBits(stake);
  const total = sumBits(stake);
  const minority = total - kappa;
  const { mass, count } = positiveMass(stake, weights, n);

  const starts = new Int32Array(n + 1);
  for (let j = 0; j < n; j += 1) {
    const zeroMass = total - mass[j]!;
    const decided = count[j] === 0 || (zeroMass > 0 && zeroMass > minority);
    starts[j + 1] = starts[j]! + (decided ? 0 : count[j]!);
  }
  const scores = new Float64Array(starts[n]!);
  const stakes = new Float64Array(starts[n]!);
  gather(stake, weights, starts, scores, stakes);
  for (let j = 0; j < n; j += 1) {
    if (starts[j] !== starts[j + 1])
      consensus[j] = search(scores, stakes, starts[j]!, starts[j + 1]!, total - mass[j]!, minority);
  }
  return consensus;
}

/** Stake behind, and number of, the positive entries of every column. */
function positiveMass(
  stake: Float64Array,
  { offsets, uids, values }: BitRows,
  n: number,
): { mass: Float64Array; count: Int32Array } {
  const mass = new Float64Array(n);
  const count = new Int32Array(n);
  for (let i = 0; i < n; i += 1) {
    if (stake[i] === 0) continue;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      if (values[k] === 0) continue;
      mass[uids[k]!]! += stake[i]!;
      count[uids[k]!]! += 1;
    }
  }
  return { mass, count };
}

/** Collects the positive entries of the undecided columns column by column. */
function gather(
  stake: Float64Array,
  { offsets, uids, values }: BitRows,
  starts: Int32Array,
  scores: Float64Array,
  stakes: Float64Array,
): void {
  const next = starts.slice();
  for (let i = 0; i < stake.length; i += 1) {
    if (stake[i] === 0) continue;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const j = uids[k]!;
      if (values[k] === 0 || starts[j] === starts[j + 1]) continue;
      const at = next[j]!;
      scores[at] = values[k]!;
      stakes[at] = stake[i]!;
      next[j] = at + 1;
    }
  }
}

/**
 * The smallest score whose cumulative stake, from `below` on, exceeds the minority; the greatest when none does. Narrows the range by
 * three-way partitions around the middle one of three elements, in place.
 */
function search(
  scores: Float64Array,
  stakes: Float64Array,
  start: number,
  end: number,
  below: number,
  minority: number,
): number {
  let first = start;
  let last = end;
  let cumulative = below;
  for (;;) {
    const pivot = middleOf(scores[first]!, scores[(first + last) >> 1]!, scores[last - 1]!);
    let less = first;
    let more = last;
    let lessStake = 0;
    let equalStake = 0;
    for (let k = first; k < more; ) {
      const score = scores[k]!;
      const stake = stakes[k]!;
      if (score < pivot) {
        scores[k] = scores[less]!;
        stakes[k] = stakes[less]!;
        scores[less] = score;
        stakes[less] = stake;
        lessStake += stake;
        less += 1;
        k += 1;
      } else if (score > pivot) {
        more -= 1;
        scores[k] = scores[more]!;
        stakes[k] = stakes[more]!;
        scores[more] = score;
        stakes[more] = stake;
      } else {
        equalStake += stake;
        k += 1;
      }
    }
    if (less > first && cumulative + lessStake > minority) {
      last = less;
    } else if (more < last && cumulative + lessStake + equalStake <= minority) {
      cumulative += lessStake + equalStake;
      first = more;
    } else {
      return pivot;
    }
  }
}

/** The middle one of three numbers. */
function middleOf(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}
