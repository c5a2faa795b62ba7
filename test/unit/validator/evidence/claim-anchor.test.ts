import { createLogger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import {
  type AnchorChain,
  type AnchorStanding,
  createEvidenceAnchor,
  fieldsOf,
} from "@subnetkit/validator/evidence/anchor";
import { claimBlocks, createAnchorClaim } from "@subnetkit/validator/evidence/claim-anchor";
import type { LogHead } from "@subnetkit/validator/evidence/envelope";
import type { StateKeys } from "@subnetkit/validator/store/keys";
import { createWriterLease } from "@subnetkit/validator/store/writer-lease";
import type { WriterView } from "@subnetkit/validator/weights/writer-view";
import { freshKeys, useTestRedis } from "../support/state.ts";

let redis: Redis;
useTestRedis((given) => {
  redis = given;
});

const log = createLogger({ name: "test", level: "silent" });
const { signal } = new AbortController();
const idle = { waitingFor: "this epoch has its weights", nextAttempt: undefined } as unknown as WriterView;
const headOf = (seq: number): LogHead => ({ seq, hash: String(seq).padStart(64, "0") });
const at = (number: number) => ({ number, hash: `0x${number}` });

/** A chain that has what was written last, from its block on; or drops it. */
function fakeChain() {
  let stored: { head: LogHead; block: number } | undefined;
  let now = 0;
  const sent: LogHead[] = [];
  let drops = false;
  const chain: AnchorChain = {
    read: (head) => {
      now = head.number;
      return Promise.resolve(stored && { block: stored.block, fields: fieldsOf(stored.head) });
    },
    write: (head) => {
      sent.push(head);
      if (drops) return Promise.resolve({ kind: "dropped", reason: "test" } as never);
      stored = { head, block: now };
      return Promise.resolve({ kind: "included", blockNumber: now } as never);
    },
  };
  return { chain, sent, drop: (on: boolean) => (drops = on) };
}

const leaseOf = (keys: StateKeys, name: string) =>
  createWriterLease({ leaseMs: 200, name, place: `place of ${name}`, pid: 1 }, { redis, keys, log });

/** A process with a lease and a log of its own. */
function processOf(keys: StateKeys, chain: AnchorChain, name: string, head: () => LogHead) {
  const lease = leaseOf(keys, name);
  const claim = createAnchorClaim(lease, { redis, keys });
  return { lease, claim, anchor: createEvidenceAnchor({ everyBlocks: 50 }, { chain, head, claim, log }) };
}

describe("the commit of the evidence's head, with two processes on one Redis", () => {
  it("is not sent by one that has lost the lease without noticing", async () => {
    const keys = freshKeys();
    const { chain, sent } = fakeChain();
    const [old, next] = [
      processOf(keys, chain, "old", () => headOf(3)),
      processOf(keys, chain, "next", () => headOf(900)),
    ];
    await old.lease.take();
    const held = old.lease.held();
    await redis.del(keys.writer);
    await next.lease.take();
    expect(next.lease.held()).toBeDefined();
    expect(old.lease.held()).toBe(held);
    await Promise.all([old.anchor.onHead(at(10), idle, signal), next.anchor.onHead(at(10), idle, signal)]);
    expect(sent).toEqual([headOf(900)]);
  });

  it("is not sent by the one that takes over while that of the dead one may still land, and is after that", async () => {
    const keys = freshKeys();
    const { chain, sent, drop } = fakeChain();
    const [dies, next] = [
      processOf(keys, chain, "dies", () => headOf(3)),
      processOf(keys, chain, "next", () => headOf(4)),
    ];
    drop(true);
    await dies.lease.take();
    await dies.anchor.onHead(at(10), idle, signal);
    await dies.lease.release();
    await next.lease.take();
    for (let block = 11; block < 10 + claimBlocks; block++) await next.anchor.onHead(at(block), idle, signal);
    expect(sent).toEqual([headOf(3)]);
    drop(false);
    for (let block = 10 + claimBlocks; block < 60; block++) await next.anchor.onHead(at(block), idle, signal);
    expect(sent).toEqual([headOf(3), headOf(4)]);
    expect(next.anchor.committed()).toMatchObject(headOf(4));
  });

  it("may be claimed again on a chain that went back, and by nobody without the lease", async () => {
    const keys = freshKeys();
    const one = processOf(keys, fakeChain().chain, "one", () => headOf(1));
    expect(await one.claim(1_000)).toBe(false);
    await one.lease.take();
    expect(await one.claim(1_000)).toBe(true);
    expect(await one.claim(1_000 + claimBlocks - 1)).toBe(false);
    expect(await one.claim(12)).toBe(true);
    expect(await one.claim(12 + claimBlocks)).toBe(true);
  });
});

describe("what a status page says of the commit", () => {
  it("tells nothing, the newest, an older one, one that is overdue, and one that the log does not have", async () => {
    const { chain, drop } = fakeChain();
    let seq = 1;
    const claim = () => Promise.resolve(true);
    const anchor = createEvidenceAnchor({ everyBlocks: 50 }, { chain, head: () => headOf(seq), claim, log });
    const states: [number, AnchorStanding["state"]][] = [];
    const look = async (block: number): Promise<void> => {
      await anchor.onHead(at(block), idle, signal);
      states.push([block, anchor.standing(block).state]);
    };
    expect(anchor.standing(100)).toEqual({ state: "unknown", everyBlocks: 50, committed: null });
    drop(true);
    await look(100);
    expect(anchor.standing(120).state).toBe("behind");
    drop(false);
    await look(120);
    seq = 2;
    await look(130);
    drop(true);
    await look(170);
    await look(189);
    await look(190);
    seq = 0;
    states.push([191, anchor.standing(191).state]);
    expect(states).toEqual([
      [100, "none"],
      [120, "current"],
      [130, "waiting"],
      [170, "waiting"],
      [189, "waiting"],
      [190, "behind"],
      [191, "ahead"],
    ]);
    expect(anchor.standing(190).committed).toEqual({ ...headOf(1), block: 120 });
    expect(anchor.standing(undefined).state).toBe("unknown");
  });
});
