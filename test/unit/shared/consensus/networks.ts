import type { EpochInput, EpochOutput } from "@subnetkit/shared/consensus/epoch";
import fc from "fast-check";

const BLOCK = 10_000;
const STAKES = [
  0n,
  1n,
  2n,
  3n,
  1_000n,
  32_767n,
  32_768n,
  65_535n,
  1_000_000_000n,
  1_000_000_001n,
  21_000_000_000_000_000n,
];
const VALUES = [0, 1, 2, 32_767, 32_768, 65_534, 65_535];
/** Blocks on both sides of every comparison of the masks (registration, last update, commits, last step). */
const BLOCKS = [0, 1, 4_999, 5_000, 5_001, 9_639, 9_640, 9_641, 9_989, 9_990, 9_991, 9_999, 10_000];

const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const stake = fc.oneof({ weight: 3, arbitrary: oneOf(STAKES) }, { weight: 1, arbitrary: fc.bigInt(0n, 10n ** 15n) });
const value = fc.oneof(oneOf(VALUES), fc.integer({ min: 0, max: 65_535 }));

const row = (n: number): fc.Arbitrary<[number, number][]> =>
  fc
    .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.option(value, { nil: undefined, freq: 3 })), {
      minLength: n,
      maxLength: n,
    })
    .map((cells) =>
      cells
        .map(([order, v], j) => ({ order, entry: v === undefined ? undefined : ([j, v] as [number, number]) }))
        .sort((x, y) => x.order - y.order)
        .flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
    );

const perUid = <T>(n: number, values: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(values, { minLength: n, maxLength: n });
const u16 = fc.oneof(oneOf([0, 1, 32_766, 32_767, 32_768, 65_534, 65_535]), fc.integer({ min: 0, max: 65_535 }));

/** Small networks full of edges: ties, zeros, unordered rows, blocks on both sides of every mask. */
export const anyNetwork: fc.Arbitrary<EpochInput> = fc.integer({ min: 1, max: 7 }).chain((n) =>
  fc.record({
    block: fc.constant(BLOCK),
    tempo: oneOf([10, 360, 20_000]),
    activityCutoff: oneOf([1, 10, 5_000]),
    lastStepBlock: oneOf([0, 9_640, 9_990]),
    stakeThresholdRao: oneOf([0n, 2n, 1_000n]),
    maxValidators: oneOf([0, 1, 2, 3, 64]),
    kappa: u16,
    bondsPenalty: u16,
    bondsMovingAverage: oneOf([0, 1, 500_000, 900_000, 975_000, 999_999, 1_000_000]),
    yuma3: fc.boolean(),
    liquidAlpha: fc.option(
      fc
        .tuple(u16, u16, oneOf([1_000, 100, 1, 0, -1_000, 32_767, -32_768, 4_321]))
        .map(([x, y, steepness]) => ({ low: Math.min(x, y), high: Math.max(x, y), steepness })),
    ),
    commitReveal: fc.boolean(),
    ownerUid: fc.option(fc.integer({ min: 0, max: n - 1 }), { nil: null }),
    emissionRao: oneOf([0n, 1n, 1_000_000_000n, 360_000_000_007n, 2n ** 64n - 1n]),
    stake: fc.oneof(
      fc.record({ kind: fc.constant("total" as const), totalRao: perUid(n, stake) }),
      fc.record({
        kind: fc.constant("parts" as const),
        alphaRao: perUid(n, stake),
        taoRao: perUid(n, stake),
        taoWeight: oneOf([0n, 1n, 971_718_665_099_567_868n, 2n ** 64n - 1n]),
      }),
    ),
    registeredAt: perUid(
      n,
      fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: oneOf(BLOCKS) }),
    ),
    lastUpdate: perUid(
      n,
      fc.oneof({ weight: 3, arbitrary: fc.constant(BLOCK - 1) }, { weight: 1, arbitrary: oneOf(BLOCKS) }),
    ),
    permits: perUid(n, fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() })),
    weights: perUid(n, row(n)),
    bonds: perUid(n, row(n)),
    earliestCommit: perUid(n, fc.option(oneOf(BLOCKS), { nil: null })),
  }),
);

/** The input of the next epoch: bonds and permits carried over, blocks moved on, weights refreshed. */
export function nextInput(input: EpochInput, output: EpochOutput): EpochInput {
  return {
    ...input,
    block: input.block + input.tempo,
    lastStepBlock: input.block,
    permits: output.permits,
    bonds: output.bonds,
    lastUpdate: input.lastUpdate.map((updated) => updated + input.tempo),
  };
}

/** A network of n validators that agree, with every knob at its production default; tests override what they are about. */
export function plainNetwork(n: number, changes: Partial<EpochInput> = {}): EpochInput {
  return {
    block: 1_000,
    tempo: 360,
    activityCutoff: 5_000,
    lastStepBlock: 640,
    stakeThresholdRao: 0n,
    maxValidators: 64,
    kappa: 32_767,
    bondsPenalty: 65_535,
    bondsMovingAverage: 900_000,
    yuma3: true,
    liquidAlpha: null,
    commitReveal: false,
    ownerUid: null,
    emissionRao: 1_000_000_000n,
    stake: { kind: "total", totalRao: new Array<bigint>(n).fill(1_000n) },
    registeredAt: new Array<number>(n).fill(0),
    lastUpdate: new Array<number>(n).fill(999),
    permits: new Array<boolean>(n).fill(true),
    weights: Array.from({ length: n }, () => []),
    bonds: Array.from({ length: n }, () => []),
    earliestCommit: new Array<number | null>(n).fill(null),
    ...changes,
  };
}
