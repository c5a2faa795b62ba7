import { lastEpochBlock } from "@subnetkit/shared/consensus/epoch/recent-registration";
import type { StoredRows } from "@subnetkit/shared/consensus/fast/rows";
import type { FastEpochInput, FastEpochOutput } from "@subnetkit/shared/consensus/fast/types";

/**
 * The steps of the epoch in plain float64 shares: what a simulator does, and the yardstick for the price of exactness. It is wrong at ties
 * and drifts over epochs; nothing but the benchmark may use it. No liquid alpha, no checks.
 */
export function float64Epoch(input: FastEpochInput): FastEpochOutput {
  const n = input.registeredAt.length;
  const active = new Uint8Array(n);
  const permitted = new Uint8Array(n);
  for (let i = 0; i < n; i += 1) {
    if (input.lastUpdate[i]! + input.activityCutoff >= input.block) active[i] = 1;
    if (input.permits[i] || i === input.ownerUid) permitted[i] = 1;
  }
  const stake = stakeShares(input);
  const activeStake = stake.map((share, i) => (active[i] === 1 && permitted[i] === 1 ? share : 0));
  normalise(activeStake);
  const weights = countedWeights(input, permitted);
  const consensus = medians(activeStake, weights, input.kappa / 65_535);
  const { clipped, trust, incentive } = clip(weights, consensus, activeStake);
  const beta = input.bondsPenalty / 65_535;
  const bondWeights = { ...weights, values: weights.values.map((w, k) => w + beta * (clipped[k]! - w)) };
  const alpha = 1 - input.bondsMovingAverage / 1e6;
  const old = storedBonds(input);
  const { bonds, dividends } = input.yuma3
    ? yuma3(bondWeights, old, alpha, incentive, activeStake)
    : classic(bondWeights, old, alpha, incentive, activeStake);
  return pay(input, { active, stake, activeStake, consensus, trust, incentive, dividends, bonds });
}

type Rows = { readonly offsets: Int32Array; readonly uids: Uint16Array; readonly values: Float64Array };

function normalise(values: Float64Array): void {
  let total = 0;
  for (let i = 0; i < values.length; i += 1) total += values[i]!;
  if (total !== 0) for (let i = 0; i < values.length; i += 1) values[i] = values[i]! / total;
}

function stakeShares({ stake, stakeThresholdRao, ownerUid }: FastEpochInput): Float64Array {
  const weight = stake.kind === "parts" ? Number(stake.taoWeight) / 2 ** 64 : 0;
  const total = stake.kind === "total" ? stake.totalRao : stake.alphaRao;
  const threshold = Number(stakeThresholdRao);
  const shares = new Float64Array(total.length);
  for (let i = 0; i < shares.length; i += 1) {
    const value = Number(total[i]!) + (stake.kind === "parts" ? Number(stake.taoRao[i]!) * weight : 0);
    shares[i] = value < threshold && i !== ownerUid ? 0 : value;
  }
  normalise(shares);
  return shares;
}

function countedWeights(input: FastEpochInput, permitted: Uint8Array): Rows {
  const { weights, lastUpdate, registeredAt, commitReveal, earliestCommit, ownerUid } = input;
  const n = registeredAt.length;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(weights.uids.length);
  const values = new Float64Array(weights.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    const committed = commitReveal ? (earliestCommit[i] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const start = at;
    let total = 0;
    const end = permitted[i] === 1 ? weights.offsets[i + 1]! : 0;
    for (let k = weights.offsets[i]!; k < end; k += 1) {
      const j = weights.uids[k]!;
      if (lastUpdate[i]! <= registeredAt[j]! || committed < registeredAt[j]! || (i === j && i !== ownerUid)) continue;
      uids[at] = j;
      values[at] = weights.values[k]!;
      total += values[at]!;
      at += 1;
    }
    for (let k = start; k < at; k += 1) if (total !== 0) values[k] = values[k]! / total;
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}

function medians(active: Float64Array, { offsets, uids, values }: Rows, kappa: number): Float64Array {
  const n = active.length;
  const counts = new Int32Array(n);
  const mass = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    if (active[i] === 0) continue;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      counts[uids[k]!]! += 1;
      mass[uids[k]!]! += active[i]!;
    }
  }
  const minority = 1 - kappa;
  const starts = new Int32Array(n + 1);
  for (let j = 0; j < n; j += 1) starts[j + 1] = starts[j]! + (1 - mass[j]! > minority ? 0 : counts[j]!);
  const scores = new Float64Array(starts[n]!);
  const stakes = new Float64Array(starts[n]!);
  const next = starts.slice();
  for (let i = 0; i < n; i += 1) {
    if (active[i] === 0) continue;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const j = uids[k]!;
      if (starts[j] === starts[j + 1]) continue;
      scores[next[j]!] = values[k]!;
      stakes[next[j]!] = active[i]!;
      next[j]! += 1;
    }
  }
  const result = new Float64Array(n);
  for (let j = 0; j < n; j += 1)
    if (starts[j] !== starts[j + 1])
      result[j] = select(scores, stakes, starts[j]!, starts[j + 1]!, 1 - mass[j]!, minority);
  return result;
}

