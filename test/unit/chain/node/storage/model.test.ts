import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { itemPrefix, type StorageKey, storageKey } from "../../../../../chain/src/node/storage/keys.ts";
import { OverlayState, type StateView } from "../../../../../chain/src/node/storage/state.ts";
import { EMPTY_STATE_ROOT, nextStateRoot, stateRootOf } from "../../../../../chain/src/node/storage/state-root.ts";
import { VersionedStore } from "../../../../../chain/src/node/storage/versions.ts";
import { definePallet, map, value } from "../../../../../chain/src/spec/define.ts";
import { u16 } from "../../../../../chain/src/spec/scale/numbers.ts";

const { storage: S } = definePallet({
  name: "Model",
  index: 252,
  storage: {
    One: value({ value: u16, default: 3 }),
    Map: map({ keys: [["Twox64Concat", u16]], value: u16, default: 7 }),
    Pair: map({
      keys: [
        ["Identity", u16],
        ["Blake2_128Concat", u16],
      ],
      value: u16,
      optional: true,
    }),
  },
});

/** Every key that a run writes: typed ones, then raw ones that are no item's, one of them the start of another. */
const mapKeys = [0, 1, 2].map((at) => storageKey(S.Map, [at]));
const pairKeys = [0, 1].flatMap((a) => [0, 1, 2].map((b) => storageKey(S.Pair, [a, b])));
const rawKeys: StorageKey[] = ["0x3a63", "0x3a636f", `0x${"77".repeat(32)}`, `0x${"77".repeat(33)}`];
const keys: readonly StorageKey[] = [itemPrefix(S.One), ...mapKeys, ...pairKeys, ...rawKeys];
const prefixes: readonly StorageKey[] = [
  "0x",
  "0x3a63",
  "0x77",
  itemPrefix(S.One),
  itemPrefix(S.Map),
  itemPrefix(S.Pair),
  storageKey(S.Pair, [1]),
  itemPrefix(S.Map).slice(0, 34) as StorageKey,
  `0x${"77".repeat(32)}`,
];

const sumOf = (state: StateView): number => [...state.iterate(S.Pair)].reduce((sum, { value: one }) => sum + one, 0);
const valuesOf = (state: StateView): readonly number[] => [...state.iterate(S.Map)].map(({ value: one }) => one);
const one = (state: StateView): number => state.get(S.One);

type Plain = Map<StorageKey, number>;
interface Saved {
  readonly number: number;
  readonly plain: Plain;
  readonly root: string;
}

/** A chain of states as the node keeps it, beside whole copies of all of them. */
class Model {
  readonly store = new VersionedStore();
  private blocks: Saved[] = [{ number: 0, plain: new Map(), root: EMPTY_STATE_ROOT }];
  private state = new OverlayState(this.store.at(0));
  private plain: Plain = new Map();
  private layers: Plain[] = [];
  /** Newest block when all of them were compared last. */
  private checked: Saved | undefined;

  put(at: number, to: number): void {
    const key = keys[at % keys.length] as StorageKey;
    this.plain.set(key, to);
    if (key === itemPrefix(S.One)) this.state.put(S.One, [], to);
    else if (at % 2 === 0 && mapKeys.includes(key)) this.state.put(S.Map, [mapKeys.indexOf(key)], to);
    else if (at % 2 === 0 && pairKeys.includes(key)) this.state.put(S.Pair, pairAt(key), to);
    else this.state.putRaw(key, u16.enc(to));
  }

  kill(at: number): void {
    const key = keys[at % keys.length] as StorageKey;
    this.plain.delete(key);
    if (key === itemPrefix(S.One)) this.state.kill(S.One);
    else if (mapKeys.includes(key)) this.state.kill(S.Map, mapKeys.indexOf(key));
    else if (at % 2 === 0 && pairKeys.includes(key)) this.state.kill(S.Pair, ...pairAt(key));
    else this.state.putRaw(key, undefined);
  }

  keep(at: number, to: number): void {
    this.plain.set(mapKeys[at % 3] as StorageKey, to);
    this.state.keep(S.Map, [at % 3], to);
  }

  /** Takes away what is large, adds to the rest. */
  mutate(at: number): void {
    const key = mapKeys[at % 3] as StorageKey;
    const before = this.plain.get(key) ?? 7;
    const after = before > 12 ? undefined : before + 1;
    if (after === undefined) this.plain.delete(key);
    else this.plain.set(key, after);
    expect(this.state.mutate(S.Map, [at % 3], (given) => (given > 12 ? undefined : given + 1))).toBe(after);
  }

  killPrefix(at: number): void {
    const prefix = at % 3 === 2 ? itemPrefix(S.Pair) : storageKey(S.Pair, [at % 3]);
    const held = [...this.plain.keys()].filter((key) => key.startsWith(prefix));
    for (const key of held) this.plain.delete(key);
    const killed = at % 3 === 2 ? this.state.killPrefix(S.Pair) : this.state.killPrefix(S.Pair, at % 3);
    expect(killed).toBe(held.length);
  }

  /** Changes the table that is being walked. */
  walk(to: number): void {
    for (const { keys: pair } of this.state.iterate(S.Pair)) {
      this.state.kill(S.Pair, ...pair);
      this.plain.delete(storageKey(S.Pair, pair));
      this.state.put(S.Pair, [to % 2, 2], to);
      this.plain.set(storageKey(S.Pair, [to % 2, 2]), to);
    }
  }

  begin(): void {
    this.layers.push(new Map(this.plain));
    this.state.begin();
  }

  end(keep: boolean): void {
    const before = this.layers.pop();
    if (before === undefined) return;
    if (keep) this.state.commit();
    else {
      this.plain = before;
      this.state.rollback();
    }
  }

