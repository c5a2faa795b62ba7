import { type EmissionStretch, emissionStretches } from "./halvings.ts";

/** A day (or the part of a span with one block emission): what its blocks mint. */
export type EmissionSpan = {
  /** Day of its first block, from 1. */
  readonly day: number;
  readonly fromBlock: number;
  readonly blocks: number;
  /** Block emission at its first and after its last block, rao. */
  readonly emissionRao: bigint;
  readonly emissionAfterRao: bigint;
  readonly mintedRao: bigint;
  readonly issuanceAfterRao: bigint;
};

/** A change of the block emission. */
export type Halving = {
  /** Blocks from now until the first block that mints less. */
  readonly afterBlocks: number;
  readonly afterDays: number;
  readonly issuanceRao: bigint;
  readonly emissionRao: bigint;
};

/** Emission from now on: day by day, halving by halving, and when the next halvings come (also after the last day). */
export type EmissionSchedule = {
  readonly issuanceRao: bigint;
  readonly days: number;
  readonly blocksPerDay: number;
  readonly perDay: readonly EmissionSpan[];
  readonly perHalving: readonly EmissionSpan[];
  readonly halvings: readonly Halving[];
};

/** Computes the schedule. Every sum is exact. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.2. */
export function emissionSchedule(
  issuanceRao: bigint,
  days: number,
  blocksPerDay: number,
  halvingsShown: number,
): EmissionSchedule {
  const stretches = [...emissionStretches(issuanceRao)];
  const boundaries = [...dayStarts(days, blocksPerDay)];
  const horizon = days * blocksPerDay;
  const cuts = stretches.map(({ fromBlock }) => fromBlock).filter((block) => block < horizon);
  const spans = (starts: readonly number[]): EmissionSpan[] =>
    starts.map((from, k) => spanOf(stretches, from, starts[k + 1] ?? horizon, blocksPerDay));
  return {
    issuanceRao,
    days,
    blocksPerDay,
    perDay: spans(boundaries),
    perHalving: spans(cuts),
    halvings: stretches.slice(1, 1 + halvingsShown).map((stretch) => ({
      afterBlocks: stretch.fromBlock,
      afterDays: stretch.fromBlock / blocksPerDay,
      issuanceRao: stretch.issuanceRao,
      emissionRao: stretch.emissionRao,
    })),
  };
}

function* dayStarts(days: number, blocksPerDay: number): Generator<number> {
  for (let day = 0; day < days; day += 1) yield day * blocksPerDay;
}

function spanOf(
  stretches: readonly EmissionStretch[],
  fromBlock: number,
  toBlock: number,
  blocksPerDay: number,
): EmissionSpan {
  const before = issuanceAt(stretches, fromBlock);
  const after = issuanceAt(stretches, toBlock);
  return {
    day: Math.floor(fromBlock / blocksPerDay) + 1,
    fromBlock,
    blocks: toBlock - fromBlock,
    emissionRao: stretchAt(stretches, fromBlock).emissionRao,
    emissionAfterRao: stretchAt(stretches, toBlock).emissionRao,
    mintedRao: after - before,
    issuanceAfterRao: after,
  };
}

/** Issuance after so many blocks. */
function issuanceAt(stretches: readonly EmissionStretch[], blocks: number): bigint {
  const stretch = stretchAt(stretches, blocks);
  return stretch.issuanceRao + stretch.emissionRao * BigInt(blocks - stretch.fromBlock);
}

function stretchAt(stretches: readonly EmissionStretch[], block: number): EmissionStretch {
  return stretches.findLast(({ fromBlock }) => fromBlock <= block)!;
}
