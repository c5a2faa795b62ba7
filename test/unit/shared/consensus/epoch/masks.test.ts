import { activityCutoff } from "@subnetkit/shared/consensus/epoch/activity-cutoff";
import { bondWeights } from "@subnetkit/shared/consensus/epoch/bond-weights";
import { resetBondsToward } from "@subnetkit/shared/consensus/epoch/bonds-reset";
import { inactiveMask } from "@subnetkit/shared/consensus/epoch/inactive-mask";
import { topKNonzero } from "@subnetkit/shared/consensus/epoch/permits";
import { lastEpochBlock, maskedBonds } from "@subnetkit/shared/consensus/epoch/recent-registration";
import { stakeFilter } from "@subnetkit/shared/consensus/epoch/stake-filter";
import { totalStake } from "@subnetkit/shared/consensus/epoch/total-stake";
import { maskedWeights } from "@subnetkit/shared/consensus/epoch/weights";
import { I32F32, I64F64 } from "@subnetkit/shared/fixed/formats";
import { describe, expect, it } from "vitest";

const uidsOf = (rows: readonly (readonly (readonly [number, bigint])[])[]): number[][] =>
  rows.map((row) => row.map(([j]) => j));

describe("masks of the epoch", () => {
  it("counts an update exactly at the cutoff as active (2.2 step 1)", () => {
    expect(inactiveMask([100, 101, 200], 100, 200)).toEqual([false, false, false]);
    expect(inactiveMask([99, 100], 100, 200)).toEqual([true, false]);
  });

  it("derives the activity cutoff from the tempo (2.1)", () => {
    expect(activityCutoff(13_889, 360)).toBe(5_000);
    expect(activityCutoff(1_000, 0)).toBe(1);
  });

  it("filters stake whose floor is below the threshold, never the owner's (2.2 step 3)", () => {
    const almost = I64F64.fromInt(10) - 1n;
    expect(stakeFilter([almost, I64F64.fromInt(10), almost], 10n, 2)).toEqual([0n, I64F64.fromInt(10), almost]);
  });

  it("truncates the TAO weight to 32 fraction bits before it multiplies (2.2 step 2)", () => {
    const [stake] = totalStake({
      kind: "parts",
      alphaRao: [7n],
      taoRao: [1_000_000n],
      taoWeight: 971_718_665_099_567_868n,
    });
    const weight = (971_718_665_099_567_868n << 32n) / (2n ** 64n - 1n);
    expect(stake).toBe((7n << 64n) + ((1_000_000n * weight) << 32n));
  });

  it("favours the higher uid among equal stakes (2.2 step 5)", () => {
    expect(topKNonzero([5n, 5n, 5n, 0n], 2)).toEqual([false, true, true, false]);
    expect(topKNonzero([5n, 0n, 5n], 8)).toEqual([true, false, true]);
    expect(topKNonzero([5n, 7n], 0)).toEqual([false, false]);
  });

  it("drops a weight row written at or before the target's registration (2.2 step 7c)", () => {
    const masks = {
      weights: [
        [
          [1, 1],
          [2, 1],
          [3, 1],
        ],
        [],
        [],
        [],
      ] as [number, number][][],
      lastUpdate: [50, 50, 50, 50],
      registeredAt: [0, 49, 50, 51],
      ownerUid: null,
      commitReveal: false,
      earliestCommit: [null, null, null, null],
    };
    expect(uidsOf(maskedWeights(masks, [true, true, true, true]))).toEqual([[1], [], [], []]);
    expect(uidsOf(maskedWeights(masks, [false, true, true, true]))).toEqual([[], [], [], []]);
  });

  it("keeps a weight whose live commit is as old as the registration, and drops older ones (2.2 step 7d)", () => {
    const masks = {
      weights: [
        [
          [1, 1],
          [2, 1],
          [3, 1],
        ],
        [],
        [],
        [],
      ] as [number, number][][],
      lastUpdate: [90, 0, 0, 0],
      registeredAt: [0, 59, 60, 61],
      ownerUid: null,
      commitReveal: true,
      earliestCommit: [60, null, null, null],
    };
    const all = [true, true, true, true];
    expect(uidsOf(maskedWeights(masks, all))).toEqual([[1, 2], [], [], []]);
    expect(uidsOf(maskedWeights({ ...masks, commitReveal: false }, all))).toEqual([[1, 2, 3], [], [], []]);
    expect(uidsOf(maskedWeights({ ...masks, earliestCommit: [null, null, null, null] }, all))).toEqual([
      [1, 2, 3],
      [],
      [],
      [],
    ]);
  });

  it("normalises the rows that remain and leaves a row of zeros alone (2.2 step 7e)", () => {
    const masks = {
      weights: [
        [
          [2, 3],
          [1, 1],
        ],
        [[0, 0]],
        [],
      ] as [number, number][][],
      lastUpdate: [1, 1, 1],
      registeredAt: [0, 0, 0],
      ownerUid: null,
      commitReveal: false,
      earliestCommit: [null, null, null],
    };
    const quarter = I32F32.one / 4n;
    expect(maskedWeights(masks, [true, true, true])).toEqual([
      [
        [1, quarter],
        [2, 3n * quarter],
      ],
      [[0, 0n]],
      [],
    ]);
  });

  it("drops bonds toward uids registered since the last epoch (2.2 step 13)", () => {
    expect(lastEpochBlock(1_000, 360, 0)).toBe(640);
    expect(lastEpochBlock(100, 360, 0)).toBe(0);
    expect(lastEpochBlock(1_000, 360, 700)).toBe(701);
    expect(
      uidsOf(
        maskedBonds(
          [
            [
              [0, 1],
              [1, 1],
              [2, 1],
            ],
          ],
          [700, 701, 702],
          701,
        ),
      ),
    ).toEqual([[0]]);
  });

  it("interpolates bond weights with the floor away from zero and keeps explicit zeros only at 0 and 1 (2.2 step 12)", () => {
    const weights = [
      [
        [0, 0n],
        [1, 3n],
      ],
      [],
    ] as [number, bigint][][];
    const clipped = [
      [
        [0, 0n],
        [1, 2n],
      ],
      [],
    ] as [number, bigint][][];
    expect(bondWeights(weights, clipped, 0n)).toEqual(weights);
    expect(bondWeights(weights, clipped, I32F32.one)).toEqual(clipped);
    // 3 + floor(0.5 * -1) = 3 - 1.
    expect(bondWeights(weights, clipped, I32F32.one / 2n)).toEqual([[[1, 2n]], []]);
  });

  it("removes every stored bond toward a uid that is reset (2.6)", () => {
    expect(
      resetBondsToward(
        [
          [
            [0, 1],
            [1, 2],
          ],
          [[1, 3]],
        ],
        1,
      ),
    ).toEqual([[[0, 1]], []]);
  });
});
