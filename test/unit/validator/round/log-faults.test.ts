import { appError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { logFaults } from "@subnetkit/validator/round/log-faults";
import { describe, expect, it } from "vitest";

function linesOf(level: string, ...faults: Parameters<typeof logFaults>[1]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  logFaults(7, faults, createLogger({ name: "validator", level, destination: { write } }));
  return lines;
}

const threw = (words: string) => appError("E_SCORER_THREW", { task: "sum", uid: 3 }, { cause: new TypeError(words) });
const gave = (problem: string) => appError("E_SCORER_RESULT", { task: "sum", uid: 3, problem });

describe("what a validator says of a scorer that fails", () => {
  it("is one line a round: who was scored, and where the scorer threw or what it gave", () => {
    expect(linesOf("info", threw("no"), gave("NaN"))).toMatchObject([
      { level: "warn", round: 7, faults: 2, code: "E_SCORER_THREW", at: expect.stringMatching(/\.ts:\d+:\d+$/) },
    ]);
    expect(linesOf("info", gave("NaN"))).toMatchObject([{ task: "sum", uid: 3, returned: "NaN" }]);
    expect(linesOf("info")).toEqual([]);
  });

  it("has its words, which may be a miner's, at debug only", () => {
    const faults = [threw("a miner's words"), gave("-4141")];
    expect(JSON.stringify(faults.map((fault) => linesOf("info", fault)))).not.toMatch(/words|4141/);
    expect(faults.map((fault) => linesOf("debug", fault)[1]?.["problem"])).toEqual([
      "a miner's words",
      expect.stringContaining("-4141"),
    ]);
  });
});
