import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Supervisor, type SupervisorOptions } from "@subnetkit/cli/local/supervisor/supervisor";
import type { ProcessKind, ProcessNotice, ProcessSpec } from "@subnetkit/cli/local/supervisor/supervised";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isGone, textOf, until } from "../../../../support/processes.ts";

const stub = path.resolve(import.meta.dirname, "../../../../support/fixtures/stub-process.mjs");

describe("the supervisor", () => {
  let folder: string;
  let supervisor: Supervisor;
  let notices: { name: string; notice: ProcessNotice }[];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "supervisor-"));
    notices = [];
  });

  afterEach(() => {
    supervisor.killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (options: Partial<SupervisorOptions> = {}): Supervisor => {
    supervisor = new Supervisor({
      logsFolder: path.join(folder, "logs"),
      onNotice: (process, notice) => notices.push({ name: process.spec.name, notice }),
      policy: { delaysMs: [1, 1, 1, 1, 1], healthyMs: 60_000 },
      readyPollMs: 10,
      ...options,
    });
    return supervisor;
  };

  const marks = (name: string): string => path.join(folder, name);

  const spec = (name: string, behaviour: string, kind: ProcessKind = "miner"): ProcessSpec => {
    mkdirSync(marks(name), { recursive: true });
    return {
      name,
      kind,
      critical: false,
      command: { command: process.execPath, args: [stub, behaviour, marks(name)], env: process.env, cwd: folder },
      ready: () => Promise.resolve(existsSync(path.join(marks(name), "ready"))),
    };
  };

  const kinds = (name: string): string[] =>
    notices.filter((entry) => entry.name === name).map(({ notice }) => notice.kind);

  it("says when a process serves, and passes on what it writes to fd 3", async () => {
    const process = make().start(spec("a", "serves"));
    await until("it serves", () => process.state === "running");
    await until("its event came", () => kinds("a").includes("event"));
    expect(kinds("a")).toEqual(expect.arrayContaining(["started", "ready", "event"]));
    expect(notices.find(({ notice }) => notice.kind === "event")?.notice).toMatchObject({
      event: { type: "process.ready", from: "stub" },
    });
  });

  it("starts a dead process five times again and then gives it up, with the last complaint of its log", async () => {
    const process = make().start(spec("a", "crashes"));
    await until("it is given up", () => process.state === "gaveUp");
    expect(
      readFileSync(path.join(marks("a"), "starts"), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(6);
    const attempts = notices.flatMap(({ notice }) => (notice.kind === "restarting" ? [notice.attempt] : []));
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    const exit = notices.find(({ notice }) => notice.kind === "exited")?.notice;
    expect(exit).toMatchObject({ exit: { code: 7, signal: null }, lastError: "the stub cannot go on" });
  });

  it("does not start a process again that says that it cannot go on, until a person asks for it", async () => {
    const process = make().start(spec("a", "refuses"));
    await until("it is given up", () => process.state === "gaveUp");
    expect(kinds("a")).toEqual(expect.arrayContaining(["started", "exited", "gaveUp"]));
    expect(kinds("a")).not.toContain("restarting");
    expect(notices.findLast(({ notice }) => notice.kind === "gaveUp")?.notice).toMatchObject({
      attempts: 0,
      refused: true,
    });
    process.restart();
    await until("it is given up again", () => kinds("a").filter((kind) => kind === "gaveUp").length === 2);
    expect((await textOf(path.join(marks("a"), "starts"))).trim().split("\n")).toHaveLength(2);
  });

  it("stops validators before miners, miners before the chain, and Redis last", async () => {
    make();
    const order: ProcessKind[] = ["redis", "chain", "miner", "validator"];
    const processes = order.map((kind) => supervisor.start(spec(kind, "serves", kind)));
    await until("all serve", () => processes.every(({ state }) => state === "running"));
    const report = await supervisor.stopAll();
    expect(report.outcomes.map(({ name }) => name)).toEqual(["validator", "miner", "chain", "redis"]);
    const times = ["validator", "miner", "chain", "redis"].map((name) =>
      BigInt(readFileSync(path.join(marks(name), "stopped-at"), "utf8")),
    );
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
  });

  it("kills a process that does not go, after its grace time, and says so", async () => {
    const process = make({ graceMs: 200 }).start(spec("a", "hangs"));
    await until("it serves", () => process.state === "running");
    const pid = process.identity?.pid ?? 0;
    const report = await supervisor.stopAll();
    expect(report.outcomes).toMatchObject([{ name: "a", killed: true }]);
    expect(report.hung).toEqual([]);
    expect(existsSync(path.join(marks("a"), "ignored"))).toBe(true);
    expect(isGone(pid)).toBe(true);
  });

  it("kills everything that is left when the deadline of the whole stop passes, and names it", async () => {
    make({ graceMs: 60_000, stopDeadlineMs: 300 });
    const processes = [
      supervisor.start(spec("v", "hangs", "validator")),
      supervisor.start(spec("c", "hangs", "chain")),
    ];
    await until("both serve", () => processes.every(({ state }) => state === "running"));
    const report = await supervisor.stopAll();
    expect([...report.hung].sort()).toEqual(["c", "v"]);
    expect(processes.every(({ alive }) => !alive)).toBe(true);
  });

  it("leaves nothing of a process group behind, not even a child that ignores SIGTERM", async () => {
    const process = make().start(spec("a", "leaves-a-child"));
    await until("it serves", () => process.state === "running");
    const grandchild = Number(await textOf(path.join(marks("a"), "grandchild")));
    expect(isGone(grandchild)).toBe(false);
    await supervisor.stopAll();
    await until("the grandchild is gone", () => isGone(grandchild));
  });

  it("does not start anything again once it is stopping", async () => {
    make({ policy: { delaysMs: [50, 50, 50], healthyMs: 60_000 } });
    const process = supervisor.start(spec("a", "crashes"));
    await until("it waits for its restart", () => process.state === "waiting");
    await supervisor.stopAll();
    const starts = readFileSync(path.join(marks("a"), "starts"), "utf8");
    const stoppedAt = performance.now();
    await until("the restart would have come by now", () => performance.now() - stoppedAt > 100);
    expect(process.state).toBe("stopped");
    expect(readFileSync(path.join(marks("a"), "starts"), "utf8")).toBe(starts);
  });

  it("restarts a process on demand without counting it as a crash", async () => {
    const process = make().start(spec("a", "serves"));
    await until("it serves", () => process.state === "running");
    const before = process.identity?.pid;
    process.restart();
    await until("another one serves", () => process.state === "running" && process.identity?.pid !== before);
    expect(kinds("a")).not.toContain("restarting");
  });

  it("counts a command that cannot be started as an exit with 127", async () => {
    make({ policy: { delaysMs: [], healthyMs: 60_000 } });
    const missing = {
      ...spec("a", "serves"),
      command: { command: path.join(folder, "nothing-here"), args: [], env: {}, cwd: folder },
    };
    const process = supervisor.start(missing);
    await until("it is given up", () => process.state === "gaveUp");
    expect(notices.find(({ notice }) => notice.kind === "exited")?.notice).toMatchObject({ exit: { code: 127 } });
  });
});
