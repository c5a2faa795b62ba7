import { Redis } from "ioredis";
import { afterAll, beforeAll } from "vitest";
import { stateKeys, type StateKeys } from "../../../../validator/src/store/keys.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";

let counter = 0;

/** A prefix no other test uses. */
export function freshPrefix(): string {
  counter += 1;
  return `{val:test-${process.pid}-${counter}}`;
}

/** The keys of a fresh, empty state for netuid 2. */
export function freshKeys(): StateKeys {
  return stateKeys(freshPrefix(), 2);
}

/** A client of a test's own. */
export function client(port: number): Redis {
  return new Redis({ port, host: "127.0.0.1", commandTimeout: 2_000, maxRetriesPerRequest: 3 });
}

/** A Redis for all tests of a file, and a client of it, which `take` gets before the first of them. */
export function useTestRedis(take: (redis: Redis) => void): void {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = client(server.port);
    take(redis);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
}
