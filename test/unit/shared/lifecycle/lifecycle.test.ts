import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
let folder = "";
let program = "";

beforeAll(async () => {
  folder = mkdtempSync(join(root, "node_modules/.lifecycle-test-"));
  program = join(folder, "child.mjs");
  const entry = fileURLToPath(new URL("fixtures/child.ts", import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { "@subnetkit/shared": join(root, "shared/src") },
    absWorkingDir: root,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Ended = { readonly code: number | null; readonly lines: readonly Record<string, unknown>[] };
type Child = {
  readonly process: ChildProcess;
  readonly ready: Promise<Record<string, unknown>>;
  readonly ended: Promise<Ended>;
  seen(text: string): Promise<void>;
};

/** Starts the fixture as a supervisor does; `ready` is its first event on descriptor 3. */
function start(mode: string, env: Record<string, string> = {}): Child {
  const child = spawn(process.execPath, [program, mode], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
    env: { ...process.env, SUBNETKIT_EVENTS_FD: "3", ...env },
  });
  const lines: Record<string, unknown>[] = [];
  const waiting: { text: string; resolve: () => void }[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => {
    lines.push(JSON.parse(line) as Record<string, unknown>);
    for (const { text, resolve } of waiting) if (line.includes(text)) resolve();
  });
  const ready = once(createInterface({ input: child.stdio[3] as Readable }), "line").then(
    ([line]) => JSON.parse(line as string) as Record<string, unknown>,
  );
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, lines }));
  return { process: child, ready, ended, seen: (text) => new Promise((resolve) => waiting.push({ text, resolve })) };
}

function steps({ lines }: Ended): unknown[] {
  return lines.filter(({ step }) => step !== undefined).map(({ step }) => step);
}

const inOrder = ["aborted", "closed second", "closed first"];

describe("a process with a lifecycle", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "ends with 0 on %s: loops are aborted, the last opened is closed first",
    async (signal) => {
      const child = start("idle");
      expect(await child.ready).toEqual({ type: "process.ready", stakeRao: "2" });
      child.process.kill(signal);
      const ended = await child.ended;
      expect(ended.code).toBe(0);
      expect(steps(ended)).toEqual(inOrder);
      expect(ended.lines.at(-1)).toMatchObject({ msg: "shut down", reason: signal, exitCode: 0 });
    },
  );

  it("ends with its stdin when the supervisor asked for a lifeline", async () => {
    const child = start("idle", { SUBNETKIT_LIFELINE: "1" });
    await child.ready;
    child.process.stdin?.end();
    const ended = await child.ended;
    expect(ended.code).toBe(0);
    expect(ended.lines.at(-1)).toMatchObject({ reason: "lifeline" });
    expect(steps(ended)).toEqual(inOrder);
  });

  it("lives on after its stdin when nobody asked for a lifeline", async () => {
    const child = start("idle");
    await child.ready;
    child.process.stdin?.end();
    child.process.kill("SIGTERM");
    expect((await child.ended).lines.at(-1)).toMatchObject({ reason: "SIGTERM" });
  });

  it.each([
    ["reject", "unhandledRejection", "nobody waits for me"],
    ["throw", "uncaughtException", "nobody catches me"],
  ])("closes and exits with 70 on %s, having said why", async (mode, origin, message) => {
    const ended = await start(mode).ended;
    expect(ended.code).toBe(70);
    expect(ended.lines.find(({ level }) => level === "fatal")).toMatchObject({ origin, err: { message } });
    expect(steps(ended)).toEqual(inOrder);
  });

  it("exits with the code it is given", async () => {
    expect((await start("shutdown").ended).code).toBe(4);
  });

  it("exits with 1, naming who hung, when a closer misses the deadline, and still closes the rest", async () => {
    const child = start("hang");
    await child.ready;
    child.process.kill("SIGTERM");
    const ended = await child.ended;
    expect(ended.code).toBe(1);
    expect(ended.lines.find(({ level }) => level === "error")).toMatchObject({
      closer: "hanging",
      err: { code: "E_TIMEOUT" },
    });
    expect(steps(ended)).toEqual(inOrder);
  });

  it("exits with 1, naming who failed, when a closer throws, and still closes the rest", async () => {
    const child = start("throwing");
    await child.ready;
    child.process.kill("SIGTERM");
    const ended = await child.ended;
    expect(ended.code).toBe(1);
    expect(ended.lines.find(({ level }) => level === "error")).toMatchObject({ closer: "throwing" });
    expect(steps(ended)).toEqual(inOrder);
  });

  it("exits at once with 130 on a second, different signal", async () => {
    const child = start("hang-long");
    await child.ready;
    const closing = child.seen("aborted");
    child.process.kill("SIGINT");
    await closing;
    child.process.kill("SIGTERM");
    const ended = await child.ended;
    expect(ended.code).toBe(130);
    expect(steps(ended)).toEqual(["aborted"]);
  });
});
