import {
  type AnyTask,
  createScoreEnv,
  type QueryOutcome,
  type Reply,
  type ScoreEnv,
  scoreReplies,
} from "@subnetkit/shared/subnet";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { addTask } from "./fixtures.ts";

const env = createScoreEnv({ block: 12, seed: "seed" });
const challenge = { request: { a: 1, b: 2 }, key: 3 };

type Seen = readonly Reply<{ sum: number }>[];
const each = (score: (reply: Reply<{ sum: number }>, env: ScoreEnv) => unknown): AnyTask =>
  ({
    ...addTask,
    scorer: { kind: "each", score: (_: unknown, reply: Reply<{ sum: number }>, e: ScoreEnv) => score(reply, e) },
  }) as unknown as AnyTask;
const round = (score: (replies: Seen, env: ScoreEnv) => unknown): AnyTask =>
  ({
    ...addTask,
    scorer: { kind: "round", score: (_: unknown, replies: Seen, e: ScoreEnv) => score(replies, e) },
  }) as unknown as AnyTask;

const answered = (uid: number, body: unknown, latencyMs = 10): QueryOutcome => ({
  kind: "answered",
  uid,
  body,
  latencyMs,
});
const failures: QueryOutcome[] = [
  { kind: "late", uid: 1 },
  { kind: "refused", uid: 2 },
  { kind: "malformed", uid: 3 },
  { kind: "unreachable", uid: 4 },
];

describe("scoreReplies", () => {
  it("calls malformed what the author's schema breaks on, and scores the others", () => {
    const response = z.object({ sum: z.number() }).refine(({ sum }) => {
      if (sum === 13) throw new TypeError("unlucky");
      return true;
    });
    const task = { ...each(() => 1), response } as unknown as AnyTask;
    const { scores, voided } = scoreReplies(task, challenge, [answered(1, { sum: 13 }), answered(2, { sum: 3 })], env);
    expect(voided).toBe(false);
    expect(scores).toEqual([
      { uid: 1, score: 0, reason: "malformed" },
      { uid: 2, score: 1, reason: "scored" },
    ]);
  });

  it("scores what was answered and keeps the order of the outcomes", () => {
    const result = scoreReplies(addTask, challenge, [answered(9, { sum: 3 }), answered(2, { sum: 4 })], env);
    expect(result).toEqual({
      scores: [
        { uid: 9, score: 1, reason: "scored" },
        { uid: 2, score: 0, reason: "scored" },
      ],
      faults: [],
      voided: false,
    });
  });

  it("scores failures 0 and never shows them to the author", () => {
    const seen: number[] = [];
    const task = each(({ uid }) => seen.push(uid));
    const { scores, faults } = scoreReplies(task, challenge, [...failures, answered(5, { sum: 3 })], env);
    expect(scores.map(({ score, reason }) => [score, reason])).toEqual([
      [0, "late"],
      [0, "refused"],
      [0, "malformed"],
      [0, "unreachable"],
      [1, "scored"],
    ]);
    expect(seen).toEqual([5]);
    expect(faults).toEqual([]);
  });

  it.each([[null], [{}], [{ sum: "3" }], [{ sum: 1.5 }], [[]], ["text"], [undefined]])(
    "calls the body %j malformed",
    (body) => {
      const { scores } = scoreReplies(addTask, challenge, [answered(1, body)], env);
      expect(scores).toEqual([{ uid: 1, score: 0, reason: "malformed" }]);
    },
  );

  it("clamps above 1, and makes negative, non-finite and foreign results 0 with a fault", () => {
    const results = [1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY, "1", null, undefined];
    const task = each(({ uid }) => results[uid]);
    const { scores, faults } = scoreReplies(
      task,
      challenge,
      results.map((_, uid) => answered(uid, { sum: 3 })),
      env,
    );
    expect(scores.map(({ score }) => score)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(scores.map(({ reason }) => reason)).toEqual(["scored", ...new Array(6).fill("scorerFault")]);
    expect(faults.map(({ code }) => code)).toEqual(new Array(6).fill("E_SCORER_RESULT"));
    expect(faults.at(-1)?.message).toContain("returned undefined for uid 6");
  });

  it("costs only the reply its score when an each scorer throws on it", () => {
    const task = each(({ uid }) => {
      if (uid === 1) throw new Error("hostile reply");
      return 0.5;
    });
    const { scores, faults, voided } = scoreReplies(
      task,
      challenge,
      [answered(1, { sum: 1 }), answered(2, { sum: 1 })],
      env,
    );
    expect(scores).toEqual([
      { uid: 1, score: 0, reason: "scorerFault" },
      { uid: 2, score: 0.5, reason: "scored" },
    ]);
    expect(faults.map(({ code, data }) => [code, data["uid"]])).toEqual([["E_SCORER_THREW", 1]]);
    expect(voided).toBe(false);
  });

  it("gives a round scorer the replies by uid and maps its scores back", () => {
    const task = round((replies) => replies.map(({ uid }) => uid / 10));
    const { scores } = scoreReplies(
      task,
      challenge,
      [answered(7, { sum: 1 }), ...failures, answered(5, { sum: 1 })],
      env,
    );
    expect(scores.map(({ uid, score }) => [uid, score])).toEqual([
      [7, 0.7],
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0.5],
    ]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("x");
      },
      "E_SCORER_THREW",
    ],
    ["gives too few scores", () => [1], "E_SCORER_RESULT"],
    ["gives no list", () => 1, "E_SCORER_RESULT"],
  ])("voids the round when a round scorer %s", (_, score, code) => {
    const { scores, faults, voided } = scoreReplies(
      round(score),
      challenge,
      [answered(1, { sum: 1 }), answered(2, { sum: 1 })],
      env,
    );
    expect(scores.map((s) => [s.score, s.reason])).toEqual([
      [0, "scorerFault"],
      [0, "scorerFault"],
    ]);
    expect(faults.map((fault) => fault.code)).toEqual([code]);
    expect(voided).toBe(true);
  });

  it("does not run a round scorer when nobody answered", () => {
    const task = round(() => {
      throw new Error("called");
    });
    expect(scoreReplies(task, challenge, failures, env)).toMatchObject({ faults: [], voided: false });
  });

  it("draws numbers that do not depend on who else answered or in which order", () => {
    const task = each((_, e) => e.random());
    const alone = scoreReplies(task, challenge, [answered(3, { sum: 1 })], env).scores[0]?.score;
    const amongOthers = scoreReplies(task, challenge, [answered(9, { sum: 1 }), answered(3, { sum: 1 })], env).scores[1]
      ?.score;
    expect(amongOthers).toBe(alone);
    const all = round((replies, e) => replies.map(() => e.random()));
    const there = scoreReplies(all, challenge, [answered(1, { sum: 1 }), answered(2, { sum: 1 })], env).scores;
    const back = scoreReplies(all, challenge, [answered(2, { sum: 1 }), answered(1, { sum: 1 })], env).scores;
    expect([...back].reverse()).toEqual(there);
  });

  it("gives the author a latency that is a number, whatever was measured", () => {
    const seen: number[] = [];
    const task = each(({ latencyMs }) => {
      seen.push(latencyMs);
      return 1;
    });
    const outcomes = [-5, Number.NaN, Number.POSITIVE_INFINITY, 20].map((latencyMs, uid) =>
      answered(uid, { sum: 3 }, latencyMs),
    );
    scoreReplies(task, challenge, outcomes, env);
    expect(seen).toEqual([0, 1000, 1000, 20]);
  });
});
