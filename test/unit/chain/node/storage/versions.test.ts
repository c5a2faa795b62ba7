import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StorageKey } from "../../../../../chain/src/node/storage/keys.ts";
import { type Change, VersionedStore } from "../../../../../chain/src/node/storage/versions.ts";

const table = (n: number): string => `0x${String(n).repeat(64)}`;
const keys: StorageKey[] = [0, 1].flatMap((n) =>
  ["", "00", "01", "0100", "ff"].map((end): StorageKey => `${table(n)}${end}` as StorageKey),
);
const change = fc.tuple(
  fc.constantFrom(...keys),
  fc.option(fc.uint8Array({ minLength: 1, maxLength: 3 }), { nil: undefined }),
);
const block = fc.uniqueArray(change, { selector: ([key]) => key, maxLength: 6 });

/** The plain form: one whole map per block. */
function models(blocks: readonly (readonly Change[])[]): Map<StorageKey, Uint8Array>[] {
  const states: Map<StorageKey, Uint8Array>[] = [];
  let state = new Map<StorageKey, Uint8Array>();
  for (const changes of blocks) {
    state = new Map(state);
    for (const [key, value] of changes) value === undefined ? state.delete(key) : state.set(key, value);
    states.push(state);
  }
  return states;
}

describe("the versioned store", () => {
  it("reads every kept block as if each had its own map, before and after pruning", () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 12 }), fc.nat(), (blocks, seed) => {
        const store = new VersionedStore();
        const expected = models(blocks);
        blocks.forEach((changes, number) => void store.apply(number, changes));
        const pruned = seed % blocks.length;
        const compare = (): void => {
          for (let number = store.oldest; number < blocks.length; number++) {
            const model = expected[number] ?? new Map();
            const reader = store.at(number);
            for (const key of keys) expect(reader.get(key)).toEqual(model.get(key));
            expect([...reader.keys("0x")]).toEqual([...model.keys()].sort());
            const prefix = table(1) as StorageKey;
            const after = `${table(1)}01` as StorageKey;
            expect([...reader.keys(prefix, after)]).toEqual(
              [...model.keys()].filter((key) => key.startsWith(prefix) && key > after).sort(),
            );
          }
        };
        compare();
        store.prune(pruned);
        expect(store.oldest).toBe(pruned);
        compare();
      }),
      { numRuns: 200 },
    );
  });

  it("gives back what only pruned blocks could see", () => {
    const store = new VersionedStore();
    const key = `${table(0)}aa` as StorageKey;
    store.apply(0, [[key, Uint8Array.of(1)]]);
    for (let number = 1; number <= 1_000; number++) store.apply(number, [[key, Uint8Array.of(number & 0xff)]]);
    store.apply(1_001, [[key, undefined]]);
    store.prune(1_001);
    expect([...store.entries(1_001)]).toEqual([]);
    expect((store as unknown as { tables: Map<string, unknown> }).tables.size).toBe(0);
  });
});
