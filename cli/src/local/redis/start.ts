import { spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { delay } from "@subnetkit/shared/util/delay";
import { pingRedis } from "./ping.ts";
import type { RedisServer } from "./provision.ts";
import { redisServerArgs } from "./server-options.ts";

/** A running private Redis. `stop` ends it and waits until it is gone. */
export type RunningRedis = { readonly url: string; readonly port: number; readonly pid: number; stop(): Promise<void> };

/**
 * Starts a provisioned server directly (without the supervisor) and waits until it answers: what a test needs. Throws E_REDIS_UNREACHABLE when
 * it does not answer in ten seconds or ends before. The server dies with this process only if `stop` is called.
 */
export async function startRedis(
  server: RedisServer,
  { port, dataDir }: { port: number; dataDir: string },
): Promise<RunningRedis> {
  mkdirSync(dataDir, { recursive: true });
  const logFile = path.join(dataDir, "redis.log");
  const log = openSync(logFile, "a");
  const child = spawn(server.command, [...server.args, ...redisServerArgs({ port, dataDir })], {
    env: { ...process.env, ...server.env },
    stdio: ["ignore", log, log],
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const url = `redis://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 10_000; !(await pingRedis(port)); await delay(25)) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw appError("E_REDIS_UNREACHABLE", { address: `127.0.0.1:${port}`, problem: `see ${logFile}` });
    }
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 4000);
      await exited;
      clearTimeout(timer);
    },
  };
}
