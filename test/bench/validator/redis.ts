import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { provisionRedis } from "../../../cli/src/local/redis/provision.ts";
import { type RunningRedis, startRedis } from "../../../cli/src/local/redis/start.ts";
import { cloneRoot } from "../../../cli/src/system/clone-root.ts";

/** A Redis of the bench's own, as the local network's: append-only file, fsync before every answer. */
export async function startBenchRedis(): Promise<RunningRedis> {
  const folder = path.join(cloneRoot(), ".subnetkit");
  const server = await provisionRedis({ cacheDir: path.join(folder, "cache", "redis"), log: () => undefined });
  const dataDir = mkdtempSync(path.join(folder, "tmp", "bench-redis-"));
  const running = await startRedis(server, { port: await freePort(), dataDir });
  return {
    ...running,
    async stop() {
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
