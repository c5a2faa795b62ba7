import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { watchComplaints } from "@subnetkit/cli/local/supervisor/complaints";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

describe("what processes complain about in their logs", () => {
  let folder: string;
  let logFile: string;
  let said: string[];
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    folder = mkdtempSync(path.join(tmpdir(), "complaints-"));
    logFile = path.join(folder, "miner-0.log");
    said = [];
    stop = watchComplaints(
      () => ["miner-0", "miner-1"].map((name) => ({ name, logFile: path.join(folder, `${name}.log`) })),
      (process, text) => said.push(`${process} ${text}`),
    );
  });

  afterEach(() => {
    stop();
    vi.useRealTimers();
    rmSync(folder, { recursive: true, force: true });
  });

  const entry = (level: string, msg: string, more: object = {}): string =>
    `${JSON.stringify({ level, msg, ...more })}\n`;
  const look = (): void => void vi.advanceTimersByTime(1_000);

  it("is said with its reason and its place, and what is no complaint is not", () => {
    look();
    writeFileSync(
      logFile,
      entry("info", "miner listening") + entry("warn", "a job failed", { task: "sum", reason: "no key" }),
    );
    look();
    appendFileSync(
      logFile,
      entry("debug", "why", { task: "sum", problem: "my model fell over" }) + entry("debug", "loading"),
    );
    look();
    expect(said).toEqual(["miner-0 a job failed: no key (task sum)", "miner-0 why: my model fell over (task sum)"]);
  });

  it("is said once a minute, however often the log has it", () => {
    const line = entry("error", "the model's thread died", { reason: "out of memory" });
    for (let second = 0; second < 90; second++) {
      appendFileSync(logFile, line);
      look();
    }
    expect(said).toEqual(Array(2).fill("miner-0 the model's thread died: out of memory"));
  });

  it("is the same with other numbers in it, and not when it comes from another place or process", () => {
    const why = (n: number, at: string): string => entry("debug", "why", { task: "sum", at, problem: `no ${n}` });
    writeFileSync(logFile, why(1, "/a/b.ts:8:26") + why(22, "/a/b.ts:8:26") + why(3, "/a/b.ts:12:5"));
    writeFileSync(path.join(folder, "miner-1.log"), why(4, "/a/b.ts:8:26"));
    look();
    expect(said).toEqual([
      "miner-0 why: no 1 (task sum, at b.ts:8:26)",
      "miner-0 why: no 3 (task sum, at b.ts:12:5)",
      "miner-1 why: no 4 (task sum, at b.ts:8:26)",
    ]);
  });

  it("is read to the end of a line, from a log that was cut too, and once more at the end", () => {
    const first = entry("warn", "one");
    writeFileSync(logFile, first.slice(0, 10));
    look();
    expect(said).toEqual([]);
    appendFileSync(logFile, `${first.slice(10)}${entry("info", "much more than what comes after the cut")}`);
    look();
    truncateSync(logFile, 0);
    appendFileSync(logFile, entry("warn", "two"));
    look();
    appendFileSync(logFile, entry("warn", "three"));
    stop();
    expect(said).toEqual(["miner-0 one", "miner-0 two", "miner-0 three"]);
  });
});
