import { GenericExtrinsicEra, TypeRegistry } from "@polkadot/types";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eraBirth, eraDeath, readEra, writeEra } from "../../../../../chain/src/node/block/era.ts";
import { Reader, Writer } from "../../../../../chain/src/spec/cursor.ts";

const registry = new TypeRegistry();

describe("mortality", () => {
  it("reads, writes and dates eras as polkadot.js does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 16 }),
        fc.nat({ max: 10_000_000 }),
        fc.nat({ max: 5_000 }),
        (power, current, later) => {
          const bytes = new GenericExtrinsicEra(registry, { current, period: 2 ** power }).toU8a();
          const theirs = new GenericExtrinsicEra(registry, bytes);
          const era = readEra(new Reader(bytes));
          const out = new Writer();
          writeEra(out, era);
          expect(out.finish()).toEqual(bytes);
          expect(eraBirth(era, current + later)).toBe(theirs.asMortalEra.birth(current + later));
          expect(eraDeath(era, current + later)).toBe(theirs.asMortalEra.death(current + later));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("knows immortality by one zero byte", () => {
    const era = readEra(new Reader(Uint8Array.of(0)));
    expect([era.kind, eraBirth(era, 1_000), eraDeath(era, 1_000)]).toEqual(["immortal", 0, Number.POSITIVE_INFINITY]);
  });

  it("refuses a phase outside its period", () => {
    expect(() => readEra(new Reader(Uint8Array.of(0x01, 0xff)))).toThrow("out of range");
  });
});
