import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CliRun, ensureBuilt, freePortBase, runCli, startCli, temporaryFolder } from "../support/cli.ts";
import { isGone, until } from "../support/processes.ts";

describe("stopping a network", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let run: CliRun;

  beforeAll(() => ensureBuilt());

  beforeEach(async () => {
    folder = temporaryFolder();
    run = startCli([
      "local",
      "start",
      "--state-dir",
      folder.path,
      "--port-base",
      String(await freePortBase()),
      "--miners",
      "2",
      "--json",
    ]);
  });

  afterEach(async () => {
    run.signal("SIGKILL");
    await run.allGone();
    folder.remove();
  });

  const runFile = (): string => path.join(folder.path, "run", "network.json");

  const pidOf = (name: string): number => {
    const event = run.events().findLast((entry) => entry.type === "process.started" && entry.process === name);
    return event?.type === "process.started" ? event.pid : 0;
  };

  it("with one interrupt ends everything in order within ten seconds, with exit code 0", async () => {
    await run.event("network.ready");
    const asked = Date.now();
    run.signal("SIGINT");
    const { code } = await run.ended;
    expect(code).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(run.events().at(-1)).toMatchObject({ type: "run.stopped", reason: "interrupted", exitCode: 0 });
    await run.allGone(1000);
    expect(existsSync(runFile())).toBe(false);
  });

  it("with two interrupts kills everything at once, with exit code 130", async () => {
    await run.event("network.ready");
    // A miner that hangs keeps the first stop busy until the second interrupt comes.
    process.kill(pidOf("miner-0"), "SIGSTOP");
    run.signal("SIGINT");
    await run.event("run.stopping");
    run.signal("SIGINT");
    const { code } = await run.ended;
    expect(code).toBe(130);
    await run.allGone(1000);
  });

  it("with an interrupt in the middle of set-up leaves nothing half-started, with exit code 130", async () => {
    await run.event("process.started");
    run.signal("SIGINT");
    const { code } = await run.ended;
    expect(code).toBe(130);
    await run.allGone(1000);
    expect(existsSync(runFile())).toBe(false);
  });

  it("kills a process that hangs, within ten seconds, and still ends with 0", async () => {
    await run.event("network.ready");
    process.kill(pidOf("miner-1"), "SIGSTOP");
    const asked = Date.now();
    run.signal("SIGTERM");
    const { code } = await run.ended;
    expect(code).toBe(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    await run.allGone(1000);
  });

  it("by killing the parent ends every child by its lifeline, and the next start clears the rest", async () => {
    await run.event("network.ready");
    const pids = run.childPids();
    run.signal("SIGKILL");
    await run.ended;
    await until("every child is gone", () => pids.every(isGone), 10_000);
    expect(existsSync(runFile())).toBe(true);
    const again = startCli([
      "local",
      "start",
      "--state-dir",
      folder.path,
      "--port-base",
      String(await freePortBase()),
      "--miners",
      "2",
      "--epochs",
      "1",
      "--json",
    ]);
    expect((await again.ended).code).toBe(0);
    await again.allGone();
  });

  it("from another terminal: status sees it, a second start is refused, and stop ends it", async () => {
    await run.event("network.ready");
    const where = ["--state-dir", folder.path];
    const second = await runCli(["local", "start", ...where]);
    expect(second.code).toBe(3);
    expect(second.stderr).toContain("E_ALREADY_RUNNING");

    const status = await runCli(["local", "status", ...where, "--json"]);
    expect(status.code).toBe(0);
    const { neurons } = JSON.parse(status.stdout) as { neurons: unknown[] };
    expect(neurons).toHaveLength(4);

    const env = await runCli(["local", "env", ...where]);
    expect(env.stdout).toMatch(/^CHAIN_URL=ws:\/\/127\.0\.0\.1:\d+$/m);

    const stop = await runCli(["local", "stop", ...where]);
    expect(stop.code).toBe(0);
    expect((await run.ended).code).toBe(0);
    await run.allGone(1000);
  });

  it("starts a miner that was killed again, and the network goes on", async () => {
    await run.event("network.ready");
    const before = pidOf("miner-0");
    process.kill(before, "SIGKILL");
    const exited = await run.event("process.exited");
    expect(exited).toMatchObject({ process: "miner-0", signal: "SIGKILL" });
    await until("another one is started", () => pidOf("miner-0") !== before);
    await until(
      "it is ready again",
      () => run.events().filter((event) => event.type === "process.ready" && event.process === "miner-0").length === 2,
      30_000,
    );
    run.signal("SIGINT");
    expect((await run.ended).code).toBe(0);
  });
});
