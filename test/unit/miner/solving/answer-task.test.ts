import { answerTask } from "@subnetkit/miner/solving/answer-task";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { AnySolvers, SolverEnv } from "@subnetkit/shared/subnet";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { echoSubnet } from "../support/echo-subnet.ts";

const task = echoSubnet.tasks.echo;

const answer = (
  solve: AnySolvers[string],
  {
    timeoutMs = 5_000,
    signal = new AbortController().signal,
    onLeft,
  }: { timeoutMs?: number; signal?: AbortSignal; onLeft?: (ended: Promise<void>) => void } = {},
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
    onLeft,
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
      { kind: "failed", problem: "at once", cause: new Error("at once") },
      { kind: "failed", problem: "later", cause: new Error("later") },
    ]);
  });

  test("tells a model that is gone for the moment from a solver that is wrong", async () => {
    const gone = await answer(() => Promise.reject(appError("E_MODEL_THREAD", { model: "a.onnx" })));
    const wrong = await answer(() => Promise.reject(appError("E_MODEL_INPUT", { model: "a.onnx" })));
    expect([gone.kind, wrong.kind]).toEqual(["unavailable", "failed"]);
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

  test("answers in the same turn where the solver promises nothing", () => {
    expect(answer(() => ({ text: "ho" }))).toMatchObject({ kind: "answered", body: '{"text":"ho"}' });
  });

  test("gives a solver that looks at its signal late one that has fired", async () => {
    let env: SolverEnv | undefined;
    const result = await answer(
      (_request: unknown, given: SolverEnv) => {
        env = given;
        return new Promise(() => undefined);
      },
      { timeoutMs: 5 },
    );
    expect(result).toEqual({ kind: "timeout" });
    expect(env?.signal.aborted).toBe(true);
    expect(env?.signal).toBe(env?.signal);
  });

  test("gives a solver an environment that can be copied and extended", async () => {
    let copy: (SolverEnv & { more: number }) | undefined;
    const result = await answer(
      (_request: unknown, { random, ...rest }: SolverEnv) => {
        copy = { ...rest, random, more: 1 };
        return new Promise(() => undefined);
      },
      { timeoutMs: 5 },
    );
    expect([result.kind, copy?.signal.aborted, copy?.validator.hotkey, copy?.more]).toEqual(["timeout", true, "v", 1]);
  });

  test("asks no solver for somebody who has gone", async () => {
    let asked = 0;
    expect(await answer(() => asked++, { signal: AbortSignal.abort() })).toEqual({ kind: "aborted" });
    expect(asked).toBe(0);
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

  test("says when a solver has ended that goes on for nobody", async () => {
    let end: () => void = () => undefined;
    const solver = new Promise<void>((resolve) => {
      end = resolve;
    });
    const left: Promise<void>[] = [];
    const result = await answer(() => solver, { timeoutMs: 5, onLeft: (ended) => left.push(ended) });
    expect(result).toEqual({ kind: "timeout" });
    expect(left).toHaveLength(1);
    let over = false;
    void left[0]?.then(() => {
      over = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    end();
    await left[0];
  });

  test("does not wait for a solver longer than its task may take", async () => {
    const left: Promise<void>[] = [];
    const endless = () => new Promise(() => undefined);
    await answerTask({
      task: echoSubnet.tasks.impatient,
      solve: endless,
      request: { text: "hi" },
      env: {
        model: () => Promise.reject(new Error("none")),
        textModel: () => Promise.reject(new Error("none")),
        random: () => 0,
        validator: { hotkey: "v", stakeRao: 1n },
      },
      deadlineMs: Date.now() + 1,
      signal: new AbortController().signal,
      onLeft: (ended) => left.push(ended),
    });
    expect(left).toHaveLength(1);
    await left[0];
  });

  test("never rejects, though the response cannot be written as JSON", async () => {
    let deep: unknown = 0;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const open = { ...task, response: z.unknown() };
    const result = await answerTask({
      task: open as never,
      solve: () => deep,
      request: {},
      env: {} as never,
      deadlineMs: Date.now() + 5_000,
      signal: new AbortController().signal,
    });
    expect(result).toMatchObject({ kind: "badResponse" });
  });
});
