import type { AppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import type { StateKeys } from "../../../../validator/src/store/keys.ts";
import { createWriterLease } from "../../../../validator/src/store/writer-lease.ts";
import { createLeasedWriter } from "../../../../validator/src/weights/leased-writer.ts";
import { createWeightsLedger } from "../../../../validator/src/weights/ledger.ts";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import { createWeightsWriter } from "../../../../validator/src/weights/writer.ts";
import { freshKeys, useTestRedis } from "../support/state.ts";
import { FakeWeightsChain } from "../support/weights-chain.ts";

let redis: Redis;
useTestRedis((given) => {
  redis = given;
});

const log = createLogger({ name: "test", level: "silent" });
const { signal } = new AbortController();

const intent: LedgerEntry = {
  version: 1,
  epoch: 1,
  state: "intent",
  mode: "plain",
  uids: [1],
  values: [65_535],
  hotkeys: ["a"],
  basedOnRound: 3,
  intentBlock: 10,
  attempts: 1,
};

/** A process with the weights role, on a chain and a Redis that it may share with others. */
function processOn(chain: FakeWeightsChain, keys: StateKeys, place: string) {
  const lease = createWriterLease({ leaseMs: 60_000, name: place, place, pid: 1 }, { redis, keys, log });
  const stops: AppError[] = [];
  const writer = createLeasedWriter({ lease, redis, keys, log }, ({ ledger, stillWriter }) =>
    createWeightsWriter(
      { ownHotkey: "own", shape: { kind: "linear" }, versionKey: 1n, blockMs: 250, submitFrom: 0.5, takeOver: false },
      {
        chain,
        ledger,
        scores: async () => ({ scores: new Map([["a", 1]]), lastSettled: 3, roundsCounted: 4 }),
        onEvent: () => undefined,
        stillWriter,
        onDoppelganger: (error) => stops.push(error),
        log,
      },
    ),
  );
  return { lease, writer, stops };
}

type Process = ReturnType<typeof processOn>;

async function blocks(chain: FakeWeightsChain, from: number, to: number, ...processes: readonly Process[]) {
  for (let block = from; block <= to; block++)
    for (const { writer } of processes) await writer.onHead(chain.moveTo(Math.max(block, chain.block)), signal);
}

/** What another process finds when the holder has been silent for too long. */
async function expire(keys: StateKeys): Promise<void> {
  await redis.del(keys.writer);
}

describe("a ledger with replicas", () => {
  it("has an entry only when the master that a replica follows has it", async () => {
    const keys = freshKeys();
    const asked: string[][] = [];
    let there = true;
    const ledger = createWeightsLedger(redis, keys, undefined, async (key, field) => {
      asked.push(field === undefined ? [key] : [key, field]);
      if (!there) return null;
      return field === undefined ? await redis.get(key) : await redis.hget(key, field);
    });
    const entry = { ...intent, epoch: 7 };
    await ledger.put(entry);
    await ledger.putGuard({ version: 1 });
    expect(asked).toEqual([[keys.ledger, "7"], [keys.guard]]);
    // Another master answers, which never heard of the write.
    there = false;
    await expect(ledger.put(entry)).rejects.toMatchObject({ code: "E_REDIS_NOT_REPLICATED" });
    await expect(ledger.putGuard({ version: 1 })).rejects.toMatchObject({ code: "E_REDIS_NOT_REPLICATED" });
  });
});

describe("several processes with the weights role", () => {
  it("set weights once per tempo, by the one with the lease", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await b.lease.take();
    await blocks(chain, 100, 159, a, b);
    expect(chain.submissions).toHaveLength(3);
    expect(a.writer.view().lastSubmittedBlock).toBeGreaterThan(150);
    expect(b.writer.view()).toMatchObject({ waitingFor: "the writer's lease", lastSubmittedBlock: undefined });
  });

  it("go on without a pause when the holder dies: what it signed is known", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await b.lease.take();
    await blocks(chain, 100, 119, a, b);
    await expire(keys);
    await b.lease.take();
    await blocks(chain, 120, 159, b);
    expect(chain.submissions).toHaveLength(3);
    expect(b.stops).toEqual([]);
    expect(b.writer.view()).toMatchObject({ lastRevealedBlock: 140 });
  });

  it("do not take each other for strangers: who slept through its end stands by", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await blocks(chain, 100, 119, a);
    await expire(keys);
    await b.lease.take();
    await blocks(chain, 120, 139, b);
    // The old holder still believes in its lease.
    expect(a.lease.held()).toBeDefined();
    await blocks(chain, 140, 142, a, b);
    expect(a.stops).toEqual([]);
    expect(a.lease.held()).toBeUndefined();
    expect(a.writer.view().waitingFor).toBe("the writer's lease");
    // And may have it again, with what the other one did in its ledger.
    await b.lease.release();
    await a.lease.take();
    await blocks(chain, 143, 199, a, b);
    expect(chain.submissions).toHaveLength(5);
    expect([a.stops, b.stops]).toEqual([[], []]);
  });

  it("sign nothing under a lease that is gone: the write before it is refused", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await blocks(chain, 100, 109, a);
    const prepare = chain.prepare.bind(chain);
    chain.prepare = async (request) => {
      // The process is stopped here for longer than its lease holds.
      await expire(keys);
      await b.lease.take();
      return await prepare(request);
    };
    await blocks(chain, 110, 110, a);
    expect(chain.submissions).toEqual([]);
    chain.prepare = prepare;
    await blocks(chain, 111, 119, a, b);
    expect(chain.submissions).toHaveLength(1);
    expect([a.stops, b.stops]).toEqual([[], []]);
  });

  it("are not stopped by a lease that ran out and that nobody else wants", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const a = processOn(chain, keys, "a");
    await a.lease.take();
    const held = a.lease.held();
    const prepare = chain.prepare.bind(chain);
    chain.prepare = async (request) => {
      // A busy machine: whatever renews the lease comes too late each time.
      await expire(keys);
      return await prepare(request);
    };
    await blocks(chain, 100, 110, a);
    expect(chain.submissions).toHaveLength(1);
    await a.lease.take();
    expect(a.lease.held()).toBe(held);
    await blocks(chain, 111, 139, a);
    expect(chain.submissions).toHaveLength(2);
    expect(a.stops).toEqual([]);
  });

  it("do nothing before they have read the ledger, however often that fails", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await blocks(chain, 100, 119, a);
    await a.lease.release();
    await b.lease.take();
    const guard = await redis.get(keys.guard);
    await redis.set(keys.guard, "{");
    for (const block of [120, 121]) await expect(blocks(chain, block, block, b)).rejects.toThrow();
    await redis.set(keys.guard, guard!);
    await blocks(chain, 122, 139, b);
    expect(chain.submissions).toHaveLength(2);
    expect(b.stops).toEqual([]);
  });

  it("know an extrinsic that comes late from a holder that was replaced", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await blocks(chain, 100, 109, a);
    const submit = chain.submit.bind(chain);
    chain.submit = async (prepared, options) =>
      await submit(prepared, {
        ...options,
        onSigned: async (signed) => {
          await options.onSigned(signed);
          // Signed and written down; what follows reaches the chain after the hand-over.
          await expire(keys);
          await b.lease.take();
        },
      });
    await blocks(chain, 110, 110, a);
    chain.submit = submit;
    expect(chain.submissions).toHaveLength(1);
    await blocks(chain, 112, 119, b, a);
    expect(chain.submissions).toHaveLength(1);
    expect(b.writer.view()).toMatchObject({ lastSubmittedBlock: 111, waitingFor: "next epoch" });
    expect([a.stops, b.stops]).toEqual([[], []]);
  });

  it("still stop for a stranger on the same hotkey", async () => {
    const [chain, keys] = [new FakeWeightsChain(), freshKeys()];
    const [a, b] = [processOn(chain, keys, "a"), processOn(chain, keys, "b")];
    await a.lease.take();
    await blocks(chain, 100, 118, a, b);
    chain.foreign();
    await blocks(chain, 120, 121, a, b);
    expect(a.stops.map(({ code }) => code)).toEqual(["E_VALIDATOR_DOPPELGANGER"]);
    // The one that takes over waits for a quiet tempo instead of going on where the other one stopped.
    await a.lease.release();
    await b.lease.take();
    await blocks(chain, 122, 139, b);
    expect(chain.submissions).toHaveLength(1);
    expect(b.writer.view().waitingFor).toBe("a quiet tempo");
  });
});
