import { isAppError } from "@subnetkit/shared/errors/app-error";
import { type AnyTask, createScoreEnv, defineTask, makeChallenge } from "@subnetkit/shared/subnet";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { addTask, codeOf } from "./fixtures.ts";

const env = createScoreEnv({ block: 12, seed: "seed" });

/** The add task with another challenge function, as an author without types might write it. */
const taskThat = (challenge: (env: { signal: AbortSignal }) => unknown): AnyTask =>
  ({ ...addTask, challenge }) as unknown as AnyTask;

describe("makeChallenge", () => {
  it("gives the request as JSON text and keeps the key apart", async () => {
    const made = await makeChallenge(addTask, env);
    const { a, b } = JSON.parse(made.requestJson) as { a: number; b: number };
    expect(made.taskId).toBe("add");
    expect(made.challenge).toEqual({ request: { a, b }, key: a + b });
  });

  it("depends on seed and task, not on what was drawn from the env before", async () => {
    const used = createScoreEnv({ block: 12, seed: "seed" });
    used.random();
    expect((await makeChallenge(addTask, used)).requestJson).toBe((await makeChallenge(addTask, env)).requestJson);
    const other = await makeChallenge(addTask, createScoreEnv({ block: 12, seed: "other" }));
    expect(other.requestJson).not.toBe((await makeChallenge(addTask, env)).requestJson);
  });

  it("removes fields that the schema does not have before anything can travel", async () => {
    const made = await makeChallenge(
      taskThat(() => ({ request: { a: 1, b: 2, answer: 3 }, key: 3 })),
      env,
    );
    expect(made.requestJson).toBe('{"a":1,"b":2}');
    expect(made.challenge.request).toEqual({ a: 1, b: 2 });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no data");
      },
      "E_CHALLENGE_FAILED",
    ],
    ["rejects", () => Promise.reject(new Error("no data")), "E_CHALLENGE_FAILED"],
    ["gives nothing", () => undefined, "E_CHALLENGE_INVALID"],
    ["gives no key", () => ({ request: { a: 1, b: 2 } }), "E_CHALLENGE_INVALID"],
    ["gives a request that does not fit", () => ({ request: { a: 1 }, key: 1 }), "E_CHALLENGE_INVALID"],
    [
      "gives a request with a number that JSON has not",
      () => ({ request: { a: Number.NaN, b: 1 }, key: 1 }),
      "E_CHALLENGE_INVALID",
    ],
  ])("refuses a challenge function that %s", async (_, challenge, code) => {
    expect(await codeOf(() => makeChallenge(taskThat(challenge), env))).toBe(code);
  });

  it("tells the block and the seed that replay a failure", async () => {
    const failing = taskThat(() => {
      throw new Error("no data");
    });
    const error: unknown = await makeChallenge(failing, env).catch((e: unknown) => e);
    expect(isAppError(error) && error.data).toEqual({ task: "add", block: 12, seed: "seed", problem: "no data" });
  });

  it("gives up on a function that never finishes, and tells it", async () => {
    let told: AbortSignal | undefined;
    const hanging = taskThat(({ signal }) => {
      told = signal;
      return new Promise(() => undefined);
    });
    expect(await codeOf(() => makeChallenge(hanging, env, { timeoutMs: 20 }))).toBe("E_CHALLENGE_FAILED");
    expect(told?.aborted).toBe(true);
  });

  it("stops with E_ABORTED when its caller stops", async () => {
    const stop = new AbortController();
    const pending = makeChallenge(
      taskThat(() => new Promise(() => undefined)),
      env,
      { signal: stop.signal },
    );
    stop.abort();
    expect(await codeOf(() => pending)).toBe("E_ABORTED");
  });

  it("refuses a schema that a miner would read differently: one with a transform", async () => {
    const doubling = defineTask({
      ...addTask,
      request: z.object({ a: z.int().transform((value) => value * 2), b: z.int() }),
      challenge: () => ({ request: { a: 1, b: 2 }, key: 3 }),
      scorer: { kind: "each", score: () => 1 },
    });
    expect(await codeOf(() => makeChallenge(doubling, env))).toBe("E_CHALLENGE_INVALID");
  });

  it("refuses what JSON cannot carry", async () => {
    const dates = defineTask({
      ...addTask,
      request: z.object({ at: z.date() }),
      challenge: () => ({ request: { at: new Date(0) }, key: 3 }),
      scorer: { kind: "each", score: () => 1 },
    });
    const bigints = defineTask({
      ...addTask,
      request: z.object({ n: z.bigint() }),
      challenge: () => ({ request: { n: 1n }, key: 3 }),
      scorer: { kind: "each", score: () => 1 },
    });
    expect(await codeOf(() => makeChallenge(dates, env))).toBe("E_CHALLENGE_INVALID");
    expect(await codeOf(() => makeChallenge(bigints, env))).toBe("E_CHALLENGE_INVALID");
  });

  it("refuses a request of more than 4 Mi characters", async () => {
    const long = defineTask({
      ...addTask,
      request: z.object({ text: z.string() }),
      challenge: () => ({ request: { text: "x".repeat(4 * 1024 * 1024) }, key: 3 }),
      scorer: { kind: "each", score: () => 1 },
    });
    expect(await codeOf(() => makeChallenge(long, env))).toBe("E_CHALLENGE_INVALID");
  });
});
