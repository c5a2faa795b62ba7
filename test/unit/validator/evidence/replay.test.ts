import { cpSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import path from "node:path";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { readRecords, RecordFile } from "@subnetkit/shared/storage/record-file";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoundEntry } from "../../../../validator/src/evidence/entry.ts";
import { type ReplayOptions, replayEvidence } from "../../../../validator/src/evidence/replay.ts";
import { witnessRound } from "../../../../validator/src/evidence/round-entry.ts";
import { drawSample } from "../../../../validator/src/round/sampling.ts";
import { planOf } from "../support/plan.ts";
import { sumSubnet } from "../support/subnet.ts";
import { flip, freshDirectory, logFiles, miners, openLog, playRound, writeRounds, writeWeights } from "./support.ts";

const original = freshDirectory();
let directory: string;
let head: { seq: number; hash: string };

beforeAll(async () => {
  const log = openLog(original);
  await writeRounds(log, 0, 5);
  head = log.head();
  log.close();
});
afterAll(() => rmSync(original, { recursive: true, force: true }));
beforeEach(() => (directory = freshDirectory()));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const replay = (options: Omit<ReplayOptions, "directory"> = {}) =>
  replayEvidence({ directory, ...options }, { subnet: sumSubnet });

/** A log with rounds as a dishonest validator would write them: well signed, but not what follows. */
async function cheat(change: (body: Omit<RoundEntry, "replies">) => Omit<RoundEntry, "replies">): Promise<void> {
  const log = openLog(directory);
  const emas = await writeRounds(log, 0, 1);
  const { body, replies } = witnessRound(await playRound(planOf(2, miners, { alpha: 0.3 }), emas, 1));
  log.appendRound(change(body), replies);
  log.close();
}

