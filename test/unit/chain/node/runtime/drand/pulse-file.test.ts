import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPulseFile } from "../../../../../../chain/src/node/runtime/drand/pulse-file.ts";

const line = (round: number, more: Record<string, unknown> = {}): string =>
  `${JSON.stringify({ round, randomness: "ab".repeat(32), signature: "cd".repeat(48), ...more })}\n`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pulses-"));
  file = path.join(folder, "pulses.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a file of recorded pulses", () => {
  it("gives the pulse of a round, hex with or without 0x, in any order, blank lines aside", () => {
    writeFileSync(file, `${line(7)}\n${line(3, { signature: `0x${"EF".repeat(48)}`, previous_signature: "00" })}`);
    const pulses = openPulseFile(file);
    expect(pulses.get(7n)?.randomness).toEqual(new Uint8Array(32).fill(0xab));
    expect(pulses.get(3n)?.signature).toEqual(new Uint8Array(48).fill(0xef));
    expect(pulses.get(5n)).toBeUndefined();
  });

  it("derives a randomness that the line leaves out", () => {
    writeFileSync(file, line(1_000, { randomness: undefined, signature: RECORDED.signature }));
    expect(bytesToHex(openPulseFile(file).get(1_000n)?.randomness ?? new Uint8Array())).toBe(RECORDED.randomness);
  });

  it("may grow: a line counts once it is whole", () => {
    writeFileSync(file, "");
    const pulses = openPulseFile(file);
    appendFileSync(file, line(9).slice(0, 40));
    pulses.refresh();
    expect(pulses.get(9n)).toBeUndefined();
    appendFileSync(file, line(9).slice(40));
    pulses.refresh();
    expect(pulses.get(9n)?.round).toBe(9n);
  });

  it("names the line that is no pulse and keeps the others", () => {
    writeFileSync(file, line(1));
    const pulses = openPulseFile(file);
    appendFileSync(file, `${line(2)}{"round": 3}\n${line(4)}`);
    expect(() => pulses.refresh()).toThrow(/line 3, is no pulse/);
    expect([1n, 2n, 4n].map((round) => pulses.get(round)?.round)).toEqual([1n, 2n, 4n]);
    expect(() => pulses.refresh()).not.toThrow();
  });

  it.each([
    ["text that is no JSON", "round 1000\n"],
    ["a signature of another length", line(1, { signature: "cd".repeat(96) })],
    ["round 0", line(0)],
  ])("refuses %s with a coded error", (_what, text) => {
    writeFileSync(file, text);
    expect(() => openPulseFile(file)).toThrow(expect.objectContaining({ code: "E_DRAND_PULSES" }));
  });

  it("refuses a file that is not there, and a line without end", () => {
    expect(() => openPulseFile(path.join(folder, "none"))).toThrow(/cannot be read/);
    writeFileSync(file, " ".repeat(70_000));
    expect(() => openPulseFile(file)).toThrow(/longer than/);
  });
});

/** Round 1000 of quicknet. */
const RECORDED = {
  signature: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
  randomness: "0xfe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
};