function select(
  scores: Float64Array,
  stakes: Float64Array,
  start: number,
  end: number,
  below: number,
  minority: number,
): number {
  let [first, last, cumulative] = [start, end, below];
  for (;;) {
    const pivot = scores[(first + last) >> 1]!;
    let [less, more, lessStake, equalStake] = [first, last, 0, 0];
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
    if (less > first && cumulative + lessStake > minority) last = less;
    else if (more < last && cumulative + lessStake + equalStake <= minority) {
      cumulative += lessStake + equalStake;
      first = more;
    } else return pivot;
  }
}

function clip(
  { offsets, uids, values }: Rows,
  consensus: Float64Array,
  active: Float64Array,
): { clipped: Float64Array; trust: Float64Array; incentive: Float64Array } {
  const clipped = new Float64Array(values.length);
  const trust = new Float64Array(active.length);
  const incentive = new Float64Array(active.length);
  for (let i = 0; i < active.length; i += 1) {
    let sum = 0;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const limit = consensus[uids[k]!]!;
      const value = values[k]! > limit ? limit : values[k]!;
      clipped[k] = value;
      sum += value;
      incentive[uids[k]!]! += active[i]! * value;
    }
    trust[i] = sum;
  }
  normalise(incentive);
  return { clipped, trust, incentive };
}

