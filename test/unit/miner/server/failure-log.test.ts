import { logFailure } from "@subnetkit/miner/server/failure-log";
import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";

function logged(level: string): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: createLogger({ name: "miner", level, destination: { write } }), lines };
}

const failed = (problem: string) => ({ kind: "failed", problem, cause: new TypeError(problem) }) as const;

describe("what a miner says of a solver that fails", () => {
  it("is where it threw, and above debug nothing of what it said", () => {
    const { log, lines } = logged("info");
    logFailure("sum", failed("secret of the caller\n    at evil (/etc/passwd:1:1)"), log);
    expect(lines).toMatchObject([
      { level: "warn", task: "sum", kind: "failed", at: expect.stringMatching(/failure-log\.test\.ts:\d+:\d+$/) },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|passwd/);
  });

  it("is said with its words at debug", () => {
    const { log, lines } = logged("debug");
    logFailure("sum", { kind: "badResponse", problem: "sum is missing" }, log);
    expect(lines.map(({ level, problem }) => [level, problem])).toEqual([
      ["warn", undefined],
      ["debug", "sum is missing"],
    ]);
  });

  it("is said of each task at once, and then every ten seconds with how often", () => {
    const { log, lines } = logged("info");
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 100) logFailure("sum", failed("no"), log, nowMs);
    logFailure("sort", failed("no"), log, 10_000);
    expect(lines.map(({ task, untold }) => [task, untold])).toEqual([
      ["sum", undefined],
      ["sum", 99],
      ["sort", undefined],
    ]);
  });
});
