import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "../../../../../chain/src/node/block/block.ts";
import { Chain } from "../../../../../chain/src/node/block/chain.ts";
import type { StorageKey } from "../../../../../chain/src/node/storage/keys.ts";

const COUNTER: StorageKey = "0x01";
let serial = 0;

/** A block of nothing but storage: its number under one key, its own name under another. */
function block(parent: Block | undefined, name = String(serial++), number = (parent?.number ?? -1) + 1): Block {
  const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
  const header = { number, parent_hash: parent?.hash ?? "none" } as Block["header"];
  const changes = [
    [COUNTER, text(String(number))],
    [`0x02${Buffer.from(name).toString("hex")}`, text(name)],
  ] as const;
  return { number, hash: `hash of ${name}`, header, body: [], changes };
}

function setUp(finalityLag: number, history = 1_000) {
  const genesis = block(undefined, "genesis");
  const chain = new Chain({ history, finalityLag }, { genesis, blocks: [genesis] });
  const grow = (count: number): Block[] => {
    const grown: Block[] = [];
    for (let i = 0; i < count; i++) {
      const next = block(chain.head);
      chain.append(next);
      grown.push(next);
    }
    return grown;
  };
  return { chain, grow };
}

const read = (chain: Chain, of: Block, key = COUNTER): string | undefined => {
  const value = chain.storageAt(of)?.get(key);
  return value && Buffer.from(value).toString();
};
const names = (blocks: readonly Block[]): string[] => blocks.map(({ hash }) => hash);

