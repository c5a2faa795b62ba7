import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StorageKey } from "../../../../../chain/src/node/storage/keys.ts";
import { OverlayState } from "../../../../../chain/src/node/storage/state.ts";
import { EMPTY_STATE_ROOT, nextStateRoot, stateRootOf } from "../../../../../chain/src/node/storage/state-root.ts";
import { type Change, VersionedStore } from "../../../../../chain/src/node/storage/versions.ts";

type Entries = Map<StorageKey, Uint8Array>;

const key = fc
  .uint8Array({ minLength: 0, maxLength: 6 })
  .map((bytes): StorageKey => `0x${Buffer.from(bytes).toString("hex")}`);
const value = fc.uint8Array({ maxLength: 5 });
const entries = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 12 })
  .map((list): Entries => new Map(list));
const change = fc.tuple(key, fc.option(value, { nil: undefined }));
const changes = fc.uniqueArray(change, { selector: ([name]) => name, maxLength: 8 });

/** The definition of docs/decisions/0007-state-root.md, written down a second time. */
function plainRoot(state: Entries): string {
  let sum = 0n;
  for (const [name, bytes] of state) {
    const keyBytes = Buffer.from(name.slice(2), "hex");
    const length = Buffer.alloc(4);
    length.writeUInt32LE(keyBytes.length);
    const term = createHash("sha256").update(length).update(keyBytes).update(bytes).digest("hex");
    sum = (sum + BigInt(`0x${term}`)) % 2n ** 256n;
  }
  return `0x${sum.toString(16).padStart(64, "0")}`;
}

const move = (root: string, state: Entries, by: readonly Change[]): string =>
  nextStateRoot(root, by, (name) => state.get(name));

function changed(state: Entries, by: readonly Change[]): Entries {
  const next = new Map(state);
  for (const [name, bytes] of by) bytes === undefined ? next.delete(name) : next.set(name, bytes);
  return next;
}

const equal = (a: Entries, b: Entries): boolean =>
  a.size === b.size &&
  [...a].every(([name, bytes]) => Buffer.compare(bytes, b.get(name) ?? Buffer.from("absent")) === 0);

describe("the state root", () => {
  it("is the sum its definition says", () => {
    expect(stateRootOf([])).toBe(EMPTY_STATE_ROOT);
    fc.assert(
      fc.property(entries, (state) => stateRootOf(state) === plainRoot(state)),
      { numRuns: 200 },
    );
  });

  it("does not depend on the order of entries", () => {
    fc.assert(
      fc.property(entries, (state) => stateRootOf([...state].reverse()) === stateRootOf(state)),
      { numRuns: 100 },
    );
  });

  it("moved by changes is the root of the state they lead to, also over many steps", () => {
    fc.assert(
      fc.property(entries, fc.array(changes, { maxLength: 6 }), (start, steps) => {
        let state = start;
        let root = stateRootOf(state);
        for (const step of steps) {
          root = move(root, state, step);
          state = changed(state, step);
          expect(root).toBe(plainRoot(state));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("comes back when changes are taken back", () => {
    fc.assert(
      fc.property(entries, changes, (state, by) => {
        const root = stateRootOf(state);
        const next = changed(state, by);
        const back = by.map(([name]): Change => [name, state.get(name)]);
        expect(move(move(root, state, by), next, back)).toBe(root);
      }),
      { numRuns: 200 },
    );
  });

  it("differs exactly when the states do", () => {
    fc.assert(
      fc.property(entries, changes, (state, by) => {
        const next = changed(state, by);
        expect(stateRootOf(next) === stateRootOf(state)).toBe(equal(state, next));
      }),
      { numRuns: 300 },
    );
  });

  it("tells apart entries whose bytes run together the same", () => {
    const joined = (name: StorageKey, bytes: number[]): string => stateRootOf([[name, Uint8Array.from(bytes)]]);
    expect(joined("0x0102", [3])).not.toBe(joined("0x01", [2, 3]));
    expect(joined("0x", [])).not.toBe(EMPTY_STATE_ROOT);
  });

  it("follows what an overlay collects: writing what is there already is no change", () => {
    const store = new VersionedStore();
    store.apply(0, [["0xaa", Uint8Array.of(1)]]);
    const root = stateRootOf(store.entries(0));
    const state = new OverlayState(store.at(0));
    state.putRaw("0xaa", Uint8Array.of(2));
    state.putRaw("0xaa", Uint8Array.of(1));
    state.putRaw("0xbb", Uint8Array.of(1));
    state.putRaw("0xbb", undefined);
    expect(nextStateRoot(root, state.changes(), (name) => state.before(name))).toBe(root);
  });

  it("takes keys and values of any length", () => {
    const long = (fill: number): Uint8Array => new Uint8Array(20_000).fill(fill);
    const state: Entries = new Map([
      ["0xaa", long(1)],
      [`0x${"ab".repeat(9_000)}` as StorageKey, long(2)],
    ]);
    expect(stateRootOf(state)).toBe(plainRoot(state));
    expect(move(stateRootOf(state), state, [["0xaa", long(3)]])).toBe(plainRoot(changed(state, [["0xaa", long(3)]])));
  });

  it("keeps its carries over more terms than a lane holds at once", () => {
    const many = Array.from({ length: 300 }, (_, i): [StorageKey, Uint8Array] => [
      `0x${i.toString(16).padStart(4, "0")}`,
      Uint8Array.of(255),
    ]);
    expect(stateRootOf(many)).toBe(plainRoot(new Map(many)));
  });
});
