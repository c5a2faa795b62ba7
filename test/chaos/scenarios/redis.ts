import { delay } from "@subnetkit/shared/util/delay";
import { until } from "../../support/until.ts";
import { type Network, roundBlocks } from "../harness/network.ts";
import { anyCast } from "./casts.ts";
import type { Scenario } from "./scenario.ts";

/** Waits until a round is settled that begins later than now. */
export async function nextRound({ chain, rounds }: Network, deadlineMs = 120_000): Promise<void> {
  const now = Math.floor((await chain.head()) / roundBlocks);
  await until("a round that begins later", async () => (await rounds.lastSettled()) > now, deadlineMs);
}

/** Kills the server with what it had under way. */
export const redisCrashes: Scenario = {
  name: "redis-crash",
  what: "kill -9 and restart of Redis with AOF",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, redis } = network;
    for (let i = 0; i < 4; i++) {
      await delay(random.whole(300, 2_500));
      network.kills += 1;
      await network.during("Redis is started anew", async () => {
        await redis.crash();
        await nextRound(network);
      });
    }
    await network.blocks(random.whole(20, 40));
    return undefined;
  },
};

/** Every write is refused: for want of memory, or of a replica. */
export const redisRefuses: Scenario = {
  name: "redis-refuses",
  what: "Redis refusing writes",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, db } = network;
    const [setting, broken, whole] = random.pick([
      ["maxmemory", "1mb", "0"],
      ["min-replicas-to-write", "1", "0"],
    ] as const);
    for (let i = 0; i < 2; i++) {
      await delay(random.whole(300, 2_500));
      await network.during(`writes refused by ${setting}`, async () => {
        await db.config("SET", setting, broken);
        await delay(random.whole(500, 5_000));
        await db.config("SET", setting, whole);
        await nextRound(network);
      });
    }
    await network.blocks(random.whole(20, 40));
    return setting;
  },
};

/** Connections stand and nothing is answered, for longer than a job's lock lasts. */
export const redisHangs: Scenario = {
  name: "redis-hangs",
  what: "Redis hangs for longer than a lock",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, redis } = network;
    for (let i = 0; i < 2; i++) {
      await delay(random.whole(300, 2_500));
      await network.during("Redis hangs", async () => {
        redis.freeze();
        await delay(random.whole(1_500, 4_000));
        redis.thaw();
        await nextRound(network);
      });
    }
    await network.blocks(random.whole(20, 40));
    return undefined;
  },
};

/** The peer of every connection to Redis vanishes without a word (trap 4). */
export const redisVanishes: Scenario = {
  name: "redis-vanishes",
  what: "connections to Redis go dead without a word",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, redisProxy } = network;
    await delay(random.whole(300, 2_500));
    const from = performance.now();
    await network.during("connections to Redis are dead", async () => {
      redisProxy.vanish();
      await nextRound(network);
    });
    const seconds = ((performance.now() - from) / 1_000).toFixed(1);
    await network.blocks(random.whole(20, 40));
    return `a round again after ${seconds} s`;
  },
};
