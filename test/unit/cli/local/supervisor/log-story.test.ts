import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { capLog, openRotatedLog } from "@subnetkit/cli/local/supervisor/log-file";
import { lastComplaint, readableTail } from "@subnetkit/cli/local/supervisor/log-story";
import { lastLines } from "@subnetkit/cli/system/tail";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("a process's log", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "log-"));
    file = path.join(folder, "miner-0.log");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const entry = (level: string, msg: string, more: object = {}): string =>
    JSON.stringify({ level, time: "2026-11-22T05:00:01.000Z", msg, ...more });

  it("is read for its last complaint, with the error's own words", () => {
    writeFileSync(
      file,
      [
        entry("error", "old"),
        entry("fatal", "cannot go on", { err: { message: "no model" } }),
        entry("info", "bye"),
      ].join("\n"),
    );
    expect(lastComplaint(file)).toBe("cannot go on: no model");
  });

  it("has no complaint when nothing went wrong, or when there is no log", () => {
    writeFileSync(file, entry("info", "shut down"));
    expect(lastComplaint(file)).toBe("");
    expect(lastComplaint(path.join(folder, "none.log"))).toBe("");
  });

  it("is read for an exception that Node itself printed", () => {
    writeFileSync(file, ["file:///x.js:1", "TypeError: x is not a function", "    at y"].join("\n"));
    expect(lastComplaint(file)).toBe("TypeError: x is not a function");
  });

  it("reads as time, words and what is wrong, an entry a line, other lines as they are", () => {
    writeFileSync(file, [entry("fatal", "over", { err: { code: "E_X", message: "no" } }), "plain words"].join("\n"));
    const clock = new Date("2026-11-22T05:00:01.000Z").toTimeString().slice(0, 8);
    expect(readableTail(file)).toEqual([`${clock}  fatal  over  E_X  no`, "plain words"]);
  });

  it("gives only its last lines, however long it is", () => {
    writeFileSync(file, Array.from({ length: 20_000 }, (_, i) => `line ${i}`).join("\n"));
    expect(lastLines(file, 2)).toEqual(["line 19998", "line 19999"]);
  });

  it("of earlier runs is kept three times", () => {
    for (let run = 1; run <= 5; run++) {
      openRotatedLog(folder, "miner-0");
      writeFileSync(file, `run ${run}`);
    }
    const kept = ["miner-0.log", "miner-0.1.log", "miner-0.2.log", "miner-0.3.log", "miner-0.4.log"];
    expect(kept.map((name) => lastLines(path.join(folder, name), 1)[0])).toEqual([
      "run 5",
      "run 4",
      "run 3",
      "run 2",
      undefined,
    ]);
  });

  it("is cut when it outgrows its bound, and what it held is kept once", () => {
    writeFileSync(file, "x".repeat(101));
    capLog(folder, "miner-0", 100);
    expect(lastLines(file, 1)).toEqual([]);
    expect(lastLines(path.join(folder, "miner-0.1.log"), 1)[0]).toHaveLength(101);
  });
});
