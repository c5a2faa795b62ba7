import { existsSync } from "node:fs";
import path from "node:path";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { thrownAt } from "@subnetkit/shared/errors/thrown-at";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OrganicPair } from "../../../../../validator/src/organic/organic-pair.ts";
import type { Outcome } from "../../../../../validator/src/round/outcome.ts";
import type { Plan } from "../../../../../validator/src/round/plan-record.ts";
import {
  type RoundInput,
  type RoundResult,
  scoreHere,
} from "../../../../../validator/src/round/scorer/round-scorer.ts";
import type { ScoreThread } from "../../../../../validator/src/round/scorer/score-thread.ts";
import type { ScorerCall } from "../../../../../validator/src/round/scorer/scorer-call.ts";
import { freshDirectory } from "../../evidence/support.ts";
import { planOf } from "../../support/plan.ts";
import { compiled, threadOf } from "./support.ts";

const { signal } = new AbortController();
let made: Awaited<ReturnType<typeof compiled>>;
beforeAll(async () => {
  made = await compiled();
});

/** Short, and still longer than a scorer that is given no processor for a while. */
const callMs = 250;

const answered = (word: unknown): Outcome => ({ kind: "answered", latencyMs: 12.25, body: { word } });

/** A round of some tasks, in which each hotkey said what is given; `tasks` default to "each". */
function roundOf(
  said: Readonly<Record<string, unknown>>,
  { tasks = ["each"], ...fields }: { readonly tasks?: readonly string[] } & Partial<Omit<Plan, "tasks">> = {},
): RoundInput {
  const shares = tasks.map((id) => ({ id, share: 1 / tasks.length }));
  const plan = planOf(5, Object.keys(said), { ...fields, tasks: shares });
  const outcomes = new Map(
    Object.entries(said).map(([hotkey, word]): [string, Outcome] => [
      hotkey,
      word === "late" ? { kind: "late", latencyMs: 400, phase: "body" } : answered(word),
    ]),
  );
  return { plan, outcomes: tasks.map(() => outcomes), givenUp: [] };
}

const reply = (of: string, taskId = "each"): ScorerCall => ({ what: "reply", taskId, of });
type Scores = { readonly [hotkey in "a" | "b" | "c"]?: number };
const scoresOf = ({ scores }: RoundResult): Scores =>
  Object.fromEntries(scores.map(({ hotkey, score }) => [hotkey, score]));
const codesOf = ({ faults }: RoundResult) => faults.map(({ code }) => code);

/** What scoring here makes of a round in which some calls are known not to come back. */
const here = (input: RoundInput, givenUp: readonly ScorerCall[] = []) =>
  scoreHere(made.subnet, { ...input, givenUp: [...input.givenUp, ...givenUp] });

describe("a scorer in a thread of its own", () => {
  let thread: ScoreThread;
  beforeAll(() => {
    thread = threadOf(made, 5_000).thread;
  });
  afterAll(() => thread.close());

  it("gives the very scores, outcomes, faults and request hashes that scoring here gives", async () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(json, fc.constantFrom("throw", "late")), { maxLength: 12 }), async (words) => {
        const said = Object.fromEntries(words.map((word, i) => [`miner-${i}`, word]));
        const input = roundOf(said, { tasks: ["each", "all"], seed: `seed ${JSON.stringify(words)}` });
        const [there, own] = [await thread.score(input, signal), await here(input)];
        expect(there.scores.map(({ score }) => score)).toEqual(own.scores.map(({ score }) => score));
        expect(there.scores.every(({ score }, i) => Object.is(score, own.scores[i]?.score))).toBe(true);
        expect(there.scores).toEqual(own.scores);
        expect(there.requests).toEqual(own.requests);
        expect(there.faults.map(({ code, data }) => ({ code, data }))).toEqual(
          own.faults.map(({ code, data }) => ({ code, data })),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("says which reply the scorer threw on, and keeps what it said as the cause", async () => {
    const { faults } = await thread.score(roundOf({ a: "fine", b: "throw" }), signal);
    expect(faults.map(({ code, data }) => ({ code, ...data }))).toEqual([
      { code: "E_SCORER_THREW", task: "each", uid: 1 },
    ]);
    expect(faults[0]?.cause).toMatchObject({ message: "the scorer broke" });
    expect(thrownAt(faults[0]?.cause)).toMatch(/\/scorer-\w+-\d+\.mjs:\d+:\d+$/);
  });

  it("leaves the event loop to the others while it works", async () => {
    const said = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`miner-${i}`, "slow"]));
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    const begun = performance.now();
    await thread.score(roundOf(said), signal);
    clearInterval(ticking);
    expect(performance.now() - begun).toBeGreaterThan(200);
    expect(turns).toBeGreaterThan(20);
  });

  it("scores rounds that are asked for at once one after the other", async () => {
    const inputs = ["x", "yyy"].map((word) => roundOf({ a: word, b: "slow" }));
    const results = await Promise.all(inputs.map((input) => thread.score(input, signal)));
    expect(results.map(scoresOf)).toEqual((await Promise.all(inputs.map((input) => here(input)))).map(scoresOf));
  });

  it("rejects as scoring here does when a task is unknown", async () => {
    const error = await thread.score(roundOf({ a: 1 }, { tasks: ["gone"] }), signal).catch((thrown: unknown) => thrown);
    expect(isAppError(error, "E_INTERNAL")).toBe(true);
  });
});

