import { rmSync } from "node:fs";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replayEvidence } from "../../../../../validator/src/evidence/replay.ts";
import { createWitness } from "../../../../../validator/src/evidence/witness.ts";
import { type RoundScorer, scoreHere } from "../../../../../validator/src/round/scorer/round-scorer.ts";
import type { ScoreThread } from "../../../../../validator/src/round/scorer/score-thread.ts";
import { settleRound } from "../../../../../validator/src/round/settle.ts";
import { createRoundStore } from "../../../../../validator/src/store/round-store.ts";
import { createScoreStore } from "../../../../../validator/src/store/score-store.ts";
import { startTestRedis, type TestRedis } from "../../../../support/redis.ts";
import { freshDirectory, openLog, opening } from "../../evidence/support.ts";
import { planOf } from "../../support/plan.ts";
import { client, freshKeys } from "../../support/state.ts";
import { compiled, threadOf } from "./support.ts";

const log = createLogger({ name: "test", level: "silent" });
const { signal } = new AbortController();
let made: Awaited<ReturnType<typeof compiled>>;
let server: TestRedis;
let redis: Redis;
const threads: ScoreThread[] = [];
beforeAll(async () => {
  [made, server] = await Promise.all([compiled(), startTestRedis()]);
  redis = client(server.port);
});
afterAll(async () => {
  await Promise.all(threads.map((thread) => thread.close()));
  redis.disconnect();
  await server.stop();
});

/** Answers of a round in which b's never comes back from the scorer, unless it is harmless. */
async function asked(rounds: ReturnType<typeof createRoundStore>, round: number, word: string): Promise<void> {
  await rounds.pin(planOf(round, ["a", "b", "c"], { tasks: [{ id: "each", share: 1 }] }));
  const answer = (of: string) =>
    ({ kind: "answered", latencyMs: 10.5, body: { word: of === "b" ? word : "good" } }) as const;
  await rounds.stage(
    round,
    "each",
    ["a", "b", "c"].map((of) => [of, answer(of)] as const),
  );
}

describe("a round in which the scorer does not come back from a reply", () => {
  it("is counted once, the same by whoever counts it, and its evidence replays bit for bit", async () => {
    const directory = freshDirectory();
    const keys = freshKeys();
    const [rounds, scores] = [createRoundStore(redis, keys), createScoreStore(redis, keys)];
    const { name, version } = made.subnet;
    const evidence = openLog(directory, undefined, { ...opening, subnet: { name, version } });
    const scorerOf = () => {
      const { thread, lines } = threadOf(made, 250);
      threads.push(thread);
      return { thread, ended: () => lines.filter(({ level }) => level === "error").length };
    };
    const [first, second] = [scorerOf(), scorerOf()];
    const common = { subnet: made.subnet, rounds, scores, nowMs: () => 2_000 };
    for (const [round, word] of ["good", "loop", "good"].entries()) await asked(rounds, round, word);
    await settleRound(0, { ...common, scorer: first.thread }, signal);

    // One process scores the round and dies before it counts it; the next does not wait for the scorer again.
    const dies = { ...rounds, settle: () => Promise.reject(new Error("killed")) };
    await expect(settleRound(1, { ...common, rounds: dies, scorer: first.thread }, signal)).rejects.toThrow("killed");
    expect(first.ended()).toBe(1);
    expect(await rounds.givenUp(1)).toEqual([{ what: "reply", taskId: "each", of: "b" }]);
    const settled = await settleRound(1, { ...common, scorer: second.thread }, signal);
    expect(settled.result).toBe("applied");
    expect(settled.faults.map(({ code }) => code)).toEqual(["E_SCORER_TIMEOUT"]);

    // A third writes the evidence of both, from Redis alone.
    const witness = createWitness({ log, evidence, rounds, subnet: made.subnet, scorer: second.thread });
    await settleRound(0, { ...common, witness, scorer: second.thread }, signal);
    await settleRound(2, { ...common, witness, scorer: second.thread }, signal);
    expect(second.ended()).toBe(0);
    evidence.close();
    expect(await replayEvidence({ directory }, { subnet: made.subnet })).toMatchObject({
      difference: null,
      roundsVerified: 3,
      callsGivenUp: 1,
      gaps: [],
    });
    const before = await rounds.before(2);
    expect(before?.emas.get("b")).toBeLessThan(before?.emas.get("a") ?? 0);
    rmSync(directory, { recursive: true, force: true });
  });

  it("is counted by the calls that the round has given up, also by a process whose scorer came back from them", async () => {
    const keys = freshKeys();
    const rounds = createRoundStore(redis, keys);
    const common = { subnet: made.subnet, rounds, scores: createScoreStore(redis, keys), nowMs: () => 2_000 };
    await asked(rounds, 0, "good");
    const b = { what: "reply", taskId: "each", of: "b" } as const;
    let scored = 0;
    // Another process gives the call up while this one scores.
    const scorer: RoundScorer = {
      async score(input) {
        scored += 1;
        await rounds.giveUp(0, [b]);
        return await scoreHere(made.subnet, input);
      },
    };
    const settled = await settleRound(0, { ...common, scorer }, signal);
    expect(settled.result).toBe("applied");
    expect(scored).toBe(2);
    expect(settled.scores.find(({ hotkey }) => hotkey === "b")?.score).toBe(0);
    // What a round was counted with stays.
    expect(await rounds.giveUp(0, [{ ...b, of: "c" }])).toBe("settled");
    expect(await rounds.givenUp(0)).toEqual([b]);
  });

  it("leaves no evidence of scores that were not counted, in a process that gave up a call too late", async () => {
    const directory = freshDirectory();
    const keys = freshKeys();
    const [rounds, scores] = [createRoundStore(redis, keys), createScoreStore(redis, keys)];
    const { name, version } = made.subnet;
    const evidence = openLog(directory, undefined, { ...opening, subnet: { name, version } });
    const witness = createWitness({ log, evidence, rounds, subnet: made.subnet });
    const common = { subnet: made.subnet, rounds, scores, nowMs: () => 2_000 };
    for (const round of [0, 1, 2]) await asked(rounds, round, "good");
    await settleRound(0, { ...common, witness }, signal);
    const hasty: RoundScorer = {
      async score(input) {
        await settleRound(1, common, signal);
        const givenUp = [{ what: "reply", taskId: "each", of: "b" }] as const;
        return await scoreHere(made.subnet, { ...input, givenUp });
      },
    };
    expect((await settleRound(1, { ...common, witness, scorer: hasty }, signal)).result).toBe("already");
    await settleRound(2, { ...common, witness }, signal);
    evidence.close();
    expect(await replayEvidence({ directory }, { subnet: made.subnet })).toMatchObject({
      difference: null,
      roundsVerified: 3,
      callsGivenUp: 0,
      gaps: [],
    });
    rmSync(directory, { recursive: true, force: true });
  });
});
