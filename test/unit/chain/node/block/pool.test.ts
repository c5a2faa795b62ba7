import { describe, expect, it } from "vitest";
import type { Block } from "../../../../../chain/src/node/block/block.ts";
import type { Extrinsic } from "../../../../../chain/src/node/block/extrinsic.ts";
import {
  defaultPoolLimits,
  type PoolLimits,
  TransactionPool,
  type TxStatus,
} from "../../../../../chain/src/node/block/pool.ts";

let serial = 0;
const tx = (signer: string, nonce: number): Extrinsic => ({
  kind: "signed",
  bytes: new Uint8Array(100),
  hash: `hash${serial++}`,
  call: { pallet: "System", name: "remark", args: {} },
  signer: { type: "Id", value: signer },
  signature: { type: "Sr25519", value: new Uint8Array(64) },
  era: { kind: "immortal" },
  nonce,
  tip: 0n,
  metadataMode: 0,
  signedPart: new Uint8Array(),
});

/** A pool over a chain that is only nonces and a height. */
function setUp(limits: Partial<PoolLimits> = {}) {
  const nonces = new Map<string, number>();
  const chain = { height: 1, longevity: 1_000 };
  const nonceOf = (who: string): number => nonces.get(who) ?? 0;
  const pool = new TransactionPool(
    { ...defaultPoolLimits, ...limits },
    {
      nonceOf,
      height: () => chain.height,
      check(extrinsic) {
        if (extrinsic.kind !== "signed" || extrinsic.signer.type !== "Id")
          return { kind: "unknown", reason: "NoUnsignedValidator" };
        const who = extrinsic.signer.value;
        if (extrinsic.nonce < nonceOf(who)) return { kind: "invalid", reason: { type: "Stale" } };
        return {
          kind: "valid",
          who,
          priority: 1n,
          provides: [`${who}:${extrinsic.nonce}`],
          longevity: chain.longevity,
          future: extrinsic.nonce > nonceOf(who),
        };
      },
    },
  );
  const include = (...included: Extrinsic[]): Block => {
    for (const one of included)
      if (one.kind === "signed" && one.signer.type === "Id") nonces.set(one.signer.value, one.nonce + 1);
    chain.height += 1;
    const outcomes = included.map(
      (extrinsic, index) => ({ kind: "included", extrinsic, index, result: { type: "Ok", value: undefined } }) as const,
    );
    const block = { number: chain.height, hash: `block${chain.height}` } as Block;
    pool.settle(block, outcomes);
    return block;
  };
  return { pool, chain, include, nonces };
}