describe("replaying a log", () => {
  it("finds an honest one in order, bit for bit", async () => {
    cpSync(original, directory, { recursive: true });
    expect(await replay({ expected: head })).toMatchObject({
      difference: null,
      head,
      entries: 11,
      roundsVerified: 6,
      roundsPartly: 0,
      weightsVerified: 2,
      firstRound: 0,
      lastRound: 5,
      gaps: [],
    });
    expect(await replay({ from: 2, to: 3 })).toMatchObject({ difference: null, roundsVerified: 2 });
  });

  it("finds a flipped bit in any byte of any file", async () => {
    for (const file of logFiles(original)) {
      const size = statSync(file).size;
      for (let at = 0; at < size; at += at < 16 || at > size - 16 ? 1 : 41) {
        cpSync(original, directory, { recursive: true });
        flip(path.join(directory, path.basename(file)), at, 1 << (at % 8));
        expect((await replay()).difference, `${path.basename(file)} byte ${at}`).not.toBeNull();
      }
    }
  });

  it("finds an entry that was rewritten with its checksum, by its signature", async () => {
    cpSync(original, directory, { recursive: true });
    const file = logFiles(directory)[0]!;
    const { records } = readRecords(file);
    const texts = records.map((record) => Buffer.from(record).toString());
    // The last round is late by a millisecond less: nobody's score changes.
    const changed = texts.map((text, i) => (i === texts.length - 3 ? text.replace("400.25", "399.25") : text));
    expect(changed).not.toEqual(texts);
    const rewritten = new RecordFile(file, 0, { errorCode: "E_EVIDENCE_WRITE" });
    for (const text of changed) rewritten.append(Buffer.from(text));
    rewritten.close();
    expect((await replay()).difference).toMatchObject({ seq: texts.length - 3, field: "signature" });
  });

  it("finds an entry that was left out at the end only by the head that somebody noted", async () => {
    cpSync(original, directory, { recursive: true });
    const file = logFiles(directory)[0]!;
    const bytes = readFileSync(file);
    let at = 0;
    let last = 0;
    while (at < bytes.length) {
      last = at;
      at += 8 + bytes.readUInt32LE(at);
    }
    truncateSync(file, last);
    expect((await replay()).difference).toBeNull();
    expect((await replay({ expected: head })).difference).toMatchObject({ field: "head" });
  });

  it("names the miner whose score is not what its reply earned", async () => {
    await cheat((body) => ({
      ...body,
      scores: body.scores.map(([hotkey, score, before, after]) =>
        hotkey === "miner-c" ? [hotkey, 1, before, 0.3 + 0.7 * (before ?? 0)] : [hotkey, score, before, after],
      ),
    }));
    expect((await replay()).difference).toEqual({
      seq: 3,
      round: 2,
      hotkey: "miner-c",
      field: "score",
      was: "1",
      is: "0",
    });
  });

  it("names an average that does not follow, from the score or from the round before", async () => {
    await cheat((body) => ({
      ...body,
      scores: body.scores.map(([hotkey, score, before, after], i) => [hotkey, score, before, i === 0 ? 0.9 : after]),
    }));
    expect((await replay()).difference).toMatchObject({ round: 2, hotkey: "miner-a", field: "after", was: "0.9" });
    rmSync(directory, { recursive: true });
    await cheat((body) => ({
      ...body,
      scores: body.scores.map(([hotkey, score], i) =>
        i === 0 ? [hotkey, score, 0.99, 0.3 * score + 0.7 * 0.99] : [hotkey, score, null, 0.3 * score],
      ),
    }));
    expect((await replay()).difference).toMatchObject({ round: 2, hotkey: "miner-a", field: "before", was: "0.99" });
  });

  it("finds a challenge that is not that of its seed, and a reply that was dropped", async () => {
    await cheat((body) => ({ ...body, seed: "another" }));
    expect((await replay()).difference).toMatchObject({ round: 2, field: "request of sum" });
    rmSync(directory, { recursive: true });
    await cheat((body) => ({
      ...body,
      outcomes: body.outcomes.map((row) =>
        row.map((outcome, i) => (i === 0 ? ({ kind: "unreachable", reason: "connect" } as const) : outcome)),
      ),
    }));
    expect((await replay()).difference).toMatchObject({
      round: 2,
      hotkey: "miner-a",
      field: "score",
      was: "1",
      is: "0",
    });
  });

  it("finds weights that do not follow from the averages, and averages in them that are others", async () => {
    const log = openLog(directory);
    const emas = await writeRounds(log, 0, 1);
    writeWeights(log, new Map([...emas, ["miner-b", 0.9]]), 1);
    log.close();
    expect((await replay()).difference).toMatchObject({ hotkey: "miner-b", field: "score in weights", was: "0.9" });
  });

  it("finds a miner left out of the scores of weights", async () => {
    const log = openLog(directory);
    const emas = await writeRounds(log, 0, 1);
    writeWeights(log, new Map([...emas].filter(([hotkey]) => hotkey !== "miner-b")), 1);
    log.close();
    expect((await replay()).difference).toMatchObject({ hotkey: "miner-b", field: "score in weights", was: "none" });
  });

  it("accepts weights made from the averages of the round before the last", async () => {
    const log = openLog(directory);
    const emas = new Map(await writeRounds(log, 0, 0));
    const earlier = new Map(emas);
    await writeRounds(log, 1, 1, emas, 0);
    writeWeights(log, earlier, 0);
    log.close();
    expect(await replay()).toMatchObject({ difference: null, weightsVerified: 1 });
  });

  it.each([
    ["accepts", true],
    ["does not accept", false],
  ])(
    "%s a row that another process made and this one sent once more, if the averages lead to it: %s",
    async (_word, honest) => {
      const log = openLog(directory);
      const emas = new Map(await writeRounds(log, 0, 0));
      writeWeights(log, emas, 0);
      await writeRounds(log, 1, 1, emas, 0);
      const made = new Map(emas);
      await writeRounds(log, 2, 2, emas, 1);
      writeWeights(log, emas, 2, honest ? made : new Map([...made, ["miner-b", 0.9]]));
      log.close();
      const { difference } = await replay();
      expect(difference).toEqual(honest ? null : expect.objectContaining({ field: "earlier weights" }));
    },
  );

  it("checks weights that were told before their round once the round is there", async () => {
    for (const [honest, told] of [
      [true, true],
      [false, true],
      [true, false],
    ]) {
      directory = freshDirectory();
      const log = openLog(directory);
      const emas = new Map(await writeRounds(log, 0, 0));
      const { body, replies } = witnessRound(await playRound(planOf(1, miners, { alpha: 0.3 }), emas, 0));
      const then = new Map(body.scores.map(([hotkey, , , after]) => [hotkey, honest ? after : 0.123]));
      writeWeights(log, then, 1);
      if (told) log.appendRound(body, replies);
      log.close();
      const { difference, weightsVerified, weightsAhead } = await replay();
      expect(difference).toEqual(honest ? null : expect.objectContaining({ seq: 2, field: "score in weights" }));
      expect([weightsVerified, weightsAhead]).toEqual(told && honest ? [1, 0] : [0, 1]);
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("tells rounds that are missing, and follows the averages again from there", async () => {
    const log = openLog(directory);
    const emas = await writeRounds(log, 0, 1);
    await playRound(planOf(2, miners, { alpha: 0.3 }), emas, 1);
    await writeRounds(log, 3, 4, emas, 2);
    log.close();
    expect(await replay()).toMatchObject({ difference: null, gaps: [{ afterRound: 1, round: 3 }], roundsVerified: 4 });
  });

  it("checks averages only where a reply was too large to keep", async () => {
    const log = openLog(directory);
    const counted = await playRound(planOf(0, miners), new Map(), -1);
    const { body, replies } = witnessRound(counted, { oneBytes: 4, roundBytes: 100 });
    log.appendRound(body, replies);
    log.close();
    expect(await replay()).toMatchObject({ difference: null, roundsVerified: 0, roundsPartly: 1 });
  });

  it("draws the sample of a round again, and names a miner that was put in its place", async () => {
    const candidates = Array.from({ length: 9 }, (_, uid): [string, number, number] => [`miner-${uid}`, uid, uid / 10]);
    const sample = { policy: "stratified", size: 3, candidates } as const;
    const drawn = drawSample({ ...sample }, "seed-0");
    const chosen = candidates.filter(([hotkey]) => drawn.has(hotkey)).map(([hotkey]) => hotkey);
    const plan = planOf(0, [], {
      miners: candidates.flatMap(([hotkey, uid]) => (drawn.has(hotkey) ? [{ hotkey, uid, endpoint: null }] : [])),
      sample: { ...sample },
    });
    const log = openLog(directory);
    const emas = new Map<string, number>();
    const first = witnessRound(await playRound(plan, emas, -1));
    log.appendRound(first.body, first.replies);
    expect(await replay()).toMatchObject({ difference: null, roundsVerified: 1 });
    expect([...emas.keys()]).toEqual(chosen);
    // The next one asks a friend instead of the last of the sample.
    const friend = candidates.find(([hotkey]) => !drawn.has(hotkey))!;
    const swapped = [...plan.miners.slice(0, 2), { hotkey: friend[0], uid: friend[1], endpoint: null }];
    const second = witnessRound(await playRound({ ...plan, round: 1, miners: swapped }, emas, 0));
    log.appendRound(second.body, second.replies);
    log.close();
    expect((await replay()).difference).toMatchObject({ round: 1, field: "sample" });
  });

  it("refuses a directory without a log, and a subnet of another version", async () => {
    const codeOf = async (work: Promise<unknown>) =>
      await work.then(
        () => undefined,
        (error: unknown) => (isAppError(error) ? error.code : String(error)),
      );
    expect(await codeOf(replay())).toBe("E_EVIDENCE_NONE");
    cpSync(original, directory, { recursive: true });
    const other = { ...sumSubnet, version: 4 };
    expect(await codeOf(replayEvidence({ directory }, { subnet: other }))).toBe("E_EVIDENCE_SUBNET");
  });
});
