import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeKeys, itemPrefix, storageKey } from "../../../../../chain/src/node/storage/keys.ts";
import { OverlayState } from "../../../../../chain/src/node/storage/state.ts";
import { VersionedStore } from "../../../../../chain/src/node/storage/versions.ts";
import { definePallet, map, value } from "../../../../../chain/src/spec/define.ts";
import { system } from "../../../../../chain/src/spec/pallets/system.ts";
import { accountId } from "../../../../../chain/src/spec/scale/accounts.ts";
import { bool, u16 } from "../../../../../chain/src/spec/scale/numbers.ts";
import { vec } from "../../../../../chain/src/spec/scale/sequences.ts";

const { storage: S } = definePallet({
  name: "Test",
  index: 250,
  storage: {
    Flag: value({ value: bool, default: true }),
    Count: map({ keys: [["Identity", u16]], value: u16, default: 360 }),
    Row: map({
      keys: [
        ["Identity", u16],
        ["Blake2_128Concat", accountId],
      ],
      value: vec(u16),
      optional: true,
    }),
  },
});
const account = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;
/** Ends the newest layer of the plain form and of the state alike. */
function end(how: "commit" | "rollback", stack: Map<number, number>[], state: OverlayState): void {
  if (how === "commit") {
    stack.splice(-2, 1);
    state.commit();
  } else {
    stack.pop();
    state.rollback();
  }
}
const empty = (): OverlayState => new OverlayState(new VersionedStore().at(0));

describe("storage keys", () => {
  it("are those of a real chain", () => {
    expect(itemPrefix(system.storage.Account)).toBe(
      "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9",
    );
    const alice = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
    expect(storageKey(system.storage.Account, [alice])).toBe(
      `${itemPrefix(system.storage.Account)}de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d`,
    );
  });

  it("read back the keys of Identity and Concat hashers", () => {
    expect(decodeKeys(S.Row, storageKey(S.Row, [7, account(9)]))).toEqual([7, account(9)]);
  });
});

describe("typed state", () => {
  it("reads defaults where nothing is stored and undefined where the item is optional", () => {
    const state = empty();
    expect(state.get(S.Flag)).toBe(true);
    expect(state.get(S.Count, 1)).toBe(360);
    expect(state.get(S.Row, 1, account(1))).toBeUndefined();
    expect(state.has(S.Count, 1)).toBe(false);
  });

  it("walks entries under the first keys in key order, as of the call", () => {
    const state = empty();
    for (const [netuid, n] of [
      [2, 1],
      [1, 3],
      [1, 2],
    ] as const)
      state.put(S.Row, [netuid, account(n)], [n]);
    const walked: number[] = [];
    for (const { keys, value: row } of state.iterate(S.Row, 1)) {
      walked.push(row[0] ?? 0);
      state.kill(S.Row, ...keys);
    }
    expect(walked.sort()).toEqual([2, 3]);
    expect([...state.iterate(S.Row)].map(({ keys }) => keys)).toEqual([[2, account(1)]]);
    expect(state.killPrefix(S.Row, 2)).toBe(1);
  });

  it("mutates in place and deletes on undefined", () => {
    const state = empty();
    expect(state.mutate(S.Count, [5], (count) => count + 1)).toBe(361);
    state.mutate(S.Count, [5], () => undefined);
    expect(state.has(S.Count, 5)).toBe(false);
  });

  it("hands out copies: changing one changes nothing", () => {
    const state = empty();
    state.put(S.Row, [1, account(1)], [1, 2]);
    state.get(S.Row, 1, account(1))?.push(3);
    expect(state.get(S.Row, 1, account(1))).toEqual([1, 2]);
  });

  it("refuses a partial key where a whole one is needed", () => {
    const state = empty();
    expect(() =>
      (state.put as (item: unknown, keys: unknown[], value: unknown) => void).call(state, S.Row, [1], [1]),
    ).toThrow("takes 2 keys");
  });

  it("keeps committed layers, drops the others, and reports only what changed", () => {
    type Step =
      | readonly ["put", number, number]
      | readonly ["kill", number]
      | readonly ["begin"]
      | readonly ["commit"]
      | readonly ["rollback"];
    const key = fc.integer({ min: 0, max: 4 });
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.tuple(fc.constant("put" as const), key, fc.integer({ min: 0, max: 3 })),
      fc.tuple(fc.constant("kill" as const), key),
      fc.constantFrom<Step>(["begin"], ["commit"], ["rollback"]),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const store = new VersionedStore();
        const base = new OverlayState(store.at(0));
        base.put(S.Count, [0], 1);
        base.put(S.Count, [1], 2);
        store.apply(0, base.changes());
        const state = new OverlayState(store.at(0));
        const stack: Map<number, number>[] = [
          new Map([
            [0, 1],
            [1, 2],
          ]),
        ];
        for (const [kind, ...rest] of steps) {
          const top = stack[stack.length - 1] as Map<number, number>;
          const [at = 0, to = 0] = rest as number[];
          switch (kind) {
            case "put":
              top.set(at, to);
              state.put(S.Count, [at], to);
              break;
            case "kill":
              top.delete(at);
              state.kill(S.Count, at);
              break;
            case "begin":
              stack.push(new Map(top));
              state.begin();
              break;
            default:
              if (stack.length > 1) end(kind, stack, state);
          }
          const now = stack[stack.length - 1] as Map<number, number>;
          const entries = [...state.iterate(S.Count)].map(({ keys: [netuid], value: count }) => [netuid, count]);
          expect(entries).toEqual([...now].sort(([a], [b]) => a - b));
        }
        while (stack.length > 1) end("commit", stack, state);
        store.apply(1, state.changes());
        const after = new OverlayState(store.at(1));
        expect(new Map([...after.iterate(S.Count)].map(({ keys: [netuid], value: count }) => [netuid, count]))).toEqual(
          stack[0],
        );
      }),
      { numRuns: 200 },
    );
  });
});
