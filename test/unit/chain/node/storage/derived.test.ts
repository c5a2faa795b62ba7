import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OverlayState, type StateView } from "../../../../../chain/src/node/storage/state.ts";
import { VersionedStore } from "../../../../../chain/src/node/storage/versions.ts";
import { definePallet, map, value } from "../../../../../chain/src/spec/define.ts";
import { u16 } from "../../../../../chain/src/spec/scale/numbers.ts";

const { storage: S } = definePallet({
  name: "Derived",
  index: 251,
  storage: {
    Count: map({ keys: [["Twox64Concat", u16]], value: u16, default: 7 }),
    Other: value({ value: u16, default: 1 }),
  },
});

const list = (state: StateView): readonly string[] =>
  [...state.iterate(S.Count)].map(({ keys, value: count }) => `${keys[0]}=${count}`).sort();

/** A chain of states, and what a state of each block holds written down plainly. */
class Plain {
  readonly store = new VersionedStore();
  readonly blocks: Map<number, number>[] = [new Map()];
  private open = new Map<number, number>();
  private layers: Map<number, number>[] = [];
  state = new OverlayState(this.store.at(0));

  step(what: readonly [string, number, number]): void {
    const [name, key, count] = what;
    if (name === "put") this.write(key, count);
    else if (name === "keep") this.keep(key, count);
    else if (name === "kill") this.write(key, undefined);
    else if (name === "other") this.state.put(S.Other, [], count);
    else if (name === "begin") {
      this.layers.push(new Map(this.open));
      this.state.begin();
    } else if (name === "end" && this.layers.length > 0) {
      const before = this.layers.pop() as Map<number, number>;
      if (count % 2 === 0) this.state.commit();
      else {
        this.open = before;
        this.state.rollback();
      }
    } else if (name === "block") this.block();
    else if (name === "revert") this.revert(key % this.blocks.length);
  }

  /** What the state should hold now, and what each block should still. */
  check(): void {
    const plain = (of: Map<number, number>): string[] => [...of].map(([key, count]) => `${key}=${count}`).sort();
    expect(this.state.derived(S.Count, list)).toEqual(plain(this.open));
    for (let key = 0; key < 4; key++) {
      expect(this.state.get(S.Count, key)).toBe(this.open.get(key) ?? 7);
      expect(this.state.has(S.Count, key)).toBe(this.open.has(key));
    }
    this.blocks.forEach((of, at) => {
      const old = new OverlayState(this.store.at(at));
      expect(old.derived(S.Count, list)).toEqual(plain(of));
      expect(old.has(S.Count, 1)).toBe(of.has(1));
    });
  }

  private write(key: number, count: number | undefined): void {
    if (count === undefined) {
      this.open.delete(key);
      this.state.kill(S.Count, key);
    } else {
      this.open.set(key, count);
      this.state.put(S.Count, [key], count);
    }
  }

  private keep(key: number, count: number): void {
    this.open.set(key, count);
    this.state.keep(S.Count, [key], count);
  }

  private block(): void {
    while (this.layers.length > 0) {
      this.layers.pop();
      this.state.commit();
    }
    this.store.apply(this.blocks.length, this.state.changes());
    this.blocks.push(this.open);
    this.next();
  }

  private revert(to: number): void {
    this.store.revertTo(to);
    this.blocks.length = to + 1;
    this.next();
  }

  private next(): void {
    this.layers = [];
    this.open = new Map(this.blocks.at(-1));
    this.state = new OverlayState(this.store.at(this.blocks.length - 1));
  }
}

describe("what is derived from an item", () => {
  it("is that of the entries as they are, in every layer and at every block, whatever was taken back", () => {
    const name = fc.constantFrom("put", "put", "keep", "kill", "other", "begin", "end", "block", "block", "revert");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 9 })), { maxLength: 30 }),
        (steps) => {
          const plain = new Plain();
          for (const step of steps) {
            plain.step(step);
            plain.check();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is made once for as long as no entry changes, over blocks and their states", () => {
    const store = new VersionedStore();
    let made = 0;
    const make = (state: StateView): number => {
      made += 1;
      return [...state.iterate(S.Count)].length;
    };
    const first = new OverlayState(store.at(0));
    first.put(S.Count, [1], 5);
    store.apply(1, first.changes());
    const second = new OverlayState(store.at(1));
    expect([second.derived(S.Count, make), second.derived(S.Count, make)]).toEqual([1, 1]);
    second.put(S.Other, [], 9);
    store.apply(2, second.changes());
    expect(new OverlayState(store.at(2)).derived(S.Count, make)).toBe(1);
    expect(made).toBe(1);
    const third = new OverlayState(store.at(2));
    third.put(S.Count, [2], 5);
    expect(third.derived(S.Count, make)).toBe(2);
    third.kill(S.Count, 2);
    store.apply(3, third.changes());
    expect(new OverlayState(store.at(3)).derived(S.Count, make)).toBe(1);
  });
});
