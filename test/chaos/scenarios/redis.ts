import { delay } from "@subnetkit/shared/util/delay";
import { type Network, roundBlocks } from "../harness/network.ts";
import { tempo } from "../harness/world.ts";
import { anyCast, together } from "./casts.ts";
import type { Scenario } from "./scenario.ts";

/** Time within which a round must be settled again once nothing is broken any more, milliseconds. */
const recoveryMs = 40_000;

/** Waits until a round is settled that begins later than now. */
export async function nextRound({ chain, rounds, within }: Network): Promise<void> {
  const now = Math.floor((await chain.head()) / roundBlocks);
  await within(recoveryMs, "a round that begins later", async () => (await rounds.lastSettled()) > now);
}

/** The worker connections can no longer take a job, and no error tells. */
export const workersStarve: Scenario = {
  name: "starve",
  what: "jobs wait and no worker gets any (trap 5)",
  network: () => ({ cast: together }),
  async run(network) {
    const { random, redisTap, members } = network;
    await nextRound(network);
    await delay(random.whole(0, 3_000));
    const from = performance.now();
    await network.during("no worker gets a job", async () => {
      // The one script that takes a job; all else goes on, so Redis looks well.
      redisTap.deafTo(/lockDuration/);
      await network.within(100_000, "the process to end by itself", () => members[0]?.exits.length === 1);
      redisTap.deafTo(undefined);
      await members[0]?.ready();
      await nextRound(network);
    });
    const [event] = members[0]?.events().filter(({ type }) => type === "error") ?? [];
    await network.blocks(tempo);
    if (event?.["code"] !== "E_NO_WORK_STARTED")
      throw new Error(`it ended for another reason: ${JSON.stringify(event)}`);
    return `a round again after ${((performance.now() - from) / 1_000).toFixed(1)} s`;
  },
};

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

/** Time in which a connection to Redis that says nothing must be given up, milliseconds: a worker's own limit is fifteen seconds. */
const noticeMs = 20_000;

/** The peer of every connection to Redis vanishes without a word (trap 4). */
export const redisVanishes: Scenario = {
  name: "redis-vanishes",
  what: "connections to Redis go dead without a word",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, redisTap } = network;
    await delay(random.whole(300, 2_500));
    const from = performance.now();
    await network.during("connections to Redis are dead", async () => {
      redisTap.vanish();
      await network.within(noticeMs, "everybody to notice", () => redisTap.dead() === 0);
      await nextRound(network);
    });
    const seconds = ((performance.now() - from) / 1_000).toFixed(1);
    await network.blocks(random.whole(20, 40));
    return `a round again after ${seconds} s`;
  },
};
