import { injectionRao, injectionTerms } from "@subnetkit/shared/consensus/economics/injection-terms";
import { blocksSinceStart, nextMovingPrice } from "@subnetkit/shared/consensus/economics/moving-price";
import { pendingEmissions, rootSellFlag } from "@subnetkit/shared/consensus/economics/pending-emissions";
import { rootProportion } from "@subnetkit/shared/consensus/economics/root-proportion";
import {
  type EmissionCandidate,
  priceShares,
  splitTaoAmongSubnets,
} from "@subnetkit/shared/consensus/economics/subnet-shares";
import { nextFlowEma, taoflowShares } from "@subnetkit/shared/consensus/economics/taoflow";
import { I64F64, I96F32, U64F64, U96F32 } from "@subnetkit/shared/fixed/formats";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const TAO = 1_000_000_000n;
const U64_MAX = 2n ** 64n - 1n;

describe("nextMovingPrice (3.4)", () => {
  it("moves by m * b/(b + H) toward the spot price", () => {
    const next = nextMovingPrice({
      movingPriceBits: 0n,
      spotPriceBits: U64F64.fromNumber(0.5),
      blocksSinceStart: 201_600,
    });
    // 12885/2^32 * 1/2 * 1/2 = 3221.25 ulp, floored.
    expect(next).toBe(3_221n);
  });

  it("caps the spot price at 1", () => {
    const at = (price: number) =>
      nextMovingPrice({
        movingPriceBits: I96F32.one,
        spotPriceBits: U64F64.fromNumber(price),
        blocksSinceStart: 5_000_000,
      });
    expect(at(50)).toBe(at(1));
  });

  it("stays where it is in the start block and at a fixed point", () => {
    expect(nextMovingPrice({ movingPriceBits: 77n, spotPriceBits: U64F64.one, blocksSinceStart: 0 })).toBe(77n);
    expect(nextMovingPrice({ movingPriceBits: I96F32.one, spotPriceBits: U64F64.one, blocksSinceStart: 10 ** 6 })).toBe(
      I96F32.one,
    );
  });

  it("counts blocks from the one before the first emission", () => {
    expect(blocksSinceStart(100, 91)).toBe(10);
    expect(blocksSinceStart(10, 91)).toBe(0);
    expect(blocksSinceStart(10, 0)).toBe(10);
  });
});

describe("splitTaoAmongSubnets (3.5)", () => {
  const candidate = (price: number, changes: Partial<EmissionCandidate> = {}): EmissionCandidate => ({
    netuid: 1,
    movingPriceBits: I96F32.fromNumber(price),
    burnedBits: 0n,
    emissionEnabled: true,
    ...changes,
  });
  const shares = (...candidates: EmissionCandidate[]) =>
    splitTaoAmongSubnets(candidates, TAO).map(({ shareBits }) => U64F64.toNumber(shareBits));

  it("divides by moving price", () => {
    expect(shares(candidate(0.75), candidate(0.25))).toEqual([0.75, 0.25]);
    const [first] = splitTaoAmongSubnets([candidate(0.75), candidate(0.25)], TAO);
    expect(first!.taoBits).toBe(U96F32.fromInt(750_000_000n));
  });

  it("scales by the share that was not burned and renormalises", () => {
    const burned = U96F32.fromNumber(0.5);
    const [a, b] = shares(candidate(0.5, { burnedBits: burned }), candidate(0.5));
    expect(a).toBeCloseTo(1 / 3, 15);
    expect(b).toBeCloseTo(2 / 3, 15);
  });

  it("falls back to plain prices when everybody burned everything", () => {
    const all = { burnedBits: U96F32.fromInt(3) };
    expect(shares(candidate(0.75, all), candidate(0.25, all))).toEqual([0.75, 0.25]);
  });

  it("gives switched-off subnets nothing and renormalises only then", () => {
    expect(shares(candidate(0.5, { emissionEnabled: false }), candidate(0.25), candidate(0.25))).toEqual([0, 0.5, 0.5]);
    expect(shares(candidate(0.5, { emissionEnabled: false }))).toEqual([0]);
  });

  it("gives nothing without any price and handles no subnet", () => {
    expect(shares(candidate(0), candidate(0))).toEqual([0, 0]);
    expect(splitTaoAmongSubnets([], TAO)).toEqual([]);
  });

  it("never hands out more than the block's TAO", () => {
    const any = fc.record({
      movingPriceBits: fc.bigInt(0n, I96F32.one),
      burnedBits: fc.bigInt(0n, U96F32.one),
      emissionEnabled: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (list) => {
        const split = splitTaoAmongSubnets(
          list.map((item, netuid) => ({ netuid, ...item })),
          TAO,
        );
        const total = split.reduce((sum, { taoBits }) => sum + taoBits, 0n);
        return total <= U96F32.fromInt(TAO);
      }),
    );
  });

  it("names a negative price", () => {
    expect(() => splitTaoAmongSubnets([candidate(-0.5)], TAO)).toThrowError(
      expect.objectContaining({ data: expect.objectContaining({ field: "candidates[0].movingPriceBits" }) }),
    );
    expect(priceShares([])).toEqual([]);
  });
});

