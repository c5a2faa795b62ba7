import { splitDividends, validatorPot } from "@subnetkit/shared/consensus/economics/dividend-split";
import { incentivePayouts } from "@subnetkit/shared/consensus/economics/incentive-payouts";
import { inheritedStake } from "@subnetkit/shared/consensus/economics/inherited-stake";
import { type ParentDividendInput, parentDividends } from "@subnetkit/shared/consensus/economics/parent-dividends";
import { stakeWeightRao } from "@subnetkit/shared/consensus/economics/stake-weight";
import { splitTake } from "@subnetkit/shared/consensus/economics/take";
import { U96F32 } from "@subnetkit/shared/fixed/formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const U64_MAX = 2n ** 64n - 1n;
const HALF = 2n ** 63n;
const floor = (bits: bigint): bigint => bits >> 32n;

describe("inheritedStake (2.3)", () => {
  it("takes off what children get and adds what parents lend", () => {
    // 2^63/(2^64-1) truncates to exactly one half in 32 bits.
    expect(
      inheritedStake({ ownRao: 1_000n, childProportions: [HALF], parents: [{ stakeRao: 300n, proportion: U64_MAX }] }),
    ).toBe(800n);
  });

  it("does not go below zero before the parents are added", () => {
    expect(
      inheritedStake({
        ownRao: 1_000n,
        childProportions: [U64_MAX, U64_MAX],
        parents: [{ stakeRao: 5n, proportion: U64_MAX }],
      }),
    ).toBe(5n);
  });

  it("neither creates nor loses more than a rao per link when a whole stake is lent", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 16n), fc.bigInt(0n, U64_MAX), (stake, proportion) => {
        const parent = inheritedStake({ ownRao: stake, childProportions: [proportion], parents: [] });
        const child = inheritedStake({ ownRao: 0n, childProportions: [], parents: [{ stakeRao: stake, proportion }] });
        expect(parent + child <= stake && parent + child >= stake - 1n).toBe(true);
      }),
    );
  });

  it("adds root stake by the TAO weight", () => {
    expect(stakeWeightRao(100n, 1_000n, HALF)).toBe(600n);
  });
});

describe("parentDividends (3.9 point 3)", () => {
  const base: ParentDividendInput = {
    hotkey: "child",
    dividendRao: 1_000n,
    own: { alphaRao: 100n, rootRao: 0n },
    childProportions: [],
    parents: [{ hotkey: "parent", alphaRao: 600n, rootRao: 0n, proportion: HALF, differentOwner: true }],
    childkeyTake: 0,
    taoWeight: 0n,
  };

  it("shares by contribution and pays the child last", () => {
    // Contributions 300 and 100: three quarters go to the parent.
    expect(parentDividends(base).payouts).toEqual([
      { hotkey: "parent", rao: 750n },
      { hotkey: "child", rao: 250n },
    ]);
  });

  it("takes the childkey take from foreign parents only", () => {
    const taken = parentDividends({ ...base, childkeyTake: 6_553 });
    // 6553/65535 = 0.09999... of 750 is 74.99: the parent keeps 675.005, the child gets 250 + 74.99.
    expect(taken.payouts).toEqual([
      { hotkey: "parent", rao: 675n },
      { hotkey: "child", rao: 324n },
    ]);
    const own = {
      ...base,
      childkeyTake: 6_553,
      parents: base.parents.map((parent) => ({ ...parent, differentOwner: false })),
    };
    expect(parentDividends(own).payouts).toEqual(parentDividends(base).payouts);
  });

  it("recycles the burnt part of a foreign parent's cut", () => {
    const { payouts, recycledRao } = parentDividends({ ...base, childkeyBurn: HALF });
    expect(payouts).toEqual([
      { hotkey: "parent", rao: 375n },
      { hotkey: "child", rao: 250n },
    ]);
    expect(recycledRao).toBe(375n);
  });

  it("floors what is recycled parent by parent", () => {
    const [parent] = base.parents;
    const { recycledRao } = parentDividends({
      ...base,
      dividendRao: 7n,
      parents: [
        { ...parent!, hotkey: "one" },
        { ...parent!, hotkey: "two" },
      ],
      childkeyBurn: HALF,
    });
    // Cuts of 3 each, of which 1.5 burns: 1 and 1, not 3.
    expect(recycledRao).toBe(2n);
  });

  it("keeps everything when there is no parent, and when nobody contributes", () => {
    expect(parentDividends({ ...base, parents: [] }).payouts).toEqual([{ hotkey: "child", rao: 1_000n }]);
    const nothing = parentDividends({
      ...base,
      own: { alphaRao: 0n, rootRao: 0n },
      parents: base.parents.map((p) => ({ ...p, alphaRao: 0n })),
    });
    expect(nothing.payouts.at(-1)).toEqual({ hotkey: "child", rao: 1_000n });
  });

  it("never pays more than the dividend", () => {
    const amount = fc.bigInt(0n, 10n ** 15n);
    const parent = fc.record({
      hotkey: fc.constant("p"),
      alphaRao: amount,
      rootRao: amount,
      proportion: fc.bigInt(0n, U64_MAX),
      differentOwner: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(parent, { maxLength: 5 }),
        amount,
        fc.integer({ min: 0, max: 11_796 }),
        amount,
        (parents, dividendRao, childkeyTake, own) => {
          const { payouts } = parentDividends({
            ...base,
            parents,
            dividendRao,
            childkeyTake,
            own: { alphaRao: own, rootRao: own },
            taoWeight: HALF,
          });
          return payouts.reduce((sum, { rao }) => sum + rao, 0n) <= dividendRao;
        },
      ),
    );
  });

  it("names a negative amount", () => {
    expect(() => parentDividends({ ...base, dividendRao: -1n })).toThrowError(
      expect.objectContaining({ code: "E_ECONOMICS_INPUT", data: expect.objectContaining({ field: "dividendRao" }) }),
    );
  });
});

