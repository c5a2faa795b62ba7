import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { delay } from "@subnetkit/shared/util/delay";
import { provisionRedis, type RedisServer } from "../../cli/src/local/redis/provision.ts";
import { type RunningRedis, startRedis } from "../../cli/src/local/redis/start.ts";
import { freePort } from "./free-port.ts";

/** A Redis of a test's own: empty, on a free port, durable as the local network's is. */
export type TestRedis = {
  readonly url: string;
  readonly port: number;
  /** Kills the server as a crash would (SIGKILL) and starts it again on the same port and data. */
  crash(): Promise<void>;
  /** Hangs the server (SIGSTOP): connections stand, nothing is answered. */
  freeze(): void;
  /** Ends {@link freeze}. */
  thaw(): void;
  stop(): Promise<void>;
};

const ownFolder = path.join(import.meta.dirname, "../../.subnetkit");
const cacheDir = path.join(ownFolder, "cache", "redis");

/** Starts a private server. Stop it in `afterAll`; it is also killed when the test process ends. */
export async function startTestRedis(): Promise<TestRedis> {
  const server = await provision();
  mkdirSync(path.join(ownFolder, "tmp"), { recursive: true });
  const dataDir = mkdtempSync(path.join(ownFolder, "tmp", "redis-"));
  const port = await freePort();
  let running: RunningRedis = await startRedis(server, { port, dataDir });
  const kill = (): void => {
    try {
      process.kill(running.pid, "SIGKILL");
    } catch {
      // Gone already.
    }
  };
  process.once("exit", kill);
  return {
    url: running.url,
    port,
    freeze: () => void process.kill(running.pid, "SIGSTOP"),
    thaw: () => void process.kill(running.pid, "SIGCONT"),
    async crash() {
      kill();
      running = await startRedis(server, { port, dataDir });
    },
    async stop() {
      process.removeListener("exit", kill);
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** One test file at a time may fetch the private copy into the shared folder; a lock that nobody holds any more is taken over. */
async function provision(): Promise<RedisServer> {
  const lock = `${cacheDir}.lock`;
  mkdirSync(path.dirname(cacheDir), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      if (age > 120_000) rmSync(lock, { recursive: true, force: true });
      await delay(50);
    }
  }
  try {
    return await provisionRedis({ cacheDir, log: () => undefined, env: { PATH: process.env["PATH"] } });
  } finally {
    rmdirSync(lock);
  }
}
