import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { createLogger } from "@subnetkit/shared/log/logger";
import { awaitState, claimState, createStores } from "../../../../validator/src/store/open-stores.ts";
import { type Migration, openState } from "../../../../validator/src/store/schema.ts";
import { freshKeys, freshPrefix, useTestRedis } from "../support/state.ts";

const owner = { genesisHash: "0xaa", netuid: 2, hotkey: "5Own" };
let redis: Redis;
useTestRedis((given) => {
  redis = given;
});

describe("opening the state", () => {
  it("claims empty keys, and finds the same secret again later", async () => {
    const keys = freshKeys();
    const created = await openState(redis, keys, owner);
    const loaded = await openState(redis, keys, owner);
    expect([created.kind, loaded.kind]).toEqual(["created", "loaded"]);
    expect(created.salt).toHaveLength(32);
    expect(loaded.salt).toEqual(created.salt);
  });

  it.each([
    ["genesisHash", { ...owner, genesisHash: "0xbb" }],
    ["netuid", { ...owner, netuid: 3 }],
    ["hotkey", { ...owner, hotkey: "5Other" }],
  ])("refuses state of another %s", async (field, other) => {
    const keys = freshKeys();
    await openState(redis, keys, owner);
    await expect(openState(redis, keys, other)).rejects.toMatchObject({ code: "E_STATE_FOREIGN", data: { field } });
  });

  it("refuses a layout from the future, and writes nothing", async () => {
    const keys = freshKeys();
    await openState(redis, keys, owner);
    await redis.hset(keys.meta, { version: 99 });
    await expect(openState(redis, keys, owner)).rejects.toMatchObject({
      code: "E_STATE_VERSION",
      data: { found: "99" },
    });
    expect(await redis.hget(keys.meta, "version")).toBe("99");
  });

  it("migrates an older layout step by step, and takes up where a crash left off", async () => {
    const keys = freshKeys();
    await openState(redis, keys, owner);
    const ran: number[] = [];
    let crash = true;
    const migrations: Migration[] = [
      { from: 1, run: async () => void ran.push(1) },
      {
        from: 2,
        run: async () => {
          ran.push(2);
          if (crash) throw new Error("power cut");
        },
      },
    ];
    await expect(openState(redis, keys, owner, { version: 3, migrations })).rejects.toThrow("power cut");
    expect(await redis.hget(keys.meta, "version")).toBe("2");
    crash = false;
    await openState(redis, keys, owner, { version: 3, migrations });
    expect(ran).toEqual([1, 2, 2]);
    expect(await redis.hget(keys.meta, "version")).toBe("3");
  });

  it("refuses an older layout that nothing migrates", async () => {
    const keys = freshKeys();
    await openState(redis, keys, owner);
    await expect(openState(redis, keys, owner, { version: 2, migrations: [] })).rejects.toMatchObject({
      code: "E_STATE_VERSION",
    });
  });
});

describe("a process without a chain connection", () => {
  const { netuid, hotkey } = owner;
  const anyChain = { netuid, hotkey, genesisHash: undefined };
  const signal = new AbortController().signal;
  const log = createLogger({ name: "test", level: "silent" });
  const chain = {
    genesisHash: owner.genesisHash,
    blockMs: 12_000,
    head: () => ({ number: 50, hash: "0x", parentHash: "0x" }),
  };

  it("waits for one that has it, and learns the chain's facts and the secret from it", async () => {
    const stores = createStores({ prefix: freshPrefix(), netuid }, { redis });
    const waiting = awaitState(stores, anyChain, { redis, signal, log });
    const claimed = await claimState(stores, { netuid, hotkey, roundBlocks: 10 }, { redis, client: chain });
    expect(await waiting).toEqual(claimed);
    expect(claimed).toMatchObject({ genesisHash: "0xaa", blockMs: 12_000 });
  });

  it("gives up in the end, and refuses state of somebody else or of another chain than it was told", async () => {
    const stores = createStores({ prefix: freshPrefix(), netuid }, { redis });
    const modules = { redis, signal, log, waitMs: 0 };
    const codeOf = async (owner: typeof anyChain | { netuid: number; hotkey: string; genesisHash: string }) =>
      await awaitState(stores, owner, modules).then(
        () => "found",
        (error: { code: string }) => error.code,
      );
    expect(await codeOf(anyChain)).toBe("E_STATE_ABSENT");
    await claimState(stores, { netuid, hotkey, roundBlocks: 10 }, { redis, client: chain });
    expect(await codeOf(anyChain)).toBe("found");
    expect(await codeOf({ ...anyChain, genesisHash: "0xbb" })).toBe("E_STATE_FOREIGN");
    expect(await codeOf({ ...anyChain, hotkey: "5Other" })).toBe("E_STATE_FOREIGN");
  });
});