describe("the chain", () => {
  it("finalises every block at once without a lag, and stays behind by one", () => {
    const { chain } = setUp(0);
    const first = block(chain.head);
    expect(chain.append(first)).toEqual({ blocks: [first], pruned: [] });
    expect(chain.unfinalized).toBe(0);
    const late = setUp(2);
    const [one] = late.grow(2);
    expect(late.chain.finalized.number).toBe(0);
    expect(late.chain.append(block(late.chain.head)).blocks).toEqual([one]);
    expect(late.chain.setFinalityLag(0).blocks).toHaveLength(2);
    expect(late.chain.setFinalityLag(5).blocks).toEqual([]);
    expect(late.chain.finalized).toBe(late.chain.head);
  });

  it("refuses blocks that do not follow, and takes one that leaves heights out", () => {
    const { chain } = setUp(0);
    expect(() => chain.append(block(undefined, "other genesis", 1))).toThrow(RangeError);
    expect(() => chain.append(block(chain.head, "same height", 0))).toThrow(RangeError);
    chain.append(block(chain.head, "far", 50));
    expect([chain.head.number, chain.hashAt(49)]).toEqual([50, undefined]);
  });

  it("keeps retracted blocks with their states until their branch is ruled out, and reads them afterwards too", () => {
    const { chain, grow } = setUp(3);
    const old = grow(5);
    const [third, fourth, fifth] = old.slice(2) as [Block, Block, Block];
    expect(chain.retract(2)).toEqual([fourth, fifth]);
    expect(chain.head).toBe(third);
    const other = grow(1);
    expect([read(chain, fifth), read(chain, fourth), read(chain, other[0] as Block)]).toEqual(["5", "4", "4"]);
    expect(read(chain, fifth, fourth.changes[1]?.[0])).toBe(Buffer.from(fourth.changes[1]?.[1] ?? []).toString());
    expect(read(chain, other[0] as Block, fourth.changes[1]?.[0])).toBeUndefined();
    expect(chain.hashesAt(4)).toEqual(names([...other, fourth]));
    expect(names(chain.candidates)).toEqual(
      names([third, ...other, fourth, fifth].sort((a, b) => a.number - b.number)),
    );
    expect([...(chain.storageAt(fifth)?.keys("0x") ?? [])]).toHaveLength(7);
    grow(2);
    expect(chain.append(block(chain.head))).toEqual({ blocks: other, pruned: [fourth, fifth] });
    expect(chain.hashesAt(4)).toEqual(names(other));
    expect(read(chain, fifth)).toBe("5");
    expect(chain.isCanonical(fifth)).toBe(false);
  });

  it("reads a fork whose parent was retracted later", () => {
    const { chain, grow } = setUp(10);
    const [, , third, fourth] = grow(4) as [Block, Block, Block, Block];
    chain.retract(1);
    const [otherFourth] = grow(1) as [Block];
    chain.retract(2);
    const [otherThird] = grow(1) as [Block];
    for (const [of, expected] of [
      [fourth, "4"],
      [otherFourth, "4"],
      [third, "3"],
      [otherThird, "3"],
    ] as const)
      expect(read(chain, of)).toBe(expected);
    expect(read(chain, otherFourth, third.changes[1]?.[0])).toBeDefined();
    expect(read(chain, otherThird, third.changes[1]?.[0])).toBeUndefined();
    grow(9);
    expect(names(chain.setFinalityLag(0).pruned).sort()).toEqual(names([fourth, otherFourth, third]).sort());
  });

  it("never retracts what is final, and drops forks when it is taken back", () => {
    const { chain, grow } = setUp(2);
    const all = grow(6);
    expect(() => chain.retract(3)).toThrow(RangeError);
    const [lost] = chain.retract(1) as [Block];
    grow(2);
    chain.rewind(all[1] as Block);
    expect([chain.head, chain.finalized, chain.unfinalized]).toEqual([all[1], all[1], 0]);
    expect(chain.block(lost.hash)).toBeUndefined();
    expect(() => chain.rewind(all[4] as Block)).toThrow(RangeError);
  });

  it("forgets what is older than its history, but never what is not final, and knows forgotten hashes from unknown ones", () => {
    const { chain, grow } = setUp(30, 10);
    const all = grow(60);
    expect([chain.finalized.number, chain.oldestState]).toEqual([30, 30]);
    chain.setFinalityLag(0);
    grow(1);
    expect(chain.oldestState).toBe(51);
    const old = all[9] as Block;
    expect([chain.block(old.hash), chain.storageAt(old)]).toEqual([undefined, undefined]);
    expect([chain.forgottenNumber(old.hash), chain.forgottenNumber("never")]).toEqual([10, undefined]);
    chain.setHistory(4);
    expect(chain.oldestState).toBe(57);
    expect(chain.genesis.number).toBe(0);
    expect(chain.hashAt(0)).toBe(chain.genesis.hash);
  });

  it("keeps a bounded number of fork blocks", () => {
    const { chain, grow } = setUp(1_000, 100_000);
    grow(1_000);
    const forks: Block[] = [];
    for (let round = 0; round < 5; round++) {
      forks.push(...chain.retract(900));
      grow(900);
    }
    const kept = forks.filter(({ hash }) => chain.block(hash) !== undefined);
    expect(kept).toHaveLength(4_096);
    expect(kept.at(-1)).toBe(forks.at(-1));
  });

  it("reads the right state at every kept block, and never moves finality back, whatever happens", () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("append" as const), by: fc.integer({ min: 1, max: 3 }) }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant("retract" as const), by: fc.integer({ min: 1, max: 6 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("lag" as const), by: fc.integer({ min: 0, max: 8 }) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { chain, grow } = setUp(4);
        const known = [chain.genesis];
        for (const { kind, by } of steps) {
          const final = chain.finalized;
          if (kind === "append") known.push(...grow(by));
          else if (kind === "lag") chain.setFinalityLag(by);
          else chain.retract(Math.min(by, chain.unfinalized));
          expect(chain.finalized.number).toBeGreaterThanOrEqual(final.number);
          expect(chain.isCanonical(final)).toBe(true);
          for (const one of known) {
            expect(chain.block(one.hash)).toBe(one);
            const keys = [...(chain.storageAt(one)?.keys("0x02") ?? [])];
            expect(keys).toEqual(ancestry(known, one).sort());
            expect(read(chain, one)).toBe(String(one.number));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** The keys that a block and its ancestors wrote under their names. */
function ancestry(known: readonly Block[], of: Block): string[] {
  const byHash = new Map(known.map((one) => [one.hash, one]));
  const keys: string[] = [];
  for (let at: Block | undefined = of; at !== undefined; at = byHash.get(at.header.parent_hash))
    keys.push(String(at.changes[1]?.[0]));
  return keys;
}