describe("the transaction pool", () => {
  it("makes a transaction ready once every earlier nonce is there, and keeps each signer's order", () => {
    const { pool } = setUp();
    const [a0, a1, a2, b0] = [tx("a", 0), tx("a", 1), tx("a", 2), tx("b", 0)];
    const heard: string[] = [];
    pool.submit(a2, (status) => heard.push(status.kind));
    expect(heard).toEqual(["future"]);
    expect(pool.ready()).toEqual([]);
    pool.submit(b0);
    pool.submit(a1);
    pool.submit(a0);
    expect(pool.ready().filter((one) => one !== b0)).toEqual([a0, a1, a2]);
    expect(heard).toEqual(["future", "ready", "broadcast"]);
    expect(pool.nextNonce("a")).toBe(3);
  });

  it("holds a transaction back again when an earlier one was dropped in between", () => {
    const { pool } = setUp();
    const [a0, a1, a2] = [tx("a", 0), tx("a", 1), tx("a", 2)];
    pool.submit(a0);
    pool.submit(a1);
    pool.drop(a0.hash);
    const heard: string[] = [];
    pool.submit(a2, (status) => heard.push(status.kind));
    expect(heard).toEqual(["future"]);
    pool.submit(tx("a", 0));
    expect(heard).toEqual(["future", "ready", "broadcast"]);
  });

  it("tells inBlock with the block and finalized when that is, and forgets the transaction", () => {
    const { pool, include } = setUp();
    const heard: TxStatus[] = [];
    const one = tx("a", 0);
    pool.submit(one, (status) => heard.push(status));
    const block = include(one);
    expect(heard).toEqual([{ kind: "ready" }, { kind: "broadcast" }, { kind: "inBlock", hash: "block2", index: 0 }]);
    pool.finalize([block]);
    expect(heard.at(-1)).toEqual({ kind: "finalized", hash: "block2", index: 0 });
    pool.finalize([block]);
    expect(heard).toHaveLength(4);
    expect(pool.size).toBe(0);
  });

  it("takes back what left the chain: retracted, then ready, invalid or dropped", () => {
    const { pool, include, nonces } = setUp();
    const heard = new Map<string, string[]>();
    const [a0, a1, b0, c0] = [tx("a", 0), tx("a", 1), tx("b", 0), tx("c", 0)];
    for (const [name, one] of Object.entries({ a0, a1, b0, c0 })) {
      heard.set(name, []);
      pool.submit(one, ({ kind }) => heard.get(name)?.push(kind));
    }
    const first = include(a0, b0);
    const second = include(a1, c0);
    expect(pool.size).toBe(0);
    // The chain is back before both blocks; the account of c has meanwhile used its nonce there.
    for (const who of ["a", "b"]) nonces.set(who, 0);
    const outcome = pool.retract([first, second], (hash) => hash === b0.hash);
    expect(outcome).toEqual({ pooled: [a0.hash, a1.hash], dropped: [b0.hash, c0.hash] });
    expect(pool.ready()).toEqual([a0, a1]);
    const back = ["ready", "broadcast", "inBlock", "retracted"];
    expect(heard.get("a0")).toEqual([...back, "ready", "broadcast"]);
    expect(heard.get("a1")).toEqual([...back, "ready", "broadcast"]);
    expect(heard.get("b0")).toEqual([...back, "dropped"]);
    expect(heard.get("c0")).toEqual([...back, "invalid"]);
    pool.finalize([include(a0, a1)]);
    expect(heard.get("a1")?.slice(-2)).toEqual(["inBlock", "finalized"]);
  });

  it("does not tell a watcher that left, in the pool or in a block that is not final", () => {
    const { pool, include } = setUp();
    const heard: string[] = [];
    const watcher = ({ kind }: TxStatus): void => void heard.push(kind);
    const one = tx("a", 0);
    pool.submit(one, watcher);
    const block = include(one);
    pool.unwatch(one.hash, watcher);
    pool.finalize([block]);
    expect(heard).toEqual(["ready", "broadcast", "inBlock"]);
  });

  it("refuses the same transaction twice, another with the same nonce, and what no longer fits", () => {
    const { pool } = setUp({ maxTransactions: 2, maxAhead: 4 });
    const one = tx("a", 0);
    expect(pool.submit(one).kind).toBe("accepted");
    expect(pool.submit(one)).toEqual({ kind: "known", hash: one.hash });
    expect(pool.submit(tx("a", 0)).kind).toBe("lowPriority");
    expect(pool.submit(tx("b", 5)).kind).toBe("full");
    expect(pool.submit(tx("b", 0)).kind).toBe("accepted");
    expect(pool.submit(tx("c", 0)).kind).toBe("full");
    expect(pool.size).toBe(2);
  });

  it("ends what became stale or too old as invalid", () => {
    const { pool, chain, include } = setUp();
    const heard: string[] = [];
    chain.longevity = 2;
    pool.submit(tx("a", 3), (status) => heard.push(status.kind));
    include();
    include();
    expect(heard).toEqual(["future"]);
    include();
    expect(heard).toEqual(["future", "invalid"]);
    chain.longevity = 1_000;
    pool.submit(tx("b", 0), (status) => heard.push(`b ${status.kind}`));
    include(tx("b", 0));
    expect(heard.at(-1)).toBe("b invalid");
  });

  it("bans for a while what a block refused", () => {
    const { pool, chain } = setUp();
    const one = tx("a", 0);
    pool.submit(one);
    chain.height = 2;
    pool.settle({ number: 2, hash: "block2" } as Block, [
      { kind: "refused", extrinsic: one, validity: { kind: "invalid", reason: { type: "Payment" } } },
    ]);
    expect(pool.submit(one).kind).toBe("banned");
    chain.height = 200;
    expect(pool.submit(one).kind).toBe("accepted");
  });

  it("drops on request and says so", () => {
    const { pool } = setUp();
    const one = tx("a", 0);
    const heard: string[] = [];
    pool.submit(one, (status) => heard.push(status.kind));
    expect(pool.drop(one.hash)).toBe(true);
    expect(pool.drop(one.hash)).toBe(false);
    expect(heard.at(-1)).toBe("dropped");
  });
});
