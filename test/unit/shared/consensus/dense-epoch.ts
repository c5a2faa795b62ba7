import type { EpochInput, EpochOutput } from "@subnetkit/shared/consensus/epoch";

/**
 * The epoch once more, written from the text of spec/economics.md 2 with dense matrices and its own arithmetic, so that the production
 * steps have something to be compared with. Slow on purpose; shares no code with them. `undefined` is a missing sparse entry.
 */
type Cell = bigint | undefined;
type Matrix = Cell[][];

const ONE = 2n ** 32n;
const MAX = 2n ** 63n - 1n;
const sat = (v: bigint): bigint => (v > MAX ? MAX : v < -MAX - 1n ? -MAX - 1n : v);
const mul = (a: bigint, b: bigint): bigint => {
  const p = a * b;
  const q = p / ONE;
  return sat(p < 0n && p % ONE !== 0n ? q - 1n : q);
};
const div = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : (a * ONE) / b);
const sum = (v: readonly bigint[]): bigint => v.reduce((x, y) => x + y, 0n);
const norm = (v: readonly bigint[]): bigint[] => {
  const s = sum(v);
  return v.map((x) => (s === 0n ? x : div(x, s)));
};
const u16 = (x: bigint): number => {
  const f = (x * 65535n) / ONE;
  return Number(f > 65535n ? 65535n : f < 0n ? 0n : f);
};
const p16 = (n: number): bigint => (BigInt(n) * ONE) / 65535n;
const val = (c: Cell): bigint => c ?? 0n;
const map = (m: Matrix, f: (c: Cell, i: number, j: number) => Cell): Matrix =>
  m.map((r, i) => r.map((c, j) => f(c, i, j)));
const column = (m: Matrix, j: number): bigint[] => m.map((r) => val(r[j]));
const colNorm = (m: Matrix): Matrix =>
  map(m, (c, _, j) => (c === undefined ? c : sum(column(m, j)) === 0n ? c : div(c, sum(column(m, j)))));
const onlyPositive = (m: Matrix): Matrix => map(m, (c) => (c !== undefined && c > 0n ? c : undefined));

function matrix(rows: EpochInput["weights"], n: number): Matrix {
  const m: Matrix = Array.from({ length: n }, () => new Array<Cell>(n).fill(undefined));
  rows.forEach((row, i) => {
    for (const [j, v] of row) m[i]![j] = BigInt(v) * ONE;
  });
  return m;
}

/** The median by sorting: the smallest score whose cumulative stake exceeds the minority, the greatest when none does. */
function median(scores: bigint[], stakes: bigint[], kappa: bigint): bigint {
  if (scores.length === 0) return 0n;
  const minority = sum(stakes) - kappa;
  const order = scores.map((s, k) => ({ s, w: stakes[k]! })).sort((a, b) => (a.s < b.s ? -1 : a.s > b.s ? 1 : 0));
  let cumulative = 0n;
  for (let k = 0; k < order.length; k += 1) {
    cumulative += order[k]!.w;
    const last = k + 1 === order.length || order[k + 1]!.s !== order[k]!.s;
    if (last && cumulative > minority) return order[k]!.s;
  }
  return order.at(-1)!.s;
}

function exponential(x: bigint): bigint {
  const twenty = 20n * ONE;
  const c = x < -twenty ? -twenty : x > twenty ? twenty : x;
  if (c === 0n) return ONE;
  if (c === ONE) return (22802600n * ONE) / 2n ** 23n;
  const y = c < 0n ? -c : c;
  let total = ONE + y;
  let term = y;
  for (let i = 2; i < 32; i += 1) {
    term = mul(term, y) / BigInt(i);
    total += term;
  }
  return c < 0n ? (ONE * ONE) / total : total;
}

function liquidRate(input: EpochInput, C: bigint, W: bigint, B: bigint): bigint {
  const { low, high, steepness } = input.liquidAlpha!;
  const clamp = (v: bigint, a: bigint, b: bigint): bigint => (v < a ? a : v > b ? b : v);
  const d = W >= B ? clamp(W - C, 0n, ONE) : clamp(B - W, 0n, ONE);
  const slope = (BigInt(steepness) * ONE * ONE) / (-100n * ONE);
  const g = div(ONE, ONE + exponential(mul(slope, d - ONE / 2n)));
  return clamp(p16(low) + mul(g, p16(high) - p16(low)), p16(low), p16(high));
}

