import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBuilt, freePortBase, root, runCli, temporaryFolder } from "../support/cli.ts";
import { startTestRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/processes.ts";

describe("a network whose processes somebody else runs, as containers do", () => {
  const folder = temporaryFolder();
  const children: ChildProcess[] = [];
  let redis: TestRedis;
  let base: number;

  const run = (bundle: string, args: readonly string[]): void => {
    children.push(spawn(process.execPath, [path.join(root, "dist", bundle), ...args], { cwd: root, stdio: "ignore" }));
  };
  const isReady = async (port: number): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready`, { signal: AbortSignal.timeout(1000) }).catch(
      () => null,
    );
    return answer?.ok === true;
  };

  beforeAll(async () => {
    ensureBuilt();
    redis = await startTestRedis();
    base = await freePortBase();
    const ports = ["--port", String(base + 44), "--metrics-port", String(base + 101)];
    run("chain.js", [...ports, "--state-dir", path.join(folder.path, "state", "chain")]);
    await until("the chain is ready", () => isReady(base + 101), 30_000);
  });

  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await redis?.stop();
    folder.remove();
  });

  it("is prepared by one command, which can be repeated, and runs from the configurations it writes", async () => {
    const args = ["local", "prepare", "--port-base", String(base), "--state-dir", folder.path];
    const first = await runCli(args, { env: { REDIS_URL: redis.url } });
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain("8 neurons");
    const again = await runCli(args, { env: { REDIS_URL: redis.url } });
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain("kept");
    const config = (name: string): string[] => ["--config", path.join(folder.path, "run", "config", `${name}.json`)];
    for (const name of ["miner-0", "miner-1"]) run("miner.js", config(name));
    run("validator.js", config("validator-0"));
    await until(
      "both miners and the validator are ready",
      async () => (await Promise.all([isReady(base + 500), isReady(base + 501), isReady(base + 120)])).every(Boolean),
      60_000,
    );
    const answered = async (): Promise<number> => {
      const status = (await (await fetch(`http://127.0.0.1:${base + 120}/status`)).json()) as {
        lastRound: { answered: number } | null;
      };
      return status.lastRound?.answered ?? 0;
    };
    await until("a round in which both miners answer", async () => (await answered()) === 2, 60_000);
  });
});