describe("a scorer that does not come back", () => {
  const opened: ScoreThread[] = [];
  afterAll(() => Promise.all(opened.map((thread) => thread.close())));
  const open = (ms = callMs) => {
    const one = threadOf(made, ms);
    opened.push(one.thread);
    return one;
  };

  it.each(["loop", "exit", "eat", "regex"])(
    "costs the reply that made it so its score, and nobody else anything: %s",
    async (word) => {
      const { thread, lines } = open(word === "eat" ? 20_000 : callMs);
      const input = roundOf({ a: "good", b: word, c: "better", d: "late" });
      const result = await thread.score(input, signal);
      expect(result.givenUp).toEqual([reply("b")]);
      expect(codesOf(result)).toEqual(["E_SCORER_TIMEOUT"]);
      expect(result.faults[0]?.data).toEqual({ task: "each", uid: 1, what: "reply" });
      const { b, ...others } = scoresOf(result);
      expect(b).toBe(0);
      expect(others.a).toBeGreaterThan(0);
      expect(scoresOf(await here(input, result.givenUp))).toEqual({ b, ...others });
      const told = lines.filter(({ level }) => level === "error");
      expect(told).toMatchObject([{ round: 5, task: "each", what: "reply", msg: "the subnet's scorer was ended" }]);
      // The next round finds a scorer at work.
      const next = roundOf({ a: "good", c: "better" });
      expect(scoresOf(await thread.score(next, signal))).toEqual(scoresOf(await here(next)));
    },
  );

  it("counts for nobody when all replies are scored by one call", async () => {
    const { thread } = open();
    const input = roundOf({ a: "good", b: "loop", c: "better" }, { tasks: ["all", "each"] });
    const said = new Map([...(input.outcomes[0] ?? [])].map(([hotkey]) => [hotkey, answered("fine")] as const));
    const result = await thread.score({ ...input, outcomes: [input.outcomes[0]!, said] }, signal);
    expect(result.givenUp).toEqual([{ what: "task", taskId: "all", of: "all" }]);
    expect(codesOf(result)).toEqual(["E_SCORER_TIMEOUT"]);
    // The other task alone makes the score.
    const alone = await here({
      ...input,
      plan: { ...input.plan, tasks: [{ id: "each", share: 1 }] },
      outcomes: [said],
    });
    expect(scoresOf(result)).toEqual(scoresOf(alone));
  });

  it("counts for nobody in a task in which too many replies do it", async () => {
    const { thread } = open();
    const said = Object.fromEntries([..."abcdefgh"].map((hotkey) => [hotkey, hotkey < "f" ? "loop" : "good"]));
    const result = await thread.score(roundOf(said, { tasks: ["each"] }), signal);
    expect(result.givenUp).toEqual([reply("a"), reply("b"), reply("c"), { what: "task", taskId: "each", of: "each" }]);
    expect(result.scores).toEqual([]);
  });

  it("is not asked again what it did not come back from", async () => {
    const { thread, lines } = open();
    const input = { ...roundOf({ a: "good", b: "loop" }), givenUp: [reply("b")] };
    const result = await thread.score(input, signal);
    expect(result.givenUp).toEqual([reply("b")]);
    expect(lines.filter(({ level }) => level === "error")).toEqual([]);
    expect(scoresOf(result)).toMatchObject({ b: 0 });
  });

  it("costs a user's request that made it so nothing but itself, and a miner its answer to a user", async () => {
    const { thread } = open();
    const pair = (id: string, request: unknown, word: unknown): OrganicPair => ({
      id: id.repeat(16),
      taskId: "user",
      hotkey: "a",
      atMs: 1,
      request: JSON.stringify(request),
      outcome: answered(word),
    });
    const organic = [pair("1", { n: 13 }, "good"), pair("2", { n: 2 }, "loop"), pair("3", { n: 3 }, "good")];
    const input = roundOf({ a: "good", b: "good" }, { tasks: ["user"], organic });
    const result = await thread.score(input, signal);
    expect(result.givenUp).toEqual([
      { what: "request", taskId: "user", of: "1".repeat(16) },
      { what: "answer", taskId: "user", of: "2".repeat(16) },
    ]);
    expect(codesOf(result)).toEqual(["E_SCORER_TIMEOUT", "E_SCORER_TIMEOUT"]);
    const only = (which: readonly OrganicPair[]) => here({ ...input, plan: { ...input.plan, organic: [...which] } });
    const [none, third] = [scoresOf(await only([])), scoresOf(await only([organic[2]!]))];
    // Three earn something or nothing: the challenge, the second (0) and the third; the first is left out.
    const earned = 2 * third.a! - none.a!;
    expect(scoresOf(result).a).toBeCloseTo((none.a! + 0 + earned) / 3, 12);
    expect(scoresOf(result).b).toBe(none.b);
    expect(scoresOf(await here(input, result.givenUp))).toEqual(scoresOf(result));
  });

  it("costs the next round nothing that something is left behind that does not end", async () => {
    const { thread, lines } = open();
    const begun = path.join(freshDirectory(), "begun");
    await thread.score(roundOf({ a: { later: begun } }), signal);
    await expect.poll(() => existsSync(begun)).toBe(true);
    const next = roundOf({ a: "good", b: "better" });
    const result = await thread.score(next, signal);
    expect(result.givenUp).toEqual([]);
    expect(scoresOf(result)).toEqual(scoresOf(await here(next)));
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { round: 5, msg: "the subnet's scorer was ended" },
    ]);
  });

  it("is ended also when nobody can tell what it was called for, and the next round is scored", async () => {
    const { thread } = open();
    const error = await thread
      .score(roundOf({ ["x".repeat(1_100)]: "loop" }), signal)
      .catch((thrown: unknown) => thrown);
    expect(isAppError(error, "E_SCORER_THREAD")).toBe(true);
    const next = roundOf({ a: "good" });
    expect(scoresOf(await thread.score(next, signal))).toEqual(scoresOf(await here(next)));
  });

  it("is not told of as a fault of the scorer when the process ends", async () => {
    const { thread, lines } = open(60_000);
    const waiting = thread.score(roundOf({ a: "loop" }), signal).catch((thrown: unknown) => thrown);
    setTimeout(() => void thread.close(), 200);
    await waiting;
    expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("is ended when nobody wants the round any more, and the next round is scored", async () => {
    const { thread } = open(60_000);
    const stop = new AbortController();
    const waiting = thread.score(roundOf({ a: "loop" }), stop.signal).catch((thrown: unknown) => thrown);
    setTimeout(() => stop.abort(new Error("the lock is lost")), 200);
    expect(isAppError(await waiting, "E_ABORTED")).toBe(true);
    expect(scoresOf(await thread.score(roundOf({ a: "good" }), signal)).a).toBeGreaterThan(0);
  });

  it("is ended when the process ends", async () => {
    const { thread } = open(60_000);
    const waiting = thread.score(roundOf({ a: "loop" }), signal).catch((thrown: unknown) => thrown);
    setTimeout(() => void thread.close(), 200);
    expect(isAppError(await waiting, "E_SCORER_THREAD")).toBe(true);
  });
});

it("says so when the thread cannot be started, each time it is asked", async () => {
  const { thread } = threadOf({ ...made, definition: "/nowhere/definition.mjs" }, callMs);
  await expect(thread.start()).rejects.toMatchObject({ code: "E_SUBNET_LOAD" });
  for (let i = 0; i < 2; i++) {
    const error = await thread.score(roundOf({ a: 1 }), signal).catch((thrown: unknown) => thrown);
    expect(isAppError(error, "E_SUBNET_LOAD")).toBe(true);
  }
  await thread.close();
  const other = threadOf({ ...made, workerUrl: new URL("file:///nowhere/score-worker.js") }, callMs).thread;
  const error = await other.score(roundOf({ a: 1 }), signal).catch((thrown: unknown) => thrown);
  expect(isAppError(error, "E_SCORER_THREAD")).toBe(true);
  await other.close();
});
