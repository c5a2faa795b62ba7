import { checkChildren } from "@subnetkit/shared/consensus/economics/children";
import { chooseUidToPrune, immortalUids } from "@subnetkit/shared/consensus/economics/pruning";
import {
  bumpBurn,
  burnDecayFactor,
  DEFAULT_BURN_INCREASE_BITS,
  decayBurn,
  powQ32,
} from "@subnetkit/shared/consensus/economics/registration-burn";
import {
  chooseSubnetToPrune,
  initialReserves,
  lockInterval,
  medianPrice,
  subnetLockCost,
} from "@subnetkit/shared/consensus/economics/subnet-creation";
import { Q32, U64F64 } from "@subnetkit/shared/fixed/formats";
import { describe, expect, it } from "vitest";

const TAO = 1_000_000_000n;
const bounds = { minRao: 500_000n, maxRao: 100n * TAO };

describe("the registration burn (5.1)", () => {
  it("has the published decay factor for 360 blocks", () => {
    expect(burnDecayFactor(360)).toBe(4_286_705_684n);
    expect(burnDecayFactor(0)).toBe(Q32.one);
    expect(burnDecayFactor(1)).toBe(Q32.one / 2n);
  });

  it("uses the largest factor whose power is at most one half", () => {
    for (const halfLife of [2, 7, 360, 65_535]) {
      const factor = burnDecayFactor(halfLife);
      expect(powQ32(factor, halfLife) <= Q32.one / 2n && powQ32(factor + 1n, halfLife) > Q32.one / 2n).toBe(true);
    }
  });

  it("halves in 360 blocks, a few units short at most", () => {
    const factor = burnDecayFactor(360);
    let burn = TAO;
    for (let block = 0; block < 360; block += 1) burn = decayBurn(burn, factor, bounds);
    expect(burn).toBeLessThanOrEqual(TAO / 2n);
    expect(burn).toBeGreaterThan(TAO / 2n - 400n);
  });

  it("stops at the minimum and the maximum", () => {
    expect(decayBurn(500_001n, Q32.one / 2n, bounds)).toBe(500_000n);
    expect(bumpBurn(99n * TAO, DEFAULT_BURN_INCREASE_BITS, bounds)).toBe(100n * TAO);
  });

  it("rises by 1.26 per registration, and never falls by a multiplier below 1", () => {
    expect(bumpBurn(500_000n, DEFAULT_BURN_INCREASE_BITS, bounds)).toBe(630_000n);
    expect(bumpBurn(TAO, DEFAULT_BURN_INCREASE_BITS, bounds)).toBe(1_260_000_000n);
    expect(bumpBurn(TAO, U64F64.one / 2n, bounds)).toBe(TAO);
  });
});

describe("chooseUidToPrune (5.2)", () => {
  const uids = [
    { uid: 0, emissionRao: 0n, registeredAt: 10 },
    { uid: 1, emissionRao: 5n, registeredAt: 20 },
    { uid: 2, emissionRao: 0n, registeredAt: 5 },
    { uid: 3, emissionRao: 0n, registeredAt: 95 },
  ];
  const settings = { block: 100, immunityBlocks: 50, minNonImmune: 0, immortal: [] as number[] };

  it("takes the lowest emission, then the oldest, then the lowest uid", () => {
    expect(chooseUidToPrune(uids, settings)).toBe(2);
    expect(chooseUidToPrune(uids, { ...settings, immortal: [2] })).toBe(0);
    const twins = [
      { uid: 7, emissionRao: 1n, registeredAt: 1 },
      { uid: 4, emissionRao: 1n, registeredAt: 1 },
    ];
    expect(chooseUidToPrune(twins, settings)).toBe(4);
  });

  it("takes an immune one when non-immune ones are too few", () => {
    expect(chooseUidToPrune(uids, { ...settings, minNonImmune: 3 })).toBe(3);
    expect(chooseUidToPrune(uids, { ...settings, minNonImmune: 2 })).toBe(2);
  });

  it("counts a uid whose immunity just ended as exposed", () => {
    expect(chooseUidToPrune([{ uid: 0, emissionRao: 0n, registeredAt: 50 }], settings)).toBe(0);
    expect(chooseUidToPrune([{ uid: 0, emissionRao: 0n, registeredAt: 51 }], { ...settings, minNonImmune: 0 })).toBe(0);
    expect(
      chooseUidToPrune([{ uid: 0, emissionRao: 0n, registeredAt: 50 }], { ...settings, minNonImmune: 1 }),
    ).toBeNull();
  });

  it("has no slot when everybody is immortal", () => {
    expect(chooseUidToPrune(uids, { ...settings, immortal: [0, 1, 2, 3] })).toBeNull();
  });

  it("protects the oldest owner uids, the owner hotkey always among them", () => {
    const owned = [
      { uid: 5, registeredAt: 30 },
      { uid: 3, registeredAt: 10 },
      { uid: 2, registeredAt: 10 },
    ];
    expect(immortalUids(owned, null, 2)).toEqual([2, 3]);
    expect(immortalUids(owned, 5, 2)).toEqual([5, 2]);
    expect(immortalUids(owned, 3, 2)).toEqual([2, 3]);
    expect(immortalUids(owned, 5, 1)).toEqual([5]);
  });
});

