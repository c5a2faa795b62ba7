import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Migration, openState } from "../../../../validator/src/store/schema.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { client, freshKeys } from "../support/state.ts";

const owner = { genesisHash: "0xaa", netuid: 2, hotkey: "5Own" };
let server: TestRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
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
