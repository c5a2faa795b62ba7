import { describe, expect, it } from "vitest";
import { createTurns } from "../../../../validator/src/round/turns.ts";
import { settleRound } from "../../../../validator/src/round/settle.ts";
import type { RoundOrder, RoundStore } from "../../../../validator/src/store/round-store.ts";
import type { ScoreStore } from "../../../../validator/src/store/score-store.ts";
import { planOf } from "../support/plan.ts";
import { sumSubnet } from "../support/subnet.ts";

const patient = { patienceMs: 60_000, lookMs: 60_000 };
const { signal } = new AbortController();

/** A store whose order is that of a test, and how often it was read. */
function orderOf(order: RoundOrder) {
  const at = { order, reads: 0 };
  return {
    at,
    rounds: {
      order: () => {
        at.reads += 1;
        return Promise.resolve(at.order);
      },
    },
  };
}

describe("the turn of a round", () => {
  it("is at once when it is the first that is open, and when it is not open itself", async () => {
    const turns = createTurns(orderOf({ lastSettled: 4, open: [5, 6] }).rounds, patient);
    expect(await turns.wait(5, signal)).toBe(4);
    expect(await turns.wait(3, signal)).toBe(4);
  });

  it("comes when the one before is counted here, without asking Redis again", async () => {
    const { at, rounds } = orderOf({ lastSettled: 4, open: [5, 6, 7] });
    const turns = createTurns(rounds, patient);
    const gone: number[] = [];
    const waiting = [7, 6].map(async (round) => {
      expect(await turns.wait(round, signal)).toBe(round - 1);
      gone.push(round);
      turns.passed(round);
    });
    await Promise.resolve();
    turns.passed(5);
    await Promise.all(waiting);
    expect(gone).toEqual([6, 7]);
    expect(at.reads).toBe(2);
  });

  it("comes when the one before is counted while Redis is asked", async () => {
    let answer: (order: RoundOrder) => void = () => undefined;
    const turns = createTurns({ order: () => new Promise<RoundOrder>((resolve) => (answer = resolve)) }, patient);
    const waiting = turns.wait(6, signal);
    turns.passed(5);
    answer({ lastSettled: 4, open: [5, 6] });
    expect(await waiting).toBe(5);
  });

  it("comes when another process has counted the one before", async () => {
    const { at, rounds } = orderOf({ lastSettled: 4, open: [5, 6] });
    const turns = createTurns(rounds, { patienceMs: 60_000, lookMs: 1 });
    const waiting = turns.wait(6, signal);
    at.order = { lastSettled: 5, open: [6] };
    expect(await waiting).toBe(5);
  });

  it("does not come for ever: a job that waits makes room", async () => {
    const turns = createTurns(orderOf({ lastSettled: 4, open: [5, 6] }).rounds, { patienceMs: 5, lookMs: 1 });
    expect(await turns.wait(6, signal)).toBeUndefined();
  });

  it("is not waited for by a job that was taken away", async () => {
    const turns = createTurns(orderOf({ lastSettled: 4, open: [5, 6] }).rounds, patient);
    const taken = new AbortController();
    const waiting = turns.wait(6, taken.signal);
    await Promise.resolve();
    taken.abort(new Error("the lock is lost"));
    await expect(waiting).rejects.toThrow("the lock is lost");
  });
});

it("is not scored for any longer when its turn cannot be asked for", async () => {
  const { rounds } = orderOf({ lastSettled: 4, open: [5] });
  const [plan, outcomes] = [planOf(5, ["a"]), new Map()];
  const store = { ...rounds, plan: async () => plan, outcomes: async () => outcomes, givenUp: async () => [] };
  const scoring: AbortSignal[] = [];
  const modules = {
    subnet: sumSubnet,
    rounds: store as unknown as RoundStore,
    scores: {} as ScoreStore,
    nowMs: () => 0,
    turns: { wait: () => Promise.reject(new Error("Redis is away")), passed: () => undefined },
    scorer: {
      score: (_input: unknown, until: AbortSignal) => {
        scoring.push(until);
        return new Promise<never>(() => undefined);
      },
    },
  };
  await expect(settleRound(5, modules, signal)).rejects.toThrow("Redis is away");
  expect(scoring.length).toBeLessThan(2);
  await expect.poll(() => scoring.every(({ aborted }) => aborted)).toBe(true);
});