export function denseEpoch(input: EpochInput): EpochOutput {
  const n = input.registeredAt.length;
  const uids = Array.from({ length: n }, (_, i) => i);
  const inactive = uids.map((i) => input.lastUpdate[i]! + input.activityCutoff < input.block);

  // Stake as exact multiples of 2^-32, so that one division gives the narrowed share.
  const S = uids.map((i) => {
    if (input.stake.kind === "total") return input.stake.totalRao[i]! * ONE;
    const w = (input.stake.taoWeight * ONE) / (2n ** 64n - 1n);
    return input.stake.alphaRao[i]! * ONE + input.stake.taoRao[i]! * w;
  });
  const F = S.map((x, i) => (i !== input.ownerUid && x / ONE < input.stakeThresholdRao ? 0n : x));
  const total = sum(F);
  const s = F.map((x) => (total === 0n ? 0n : (x * ONE) / total));

  const permit = uids.map((i) => input.permits[i]! || i === input.ownerUid);
  const strongest = [...uids]
    .sort((a, b) => (s[a]! === s[b]! ? b - a : s[a]! < s[b]! ? 1 : -1))
    .slice(0, input.maxValidators);
  const newPermit = uids.map((i) => (s[i]! > 0n && strongest.includes(i)) || i === input.ownerUid);
  const a = norm(s.map((x, i) => (inactive[i] || !permit[i] ? 0n : x)));

  let W = matrix(input.weights, n);
  W = map(W, (c, i, j) => {
    const masked =
      !permit[i] ||
      (i === j && i !== input.ownerUid) ||
      input.lastUpdate[i]! <= input.registeredAt[j]! ||
      (input.commitReveal && input.earliestCommit[i] !== null && input.earliestCommit[i]! < input.registeredAt[j]!);
    return masked ? undefined : c;
  });
  W = W.map((row) => {
    const t = sum(row.map(val));
    return row.map((c) => (c === undefined || t === 0n ? c : div(c, t)));
  });

  const voters = uids.filter((i) => a[i]! > 0n);
  const st = norm(voters.map((i) => a[i]!));
  const C = uids.map((j) =>
    median(
      voters.map((i) => val(W[i]![j])),
      st,
      p16(input.kappa),
    ),
  );
  const Wc = map(W, (c, _, j) => (c === undefined || c <= C[j]! ? c : C[j]! > 0n ? C[j] : undefined));
  const Tv = Wc.map((row) => sum(row.map(val)));
  const I = norm(uids.map((j) => sum(uids.map((i) => mul(a[i]!, val(Wc[i]![j]))))));

  const beta = p16(input.bondsPenalty);
  const Wb =
    beta === 0n
      ? W
      : beta === ONE
        ? Wc
        : onlyPositive(map(W, (c, i, j) => val(c) + mul(beta, val(Wc[i]![j]) - val(c))));
  const since = input.lastStepBlock === 0 ? Math.max(0, input.block - input.tempo) : input.lastStepBlock + 1;
  const stored = map(matrix(input.bonds, n), (c, _, j) => (since <= input.registeredAt[j]! ? undefined : c));
  const kept = (((BigInt(input.bondsMovingAverage) * 2n ** 64n) / 1_000_000n) * ONE) / 2n ** 64n;
  const rate = ONE - kept;
  const ema = (fresh: Matrix, old: Matrix): Matrix =>
    onlyPositive(map(fresh, (c, i, j) => mul(rate, val(c)) + mul(ONE - rate, val(old[i]![j]))));

  let bonds: Matrix;
  let D: bigint[];
  if (input.yuma3) {
    const B = map(stored, (c) => (c === undefined ? c : (c * ONE) / (65535n * ONE)));
    const liquid = input.liquidAlpha !== null && C.some((c) => c !== 0n);
    bonds = liquid
      ? onlyPositive(
          map(Wb, (c, i, j) => {
            if (c === undefined) return undefined;
            const alpha = liquidRate(input, C[j]!, c, val(B[i]![j]));
            const bond = mul(ONE - alpha, val(B[i]![j])) + mul(alpha, c);
            return bond > ONE ? ONE : bond;
          }),
        )
      : ema(Wb, B);
    const N = colNorm(bonds);
    D = norm(N.map((row, i) => mul(sum(row.map((c, j) => mul(val(c), I[j]!))), a[i]!)));
  } else {
    const dB = colNorm(map(Wb, (c, i) => (c === undefined ? c : mul(a[i]!, c))));
    const EB = colNorm(ema(dB, colNorm(stored)));
    D = norm(EB.map((row) => sum(row.map((c, j) => mul(val(c), I[j]!)))));
    bonds = map(EB, (c, _, j) => {
      const most = column(EB, j).reduce((x, y) => (y > x ? y : x), 0n);
      return c === undefined || most === 0n ? c : div(c, most);
    });
  }

  const Z = sum(I) + sum(D);
  const rao = (v: readonly bigint[]): bigint[] => v.map((x) => (x * input.emissionRao) / ONE);
  const fallback = a.every((x) => x === 0n) ? s : a;
  return {
    active: inactive.map((x) => !x),
    permits: newPermit,
    incentive: I.map(u16),
    consensus: C.map(u16),
    dividends: D.map(u16),
    validatorTrust: Tv.map(u16),
    stakeWeight: s.map(u16),
    bonds: bonds.map((row, i) =>
      newPermit[i] ? row.flatMap((c, j) => (c === undefined ? [] : [[j, u16(c)] as const])) : [],
    ),
    emissionRao: rao(Z === 0n ? fallback : norm(uids.map((i) => I[i]! + D[i]!))),
    serverEmissionRao: rao(Z === 0n ? I.map(() => 0n) : I.map((x) => div(x, Z))),
    validatorEmissionRao: rao(Z === 0n ? fallback : D.map((x) => div(x, Z))),
  };
}
