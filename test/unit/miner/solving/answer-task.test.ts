import { answerTask } from "@subnetkit/miner/solving/answer-task";
import type { AnySolvers, SolverEnv } from "@subnetkit/shared/subnet";
import { describe, expect, test } from "vitest";
import { echoSubnet } from "../support/echo-subnet.ts";

const task = echoSubnet.tasks.echo;

const answer = (
  solve: AnySolvers[string],
  { timeoutMs = 5_000, signal = new AbortController().signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
) =>
  answerTask({
    task,
    solve,
    request: { text: "hi" },
    env: {
      model: () => Promise.reject(new Error("none")),
      textModel: () => Promise.reject(new Error("none")),
      random: () => 0,
      validator: { hotkey: "v", stakeRao: 1n },
    },
    deadlineMs: Date.now() + timeoutMs,
    signal,
  });

describe("answerTask", () => {
  test("gives the answer as the JSON to send, without fields that the schema does not have", async () => {
    expect(await answer(async () => ({ text: "ho", secret: 1 }))).toMatchObject({
      kind: "answered",
      body: '{"text":"ho"}',
    });
  });

  test("treats a solver that throws at once like one that rejects", async () => {
    const thrown = await answer(() => {
      throw new Error("at once");
    });
    const rejected = await answer(() => Promise.reject(new Error("later")));
    expect([thrown, rejected]).toEqual([
      { kind: "failed", problem: "at once" },
      { kind: "failed", problem: "later" },
    ]);
  });

  test("never sends what does not fit the schema or is too long", async () => {
    for (const value of [undefined, null, "text", { text: 5 }, {}]) {
      expect((await answer(() => value)).kind).toBe("badResponse");
    }
    expect(await answer(() => ({ text: "x".repeat(2_000) }))).toMatchObject({
      kind: "badResponse",
      problem: expect.stringContaining("bytes"),
    });
  });

  test("gives up at the deadline and tells the solver", async () => {
    let heard: AbortSignal | undefined;
    const result = await answer(
      (_request: unknown, env: SolverEnv) => {
        heard = env.signal;
        return new Promise(() => undefined);
      },
      { timeoutMs: 10 },
    );
    expect(result).toEqual({ kind: "timeout" });
    expect(heard?.aborted).toBe(true);
  });

  test("gives up when the caller does", async () => {
    const caller = new AbortController();
    const result = answer(() => new Promise(() => undefined), { signal: caller.signal });
    caller.abort();
    expect(await result).toEqual({ kind: "aborted" });
    expect(await answer(() => new Promise(() => undefined), { signal: caller.signal })).toEqual({ kind: "aborted" });
  });
});