function storedBonds({ bonds, registeredAt, block, tempo, lastStepBlock }: FastEpochInput): Rows {
  const n = registeredAt.length;
  const since = lastEpochBlock(block, tempo, lastStepBlock);
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(bonds.uids.length);
  const values = new Float64Array(bonds.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    for (let k = bonds.offsets[i]!; k < bonds.offsets[i + 1]!; k += 1) {
      if (since <= registeredAt[bonds.uids[k]!]!) continue;
      uids[at] = bonds.uids[k]!;
      values[at] = bonds.values[k]! / 65_535;
      at += 1;
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}

function movingAverage(fresh: Rows, old: Rows, alpha: number): Rows {
  const n = fresh.offsets.length - 1;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(fresh.uids.length + old.uids.length);
  const values = new Float64Array(uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    let a = fresh.offsets[i]!;
    let b = old.offsets[i]!;
    while (a < fresh.offsets[i + 1]! || b < old.offsets[i + 1]!) {
      const uidA = a < fresh.offsets[i + 1]! ? fresh.uids[a]! : 65_536;
      const uidB = b < old.offsets[i + 1]! ? old.uids[b]! : 65_536;
      let value = 0;
      if (uidA <= uidB) {
        value = alpha * fresh.values[a]!;
        a += 1;
      }
      if (uidB <= uidA) {
        value += (1 - alpha) * old.values[b]!;
        b += 1;
      }
      if (value > 0) {
        uids[at] = uidA < uidB ? uidA : uidB;
        values[at] = value;
        at += 1;
      }
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}

function columnSums({ uids, values }: Rows, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let k = 0; k < uids.length; k += 1) sums[uids[k]!]! += values[k]!;
  return sums;
}

function divideColumns({ uids, values }: Rows, divisors: Float64Array): void {
  for (let k = 0; k < uids.length; k += 1) {
    const divisor = divisors[uids[k]!]!;
    if (divisor !== 0) values[k] = values[k]! / divisor;
  }
}

function rowsTimes({ offsets, uids, values }: Rows, vector: Float64Array): Float64Array {
  const sums = new Float64Array(offsets.length - 1);
  for (let i = 0; i < sums.length; i += 1) {
    let sum = 0;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) sum += vector[uids[k]!]! * values[k]!;
    sums[i] = sum;
  }
  return sums;
}

type Bonds = { readonly bonds: Rows; readonly dividends: Float64Array };

function classic(weights: Rows, old: Rows, alpha: number, incentive: Float64Array, active: Float64Array): Bonds {
  const n = active.length;
  const delta = { ...weights, values: weights.values.slice() };
  for (let i = 0; i < n; i += 1)
    for (let k = delta.offsets[i]!; k < delta.offsets[i + 1]!; k += 1) delta.values[k] = delta.values[k]! * active[i]!;
  divideColumns(delta, columnSums(delta, n));
  divideColumns(old, columnSums(old, n));
  const bonds = movingAverage(delta, old, alpha);
  divideColumns(bonds, columnSums(bonds, n));
  const dividends = rowsTimes(bonds, incentive);
  normalise(dividends);
  const maxima = new Float64Array(n);
  for (let k = 0; k < bonds.uids.length; k += 1)
    if (bonds.values[k]! > maxima[bonds.uids[k]!]!) maxima[bonds.uids[k]!] = bonds.values[k]!;
  divideColumns(bonds, maxima);
  return { bonds, dividends };
}

function yuma3(weights: Rows, old: Rows, alpha: number, incentive: Float64Array, active: Float64Array): Bonds {
  const bonds = movingAverage(weights, old, alpha);
  const shares = { ...bonds, values: bonds.values.slice() };
  divideColumns(shares, columnSums(shares, active.length));
  const dividends = rowsTimes(shares, incentive);
  for (let i = 0; i < active.length; i += 1) dividends[i] = dividends[i]! * active[i]!;
  normalise(dividends);
  return { bonds, dividends };
}

type Shares = {
  readonly active: Uint8Array;
  readonly stake: Float64Array;
  readonly activeStake: Float64Array;
  readonly consensus: Float64Array;
  readonly trust: Float64Array;
  readonly incentive: Float64Array;
  readonly dividends: Float64Array;
  readonly bonds: Rows;
};

function pay(input: FastEpochInput, shares: Shares): FastEpochOutput {
  const { active, stake, activeStake, consensus, trust, incentive, dividends, bonds } = shares;
  const permits = topPermits(stake, input.maxValidators, input.ownerUid);
  const combined = incentive.map((value, i) => value + dividends[i]!);
  let total = 0;
  for (let i = 0; i < combined.length; i += 1) total += combined[i]!;
  const rest = total === 0 ? (activeStake.some((share) => share !== 0) ? activeStake : stake) : null;
  return {
    active,
    permits,
    incentive: toU16(incentive),
    consensus: toU16(consensus),
    dividends: toU16(dividends),
    validatorTrust: toU16(trust),
    stakeWeight: toU16(stake),
    bonds: kept(bonds, permits),
    emissionRao: toRao(rest ?? combined, input.emissionRao, rest === null ? total : 1),
    serverEmissionRao: toRao(incentive, input.emissionRao, rest === null ? total : 1),
    validatorEmissionRao: toRao(rest ?? dividends, input.emissionRao, rest === null ? total : 1),
  };
}

function topPermits(stake: Float64Array, count: number, ownerUid: number | null): Uint8Array {
  const staked: number[] = [];
  for (let uid = 0; uid < stake.length; uid += 1) if (stake[uid] !== 0) staked.push(uid);
  if (staked.length > count) staked.sort((a, b) => stake[b]! - stake[a]! || b - a);
  const permits = new Uint8Array(stake.length);
  for (const uid of staked.slice(0, count)) permits[uid] = 1;
  if (ownerUid !== null) permits[ownerUid] = 1;
  return permits;
}

function toU16(values: Float64Array): Uint16Array {
  const result = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) result[i] = Math.min(65_535, values[i]! * 65_535);
  return result;
}

function toRao(values: Float64Array, emissionRao: bigint, total: number): BigUint64Array {
  const rao = new BigUint64Array(values.length);
  const emission = Number(emissionRao) / total;
  for (let i = 0; i < values.length; i += 1) if (values[i] !== 0) rao[i] = BigInt(Math.floor(values[i]! * emission));
  return rao;
}

function kept(bonds: Rows, permits: Uint8Array): StoredRows {
  const offsets = new Int32Array(bonds.offsets.length);
  const uids = new Uint16Array(bonds.uids.length);
  const values = new Uint16Array(bonds.uids.length);
  let at = 0;
  for (let i = 0; i < permits.length; i += 1) {
    if (permits[i] === 1)
      for (let k = bonds.offsets[i]!; k < bonds.offsets[i + 1]!; k += 1) {
        uids[at] = bonds.uids[k]!;
        values[at] = Math.min(65_535, bonds.values[k]! * 65_535);
        at += 1;
      }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}