describe("subnet creation (5.3)", () => {
  const cost = (block: number, changes: object = {}) =>
    subnetLockCost({
      lastLockRao: 2_000n * TAO,
      lastLockBlock: 1_000,
      block,
      minLockRao: 1_000n * TAO,
      intervalBlocks: 100_800n,
      ...changes,
    });

  it("doubles on creation, is back at the old level after the interval and falls on to the minimum", () => {
    expect(cost(1_000)).toBe(4_000n * TAO);
    // floor(2000e9 / 100800) = 19841269 per block: rounding leaves 84800 rao on top.
    expect(cost(101_800)).toBe(4_000n * TAO - 19_841_269n * 100_800n);
    expect(cost(1_000_000)).toBe(1_000n * TAO);
  });

  it("does not double before the first creation, nor decay with interval 0", () => {
    expect(cost(0, { lastLockBlock: 0 })).toBe(2_000n * TAO);
    expect(cost(500_000, { intervalBlocks: 0n })).toBe(4_000n * TAO);
  });

  it("shortens the interval with the block emission", () => {
    expect([TAO, TAO / 2n, TAO / 4n, 0n].map((emission) => lockInterval(100_800, emission))).toEqual([
      100_800n,
      50_400n,
      25_200n,
      0n,
    ]);
  });

  it("starts the pool at the median price", () => {
    const price = (x: number) => U64F64.fromNumber(x);
    expect(medianPrice([])).toBe(U64F64.one);
    expect(medianPrice([price(0), price(0.5), price(4), price(2)])).toBe(price(2));
    expect(medianPrice([price(1), price(2)])).toBe(price(1.5));
    expect(initialReserves(3n * TAO, TAO, [price(0.5)])).toEqual({ taoRao: 3n * TAO, alphaRao: 6n * TAO });
    expect(initialReserves(1n, TAO, [])).toEqual({ taoRao: TAO, alphaRao: TAO });
  });

  it("prunes the lowest moving price past immunity, ties to the earliest", () => {
    const subnet = (netuid: number, registeredAt: number, movingPriceBits: bigint) => ({
      netuid,
      registeredAt,
      movingPriceBits,
    });
    const all = [subnet(1, 50, 7n), subnet(2, 40, 7n), subnet(3, 0, 9n), subnet(4, 99, 1n)];
    expect(chooseSubnetToPrune(all, 100, 50)).toBe(2);
    expect(chooseSubnetToPrune(all, 40, 50)).toBeNull();
  });
});

describe("checkChildren (5.4)", () => {
  const half = 2n ** 63n;
  const child = (hotkey: string, proportion = 1n) => ({ hotkey, proportion });
  const reason = (...args: Parameters<typeof checkChildren>) => {
    const verdict = checkChildren(...args);
    return verdict.kind === "refused" ? verdict.reason : "accepted";
  };

  it("accepts up to five children whose proportions fit", () => {
    expect(
      reason(
        "p",
        ["a", "b", "c", "d", "e"].map((hotkey) => child(hotkey)),
        [],
      ),
    ).toBe("accepted");
    expect(reason("p", [child("a", half), child("b", half - 1n)], [])).toBe("accepted");
  });

  it("refuses the rest with its reason", () => {
    expect(
      reason(
        "p",
        ["a", "b", "c", "d", "e", "f"].map((hotkey) => child(hotkey)),
        [],
      ),
    ).toBe("tooManyChildren");
    expect(reason("p", [child("p")], [])).toBe("selfChild");
    expect(reason("p", [child("a"), child("a")], [])).toBe("duplicateChild");
    expect(reason("p", [child("a")], ["a"])).toBe("childIsParent");
    expect(reason("p", [child("a", half), child("b", half)], [])).toBe("proportionOverflow");
  });
});
