import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEvidenceLog } from "../../../../validator/src/evidence/evidence-log.ts";
import { replayEvidence } from "../../../../validator/src/evidence/replay.ts";
import { witnessRound } from "../../../../validator/src/evidence/round-entry.ts";
import { planOf } from "../support/plan.ts";
import { sumSubnet } from "../support/subnet.ts";
import {
  flip,
  freshDirectory,
  keypair,
  logFiles,
  miners,
  openLog,
  opening,
  playRound,
  writeRounds,
} from "./support.ts";

let directory: string;
beforeEach(() => (directory = freshDirectory()));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const modules = { subnet: sumSubnet };

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
}

describe("an evidence log", () => {
  it("goes on after a restart where it was, with one opening while the rules stay", async () => {
    const first = openLog(directory);
    const emas = await writeRounds(first, 0, 2);
    const head = first.head();
    first.close();
    const second = openLog(directory);
    expect(second.head()).toEqual(head);
    expect(second.lastRound()).toBe(2);
    await writeRounds(second, 3, 4, emas);
    second.close();
    const report = await replayEvidence({ directory }, modules);
    // One opening, five rounds, one row of weights and its fate.
    expect(report).toMatchObject({ difference: null, entries: 8, roundsVerified: 5, weightsVerified: 1, gaps: [] });
  });

  it("writes a new opening when the rules changed, and refuses those of another hotkey", async () => {
    const first = openLog(directory);
    await writeRounds(first, 0, 0);
    first.close();
    const second = openLog(directory, undefined, { ...opening, shape: { kind: "linear" } });
    expect(second.head().seq).toBe(2);
    second.close();
    const other = { ...opening, hotkey: keypairFromUri("//Other").address };
    expect(codeOf(() => openLog(directory, undefined, other))).toBe("E_EVIDENCE_FOREIGN");
  });

  it("writes a round once, however often it is settled", async () => {
    const log = openLog(directory);
    const { body, replies } = witnessRound(await playRound(planOf(7, miners), new Map(), 6));
    expect([log.appendRound(body, replies), log.appendRound(body, replies)]).toEqual([true, false]);
    log.close();
    const again = openLog(directory);
    expect(again.appendRound(body, replies)).toBe(false);
    again.close();
    expect(await replayEvidence({ directory }, modules)).toMatchObject({ entries: 2, roundsVerified: 1 });
  });

  it("cuts what a crash tore, wherever it came, and goes on", async () => {
    const log = openLog(directory);
    const emas = await writeRounds(log, 0, 0);
    log.close();
    const [entriesFile, repliesFile] = logFiles(directory) as [string, string];
    const kept = [statSync(entriesFile).size, statSync(repliesFile).size] as const;
    const more = openLog(directory);
    const after = new Map(emas);
    await writeRounds(more, 1, 1, after);
    more.close();
    const whole = [readFileSync(entriesFile), readFileSync(repliesFile)] as const;
    for (let cut = kept[0]; cut < whole[0].length; cut += 97) {
      writeFileSync(entriesFile, whole[0].subarray(0, cut));
      writeFileSync(repliesFile, whole[1]);
      const reopened = openLog(directory);
      expect(reopened.lastRound()).toBe(0);
      await writeRounds(reopened, 1, 1, new Map(emas));
      reopened.close();
      expect(await replayEvidence({ directory }, modules)).toMatchObject({ difference: null, roundsVerified: 2 });
    }
  });

  it("begins a new segment when replies are gone that its entries name", async () => {
    const log = openLog(directory);
    const emas = await writeRounds(log, 0, 1);
    log.close();
    truncateSync(logFiles(directory)[1]!, 10);
    const again = openLog(directory);
    await writeRounds(again, 2, 3, emas);
    again.close();
    expect(logFiles(directory)).toHaveLength(4);
    expect((await replayEvidence({ directory }, modules)).difference).toMatchObject({ field: "replies", round: 0 });
  });

  it("refuses a log that was damaged in its middle, and one that another process writes", async () => {
    const log = openLog(directory);
    await writeRounds(log, 0, 3);
    log.close();
    flip(logFiles(directory)[0]!, 200);
    expect(codeOf(() => openLog(directory))).toBe("E_EVIDENCE_CORRUPT");
    writeFileSync(`${directory}/lock`, "1\n");
    expect(codeOf(() => openLog(directory))).toBe("E_EVIDENCE_LOCKED");
  });

  it("stays within its bytes by dropping the oldest segments, and what is left still verifies", async () => {
    const log = openLog(directory, 1024 * 1024);
    const emas = new Map<string, number>();
    const many = Array.from({ length: 120 }, (_, i) => `miner-${i}`);
    for (let round = 0; round < 60; round++) {
      const answer = (_: string, sum: number) => ({ kind: "answered", latencyMs: round, body: { sum } }) as const;
      const { body, replies } = witnessRound(await playRound(planOf(round, many), emas, round - 1, answer));
      log.appendRound(body, replies);
    }
    expect(log.bytes()).toBeLessThan(1024 * 1024 * 1.3);
    log.close();
    const report = await replayEvidence({ directory }, modules);
    expect(report).toMatchObject({ difference: null, lastRound: 59, gaps: [] });
    expect(report.firstRound).toBeGreaterThan(0);
  });

  it("keeps nothing of an entry that the disk has no room for", async () => {
    let room = 3_000;
    const write = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number => {
      if (room < length) throw new Error("ENOSPC");
      room -= length;
      return writeSync(fd, bytes, offset, length, position);
    };
    const log = openEvidenceLog({ directory, maxBytes: 8e6, opening }, { keypair, nowMs: () => 1, write });
    const rounds = [0, 1, 2, 3];
    const emas = new Map<string, number>();
    const codes = [];
    for (const round of rounds) {
      const { body, replies } = witnessRound(await playRound(planOf(round, miners), emas, round - 1));
      codes.push(codeOf(() => log.appendRound(body, replies)));
    }
    expect(codes.at(-1)).toBe("E_EVIDENCE_WRITE");
    const written = codes.filter((code) => code === undefined).length;
    log.close();
    const again = openLog(directory);
    expect(again.lastRound()).toBe(written - 1);
    again.close();
    appendFileSync(logFiles(directory)[0]!, "");
    expect(await replayEvidence({ directory }, modules)).toMatchObject({ difference: null, roundsVerified: written });
  });
});
