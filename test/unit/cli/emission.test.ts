import { emissionReport } from "@subnetkit/cli/preview/emission-report";
import { emissionSchedule } from "@subnetkit/cli/preview/emission-schedule";
import { emissionStretches } from "@subnetkit/cli/preview/halvings";
import { blockEmission, halvingThreshold } from "@subnetkit/shared/consensus/economics/block-emission";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const TAO = 10n ** 9n;
const CAP = 21_000_000n * TAO;

describe("emissionStretches", () => {
  it("changes at the thresholds of the first halvings, 10.5 million blocks apart at full blocks", () => {
    const stretches = [...emissionStretches(0n)].slice(0, 8);
    expect(stretches.map(({ issuanceRao }) => issuanceRao)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((k) => halvingThreshold(k)),
    );
    expect(stretches.every(({ blocks }) => blocks === 10_500_000)).toBe(true);
    expect(stretches.map(({ emissionRao }) => emissionRao).slice(0, 3)).toEqual([TAO, TAO / 2n, TAO / 4n]);
  });

  it("finds the very block of a change, as counting block by block does", () => {
    for (const start of [halvingThreshold(1) - 3n * TAO - 1n, halvingThreshold(2) - TAO, CAP - 2_000n * TAO]) {
      let issuance = start;
      for (let block = 0; block < 40; block += 1) {
        const stretch = [...emissionStretches(start)].findLast(({ fromBlock }) => fromBlock <= block)!;
        expect(stretch.emissionRao).toBe(blockEmission(issuance));
        issuance += blockEmission(issuance);
      }
    }
  });

  it("rests on a block emission that never rises with the issuance, also right below the cap", () => {
    const near = fc.bigInt(CAP - 2n * TAO, CAP + 10n);
    const any = fc.oneof(fc.bigInt(0n, CAP), near);
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(blockEmission(more)).toBeLessThanOrEqual(blockEmission(less));
      }),
      { numRuns: 500 },
    );
  });

  it("ends where nothing is minted any more and never passes the cap", () => {
    const last = [...emissionStretches(CAP - 1_000n * TAO)].at(-1)!;
    expect(last).toMatchObject({ blocks: null, emissionRao: 0n });
    expect(last.issuanceRao).toBeLessThanOrEqual(CAP);
    expect([...emissionStretches(CAP)]).toHaveLength(1);
  });
});

describe("emissionSchedule", () => {
  it("splits a day at a halving exactly", () => {
    // 3,600 blocks of 1 TAO before the first halving, then half a TAO each.
    const { perDay, perHalving, halvings } = emissionSchedule(halvingThreshold(1) - 3_600n * TAO, 2, 7_200, 2);
    expect(perDay.map(({ mintedRao }) => mintedRao)).toEqual([5_400n * TAO, 3_600n * TAO]);
    expect(perDay[0]).toMatchObject({ day: 1, emissionRao: TAO, emissionAfterRao: TAO / 2n });
    expect(perHalving.map(({ blocks }) => blocks)).toEqual([3_600, 10_800]);
    expect(halvings[0]).toEqual({
      afterBlocks: 3_600,
      afterDays: 0.5,
      issuanceRao: halvingThreshold(1),
      emissionRao: TAO / 2n,
    });
  });
});

describe("emission", () => {
  const flags = { days: "2", blocksPerDay: "7200" };

  it("prints a row per day and the next halvings", () => {
    const text = emissionReport({ ...flags, issuance: "10500000" }, 200);
    expect(text).toContain("issuance 10,500,000.000000000 TAO (10500000000000000 rao), 2 days of 7200 blocks");
    expect(text).toMatch(/ 2 +7200 +0\.500000000 +3,600\.000000000 +10,507,200\.000000000\n/);
    expect(text).toMatch(/1458\.33 +10500000 +15,750,000\.000000000 +0\.250000000\n/);
    for (const line of emissionReport({ ...flags, issuance: "1" }, 60)
      .split("\n")
      .slice(1))
      expect(line.length).toBeLessThanOrEqual(60);
  });

  it("keeps TAO and rao apart and answers in JSON with exact amounts", () => {
    const tao = JSON.parse(emissionReport({ ...flags, issuance: "10.5", json: true }, 80)) as unknown;
    expect(tao).toEqual(JSON.parse(emissionReport({ ...flags, issuanceRao: "10500000000", json: true }, 80)));
    expect(tao).toMatchObject({ v: 1, issuanceRao: "10500000000", by: "day", days: 2 });
    expect((tao as { spans: { mintedRao: string }[] }).spans[1]!.mintedRao).toBe("7200000000000");
  });

  it("changes to a row per halving for long spans, unless told otherwise", () => {
    const by = (more: object) =>
      (JSON.parse(emissionReport({ ...flags, issuance: "0", json: true, ...more }, 80)) as { by: string }).by;
    expect([by({}), by({ days: "61" }), by({ days: "61", by: "day" })]).toEqual(["day", "halving", "day"]);
  });

  it.each([
    [{}, "give the issuance once"],
    [{ issuance: "1", issuanceRao: "1" }, "give the issuance once"],
    [{ issuance: "1e9" }, "--issuance"],
    [{ issuance: "-1" }, "--issuance"],
    [{ issuance: "NaN" }, "--issuance"],
    [{ issuance: "0.0000000001" }, "--issuance"],
    [{ issuanceRao: "1.5" }, "--issuance-rao"],
    [{ issuanceRao: "18446744073709551616" }, "--issuance-rao"],
    [{ issuance: "1", days: "0" }, "--days"],
    [{ issuance: "1", days: "100001" }, "--days"],
    [{ issuance: "1", days: "1.5" }, "--days"],
    [{ issuance: "1", blocksPerDay: "0" }, "--blocks-per-day"],
    [{ issuance: "1", by: "week" }, "--by"],
  ])("refuses %o", (more, named) => {
    expect(() => emissionReport({ ...flags, ...more }, 80)).toThrowError(
      expect.objectContaining({ code: "E_USAGE", message: expect.stringContaining(named.slice(1)) }),
    );
  });
});