  /** Seals a block, some heights above the one before; old ones are forgotten. */
  block(gap: number): void {
    while (this.layers.length > 0) this.end(true);
    const parent = this.blocks.at(-1) as Saved;
    const number = parent.number + 1 + gap;
    const changes = this.state.changes();
    const root = nextStateRoot(parent.root, changes, (key) => this.state.before(key));
    this.store.apply(number, changes);
    this.blocks.push({ number, plain: this.plain, root });
    if (this.blocks.length > 4) {
      this.blocks.shift();
      this.store.prune((this.blocks[0] as Saved).number);
    }
    this.next();
  }

  revert(back: number): void {
    this.blocks.length = Math.max(1, this.blocks.length - 1 - (back % 3));
    this.store.revertTo((this.blocks.at(-1) as Saved).number);
    this.next();
  }

  check(): void {
    same(this.state, this.plain);
    if (this.checked === this.blocks.at(-1)) return;
    this.checked = this.blocks.at(-1);
    for (const { number, plain } of this.blocks) same(new OverlayState(this.store.at(number)), plain);
    const { number, root } = this.blocks.at(-1) as Saved;
    expect(stateRootOf(this.store.entries(number))).toBe(root);
  }

  private next(): void {
    const head = this.blocks.at(-1) as Saved;
    this.layers = [];
    this.plain = new Map(head.plain);
    this.state = new OverlayState(this.store.at(head.number));
  }
}

function pairAt(key: StorageKey): [number, number] {
  const at = pairKeys.indexOf(key);
  return [Math.floor(at / 3), at % 3];
}

/** Every way to read gives what the copy holds. */
function same(state: OverlayState, plain: Plain): void {
  const got = readFrom(state);
  const wanted = readIn(plain);
  // As text first: a thousand comparisons of what is nearly always equal.
  if (JSON.stringify(got) !== JSON.stringify(wanted)) expect(got).toEqual(wanted);
}

function readFrom(state: OverlayState): unknown {
  const derived = () => [state.derived(S.Map, valuesOf), state.derived(S.Pair, sumOf), state.derived(S.One, one)];
  return {
    derived: derived(),
    one: state.get(S.One),
    map: mapKeys.map((_, at) => [state.get(S.Map, at), state.has(S.Map, at)]),
    pairs: pairKeys.map((key) => state.get(S.Pair, ...pairAt(key)) ?? "none"),
    raw: rawKeys.map((key) => numberIn(state.getRaw(key))),
    row: [...state.iterate(S.Pair, 1)].map(({ keys: pair, value: to }) => [storageKey(S.Pair, pair), to]),
    keys: prefixes.map((prefix) => [...state.keysRaw(prefix)]),
    after: prefixes.map((prefix) => [...state.keysRaw(prefix, [...state.keysRaw(prefix)][0])]),
    again: derived(),
  };
}

function readIn(plain: Plain): unknown {
  const sorted = [...plain].sort(([a], [b]) => (a < b ? -1 : 1));
  const under = (prefix: string): number[] => sorted.filter(([key]) => key.startsWith(prefix)).map(([, to]) => to);
  const derived = [
    under(itemPrefix(S.Map)),
    under(itemPrefix(S.Pair)).reduce((sum, to) => sum + to, 0),
    plain.get(itemPrefix(S.One)) ?? 3,
  ];
  const held = prefixes.map((prefix) => sorted.map(([key]) => key).filter((key) => key.startsWith(prefix)));
  return {
    derived,
    one: plain.get(itemPrefix(S.One)) ?? 3,
    map: mapKeys.map((key) => [plain.get(key) ?? 7, plain.has(key)]),
    pairs: pairKeys.map((key) => plain.get(key) ?? "none"),
    raw: rawKeys.map((key) => plain.get(key) ?? "none"),
    row: sorted.filter(([key]) => key.startsWith(storageKey(S.Pair, [1]))),
    keys: held,
    after: held.map((list) => list.slice(1)),
    again: derived,
  };
}

const numberIn = (raw: Uint8Array | undefined): number | string => (raw === undefined ? "none" : u16.dec(raw));

const steps = {
  put: (model: Model, a: number, b: number) => model.put(a, b),
  kill: (model: Model, a: number) => model.kill(a),
  keep: (model: Model, a: number, b: number) => model.keep(a, b),
  mutate: (model: Model, a: number) => model.mutate(a),
  killPrefix: (model: Model, a: number) => model.killPrefix(a),
  walk: (model: Model, _a: number, b: number) => model.walk(b),
  begin: (model: Model) => model.begin(),
  commit: (model: Model) => model.end(true),
  rollback: (model: Model) => model.end(false),
  block: (model: Model, a: number) => model.block(a % 2 === 0 ? 0 : a * 4),
  revert: (model: Model, a: number) => model.revert(a),
};
type StepName = keyof typeof steps;

describe("storage", () => {
  it("reads as whole copies of it would, in every layer and at every kept block, whatever was rolled back, reverted or forgotten", () => {
    const name = fc.oneof(
      { arbitrary: fc.constant<StepName>("put"), weight: 6 },
      { arbitrary: fc.constantFrom<StepName>("begin", "rollback", "block", "block", "block", "revert"), weight: 6 },
      { arbitrary: fc.constantFrom(...(Object.keys(steps) as StepName[])), weight: 11 },
    );
    const step = fc.tuple(name, fc.integer({ min: 0, max: 27 }), fc.integer({ min: 0, max: 15 }));
    fc.assert(
      fc.property(fc.array(step, { minLength: 15, maxLength: 40 }), (run) => {
        const model = new Model();
        for (const [what, a, b] of run) {
          steps[what](model, a, b);
          model.check();
        }
      }),
      { numRuns: 60 },
    );
  });
});