describe("legacy Taoflow (3.5)", () => {
  const flow = (user: number, protocol: number) => ({
    userEmaBits: I64F64.fromInt(user),
    protocolEmaBits: I64F64.fromInt(protocol),
  });
  const shares = (...args: Parameters<typeof taoflowShares>) => taoflowShares(...args).map(U64F64.toNumber);

  it("averages with the default half-life of 216000 blocks", () => {
    let ema = I64F64.fromInt(1_000_000);
    for (let block = 0; block < 216_000; block += 1) ema = nextFlowEma(ema, 0n);
    expect(I64F64.toNumber(ema)).toBeGreaterThan(499_000);
    expect(I64F64.toNumber(ema)).toBeLessThan(501_000);
  });

  it("offsets by the lowest flow and divides in proportion", () => {
    const settings = { netFlow: false, cutoffBits: 0n, exponentBits: U64F64.one };
    expect(shares([flow(300, 0), flow(100, 0)], settings)).toEqual([0.75, 0.25]);
    // The lowest is -100, so the offsets are 400, 200 and 0... but the cutoff of 0 is higher: 300, 100 and 0.
    expect(shares([flow(300, 0), flow(100, 0), flow(-100, 0)], settings)).toEqual([0.75, 0.25, 0]);
    const deep = { ...settings, cutoffBits: I64F64.fromInt(-1_000) };
    expect(shares([flow(300, 0), flow(100, 0), flow(-100, 0)], deep).map((x) => Number(x.toFixed(4)))).toEqual([
      0.6667, 0.3333, 0,
    ]);
  });

  it("takes protocol flow off, scaled to what users bring, and adds protocol outflow back", () => {
    // Users 100, protocol 200: factor 1/2, so 100 - 100 = 0 for the first; the second gets its outflow of 50 back.
    expect(shares([flow(100, 200), flow(0, -50)])).toEqual([0, 1]);
  });

  it("raises to the exponent to about one percent", () => {
    const settings = { netFlow: false, cutoffBits: 0n, exponentBits: U64F64.fromInt(2) };
    const [a, b] = shares([flow(300, 0), flow(100, 0)], settings);
    expect(a).toBeCloseTo(0.9, 3);
    expect(b).toBeCloseTo(0.1, 3);
  });

  it("emits to nobody when no flow is above the limit", () => {
    expect(shares([flow(0, 0), flow(0, 0)])).toEqual([0, 0]);
    expect(shares([])).toEqual([]);
  });
});

describe("injectionTerms (3.6)", () => {
  const terms = (tao: number, price: number, rp: number) =>
    injectionRao(
      injectionTerms({
        taoBits: U96F32.fromInt(tao),
        priceBits: U96F32.fromNumber(price),
        rootProportionBits: U96F32.fromNumber(rp),
        alphaEmissionRao: TAO,
      }),
    );

  it("injects both sides at the price while alpha is under its cap", () => {
    expect(terms(100_000, 0.5, 0.5)).toEqual({
      alphaOutRao: TAO,
      alphaInRao: 200_000n,
      taoInRao: 100_000n,
      excessTaoRao: 0n,
    });
  });

  it("caps alpha at rp * A and turns the rest of the TAO into excess", () => {
    expect(terms(500_000_000, 0.25, 0.5)).toEqual({
      alphaOutRao: TAO,
      alphaInRao: 500_000_000n,
      taoInRao: 125_000_000n,
      excessTaoRao: 375_000_000n,
    });
  });

  it("injects TAO alone at price 0, as alpha is 0 then", () => {
    expect(terms(500, 0, 0.5)).toEqual({ alphaOutRao: TAO, alphaInRao: 0n, taoInRao: 500n, excessTaoRao: 0n });
  });
});

describe("rootProportion and pendingEmissions (3.7, 3.8)", () => {
  it("is w/(w + alpha issuance)", () => {
    expect(rootProportion({ rootTaoRao: 300n, taoWeight: U64_MAX, alphaIssuanceRao: 100n })).toBe(
      (3n * U96F32.one) / 4n,
    );
    expect(rootProportion({ rootTaoRao: 0n, taoWeight: 0n, alphaIssuanceRao: 0n })).toBe(0n);
  });

  it("cuts the owner first, halves the rest and takes root out of the validator half, flooring each", () => {
    const split = pendingEmissions({
      alphaOutBits: U96F32.fromInt(TAO),
      ownerCut: 11_796,
      rootProportionBits: U96F32.one / 2n,
      rootSell: true,
    });
    // 11796/65535 = 0.179995422 truncated to 32 bits.
    const owner = (TAO * ((11_796n * 2n ** 32n) / 65_535n)) / 2n ** 32n;
    expect(split.ownerRao).toBe(owner);
    expect(split).toEqual({
      ownerRao: 179_995_422n,
      serverRao: 410_002_288n,
      validatorRao: 205_001_144n,
      rootRao: 205_001_144n,
      rootRecycledRao: 0n,
    });
  });

  it("recycles root while its dividends are not sold, and takes no cut when that is off", () => {
    const split = pendingEmissions({
      alphaOutBits: U96F32.fromInt(1_000),
      ownerCut: null,
      rootProportionBits: U96F32.one / 4n,
      rootSell: false,
    });
    expect(split).toEqual({ ownerRao: 0n, serverRao: 500n, validatorRao: 375n, rootRao: 0n, rootRecycledRao: 125n });
  });

  it("sells root only when the moving prices sum to more than 1", () => {
    expect(rootSellFlag([I96F32.one / 2n, I96F32.one / 2n])).toBe(false);
    expect(rootSellFlag([I96F32.one / 2n, I96F32.one / 2n + 1n])).toBe(true);
  });
});