describe("splitDividends and splitTake (3.9 points 2, 4, 5, 8)", () => {
  it("adds the server pot only when no incentive is paid", () => {
    expect(validatorPot(10n, 5n, 0n)).toBe(15n);
    expect(validatorPot(10n, 5n, 1n)).toBe(10n);
  });

  it("divides each pot by its side of the dividend weight", () => {
    const weights = [
      { hotkey: "a", dividendRao: 100n, alphaStakeRao: 50n, rootStakeRao: 50n },
      { hotkey: "b", dividendRao: 100n, alphaStakeRao: 100n, rootStakeRao: 0n },
    ];
    const split = splitDividends(weights, { validatorPotRao: 300n, rootPotRao: 80n, taoWeight: U64_MAX });
    // a: 50 alpha, 50 root; b: 100 alpha. Alpha shares 1/3 and 2/3 truncated, root all to a.
    expect(split.map(({ hotkey, alphaBits, rootBits }) => [hotkey, floor(alphaBits), floor(rootBits)])).toEqual([
      ["a", 99n, 80n],
      ["b", 199n, 0n],
    ]);
  });

  it("pays nothing from a pot without weight", () => {
    const split = splitDividends([{ hotkey: "a", dividendRao: 0n, alphaStakeRao: 0n, rootStakeRao: 0n }], {
      validatorPotRao: 9n,
      rootPotRao: 9n,
      taoWeight: 0n,
    });
    expect(split).toEqual([{ hotkey: "a", alphaBits: 0n, rootBits: 0n }]);
  });

  it("floors the take and the rest by themselves", () => {
    expect(splitTake(U96F32.fromInt(1_000), 11_796)).toEqual({ takeRao: 179n, restRao: 820n });
    expect(splitTake(U96F32.fromInt(1_000), 0)).toEqual({ takeRao: 0n, restRao: 1_000n });
  });
});

describe("incentivePayouts (3.9 point 7)", () => {
  const incentives = [
    { hotkey: "owner", incentiveRao: 250n, ownerAssociated: true, autoStakeHotkey: null },
    { hotkey: "plain", incentiveRao: 500n, ownerAssociated: false, autoStakeHotkey: null },
    { hotkey: "auto", incentiveRao: 250n, ownerAssociated: false, autoStakeHotkey: "elsewhere" },
  ];

  it("withholds from the owner, follows auto-stake, and records the burned share", () => {
    expect(incentivePayouts(incentives, "burn")).toEqual({
      payouts: [
        { hotkey: "plain", stakedOn: "plain", rao: 500n },
        { hotkey: "auto", stakedOn: "elsewhere", rao: 250n },
      ],
      withheldRao: 250n,
      recycledRao: 0n,
      burnedBits: U96F32.one / 4n,
    });
    expect(incentivePayouts(incentives, "recycle").recycledRao).toBe(250n);
  });

  it("burned nothing when nothing was earned", () => {
    expect(incentivePayouts([], "burn")).toEqual({ payouts: [], withheldRao: 0n, recycledRao: 0n, burnedBits: 0n });
  });
});
