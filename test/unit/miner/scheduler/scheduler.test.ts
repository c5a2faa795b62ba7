import { sharePolicy, type WorkOwner } from "@subnetkit/miner/scheduler/policy";
import { createScheduler, type Scheduler, type Work, type WorkFacts } from "@subnetkit/miner/scheduler/scheduler";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";

const owner = (hotkey: string, stakeRao = 1n): WorkOwner => ({ hotkey, stakeRao });
const facts = (from: WorkOwner = owner("a"), more: Partial<WorkFacts> = {}): WorkFacts => ({
  owner: from,
  group: "task",
  deadlineMs: Date.now() + 10_000,
  signal: new AbortController().signal,
  ...more,
});
const equal = { share: () => 1 };

/** Work that ends when told to. */
function gate<T>(value: T) {
  let open: () => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = () => resolve(value);
  });
  return { work: () => promise, open };
}

/** A scheduler whose only place is taken, and the order in which what is offered then starts. */
function busy(scheduler: Scheduler) {
  const first = gate("first");
  const results = [scheduler.run(first.work, facts(owner("busy")))] as unknown[];
  const order: string[] = [];
  return {
    order,
    offer: (name: string, from: WorkOwner) => {
      const result = scheduler.run(async () => order.push(name), facts(from));
      results.push(result);
      return result;
    },
    async finish() {
      first.open();
      await Promise.all(results);
      return order;
    },
  };
}

describe("createScheduler", () => {
  test("runs as many as it may at once, one caller's others in their order", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 2 }, equal);
    const line = busy(scheduler);
    void line.offer("2", owner("a"));
    void line.offer("3", owner("a"));
    expect([scheduler.inFlight(), scheduler.depth()]).toEqual([1, 2]);
    expect(await line.finish()).toEqual(["2", "3"]);
    expect([scheduler.inFlight(), scheduler.depth()]).toEqual([0, 0]);
  });

  test("serves callers in proportion to their shares while they compete", async () => {
    const line = busy(
      createScheduler({ maxConcurrent: 1, maxQueued: 100 }, { share: ({ stakeRao }) => Number(stakeRao) }),
    );
    for (let i = 0; i < 30; i++) {
      void line.offer("poor", owner("poor", 1n));
      void line.offer("rich", owner("rich", 4n));
    }
    const order = await line.finish();
    expect(order.slice(0, 20).filter((name) => name === "rich")).toHaveLength(16);
    expect(order).toHaveLength(60);
  });

  test("lets a caller that asks little go before one that floods, though the flood came first", async () => {
    const line = busy(createScheduler({ maxConcurrent: 1, maxQueued: 100 }, equal));
    for (let i = 0; i < 50; i++) void line.offer("flood", owner("flood"));
    void line.offer("single", owner("single"));
    expect((await line.finish()).indexOf("single")).toBeLessThan(2);
  });

  test("gives room in a full line to what would run before its last, and refuses the rest at once", async () => {
    const line = busy(
      createScheduler({ maxConcurrent: 1, maxQueued: 2 }, { share: ({ stakeRao }) => Number(stakeRao) }),
    );
    const poor = [line.offer("poor 1", owner("poor", 1n)), line.offer("poor 2", owner("poor", 1n))];
    const rich = line.offer("rich", owner("rich", 10n));
    expect(await poor[1]).toMatchObject({ kind: "full" });
    expect(await line.offer("poor 3", owner("poor", 1n))).toMatchObject({ kind: "full" });
    expect(await line.finish()).toEqual(["rich", "poor 1"]);
    expect([(await poor[0])!.kind, (await rich).kind]).toEqual(["done", "done"]);
  });

  test("says beforehand whom it would refuse for a full line, and nobody whom it would not", async () => {
    const scheduler = createScheduler(
      { maxConcurrent: 2, maxPerGroup: 1, maxQueued: 2 },
      { share: ({ stakeRao }) => Number(stakeRao) },
    );
    const [poor, rich] = [owner("poor", 1n), owner("rich", 10n)];
    const deadlineMs = Date.now() + 60_000;
    const refuses = (from: WorkOwner, group = "task") =>
      scheduler.refusesNow({ owner: from, group, deadlineMs }) !== undefined;
    const first = gate("first");
    expect(refuses(poor)).toBe(false);
    const running = scheduler.run(first.work, facts(owner("busy")));
    const offered = ["poor 1", "poor 2"].map((name) => {
      expect(refuses(poor)).toBe(false);
      return scheduler.run(async () => name, facts(poor));
    });
    // Twenty times, because asking must not count as having asked.
    for (let i = 0; i < 20; i++)
      expect([refuses(poor), refuses(rich), refuses(poor, "idle")]).toEqual([true, false, false]);
    expect(scheduler.refusesNow({ owner: poor, group: "task", deadlineMs })).toBeGreaterThanOrEqual(1);
    expect(scheduler.depth()).toBe(2);
    const taken = scheduler.run(async () => "rich", facts(rich));
    expect(await offered[1]).toMatchObject({ kind: "full" });
    first.open();
    expect(await Promise.all([running, offered[0], taken])).toMatchObject([
      { value: "first" },
      { value: "poor 1" },
      { value: "rich" },
    ]);
    expect(refuses(poor)).toBe(false);
  });

  test("bounds what runs at once in one group, and lets another group pass by", async () => {
    const scheduler = createScheduler({ maxConcurrent: 2, maxPerGroup: 1, maxQueued: 5 }, equal);
    const slow = gate("slow");
    const running = scheduler.run(slow.work, facts(owner("a"), { group: "slow" }));
    const second = scheduler.run(async () => "slow 2", facts(owner("a"), { group: "slow" }));
    expect(await scheduler.run(async () => "quick", facts(owner("a"), { group: "quick" }))).toMatchObject({
      value: "quick",
    });
    expect(scheduler.depth()).toBe(1);
    slow.open();
    expect(await Promise.all([running, second])).toHaveLength(2);
  });

  test("refuses at once what cannot be done by its deadline, and says when to ask again", async () => {
    let clock = 0;
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 5 }, { ...equal, now: () => clock });
    const step = gate(0);
    const startedMs = performance.now();
    const measured = scheduler.run(
      () => new Promise<void>((resolve) => setTimeout(resolve, 40)),
      facts(owner("a"), { deadlineMs: 1_000 }),
    );
    await measured;
    expect(performance.now() - startedMs).toBeGreaterThan(30);
    const running = scheduler.run(step.work, facts(owner("a"), { deadlineMs: 1_000 }));
    const late = await scheduler.run(async () => 1, facts(owner("a"), { deadlineMs: 60 }));
    expect(late).toMatchObject({ kind: "late", retryAfterMs: expect.any(Number) });
    expect((late as { retryAfterMs: number }).retryAfterMs).toBeGreaterThanOrEqual(30);
    clock = 5;
    const patient = scheduler.run(async () => "done", facts(owner("b"), { deadlineMs: 10_000 }));
    step.open();
    expect(await patient).toMatchObject({ kind: "done" });
    await running;
  });

  test("drops what waited past its deadline without running it", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 5 }, equal);
    const first = gate(1);
    const running = scheduler.run(first.work, facts());
    let ran = false;
    const late = await scheduler.run(
      async () => {
        ran = true;
      },
      facts(owner("a"), { deadlineMs: Date.now() + 5 }),
    );
    expect(late).toMatchObject({ kind: "late" });
    first.open();
    await running;
    expect(ran).toBe(false);
    expect(scheduler.depth()).toBe(0);
  });

  test("starts nothing that would end past its deadline by the time it is its turn", async () => {
    let clockMs = 0;
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 4 }, { ...equal, now: () => clockMs });
    await scheduler.run(() => new Promise((resolve) => setTimeout(resolve, 30)), facts());
    const first = gate("first");
    const running = scheduler.run(first.work, facts(owner("a"), { deadlineMs: 100_000 }));
    let started = false;
    const late = scheduler.run(
      async () => {
        started = true;
      },
      facts(owner("a"), { deadlineMs: 10_000 }),
    );
    clockMs = 9_995;
    first.open();
    await running;
    expect(await late).toMatchObject({ kind: "late" });
    expect([started, scheduler.inFlight(), scheduler.depth()]).toEqual([false, 0, 0]);
  });

  test("drops what nobody waits for any more", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 5 }, equal);
    const first = gate(1);
    const running = scheduler.run(first.work, facts());
    const caller = new AbortController();
    const waiting = scheduler.run(async () => 2, facts(owner("a"), { signal: caller.signal }));
    caller.abort();
    expect(await waiting).toEqual({ kind: "gone" });
    first.open();
    await running;
    expect(await scheduler.run(async () => 3, facts(owner("a"), { signal: caller.signal }))).toEqual({ kind: "gone" });
  });

  test("gives the place back when work throws", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 0 }, equal);
    await expect(scheduler.run(() => Promise.reject(new Error("broken")), facts())).rejects.toThrow("broken");
    expect(await scheduler.run(async () => "next", facts())).toEqual({ kind: "done", value: "next" });
  });

  test("keeps the place of work that was given up until what it left running has ended, and drains without it", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 1 }, equal);
    const left = gate(undefined);
    const outcome = await scheduler.run(async (keepPlaceUntil) => {
      keepPlaceUntil(left.work());
      return "given up";
    }, facts());
    expect(outcome).toEqual({ kind: "done", value: "given up" });
    expect(scheduler.inFlight()).toBe(1);
    const next = scheduler.run(async () => "next", facts());
    expect(scheduler.depth()).toBe(1);
    left.open();
    expect(await next).toEqual({ kind: "done", value: "next" });
    await scheduler.run(async (keepPlaceUntil) => keepPlaceUntil(new Promise(() => undefined)), facts());
    await scheduler.drain();
  });

  test("does not refuse a caller for the slowness of what another asks for", async () => {
    vi.useFakeTimers({ toFake: ["performance", "Date"] });
    try {
      const scheduler = createScheduler({ maxConcurrent: 2, maxQueued: 5 }, equal);
      const slowly = async () => void vi.advanceTimersByTime(60);
      const in60 = () => ({ deadlineMs: Date.now() + 60 });
      for (let i = 0; i < 3; i++) await scheduler.run(slowly, facts(owner("slow")));
      const running = [gate(0), gate(0)];
      const slow = running.map(({ work }) => scheduler.run(work, facts(owner("slow"))));
      // Two places that are free every 60 ms: the first comes after 30.
      const quick = scheduler.run(async () => "quick", facts(owner("quick"), in60()));
      expect(await scheduler.run(slowly, facts(owner("slow"), in60()))).toMatchObject({ kind: "late" });
      vi.advanceTimersByTime(50);
      running[0]?.open();
      expect(await quick).toEqual({ kind: "done", value: "quick" });
      running[1]?.open();
      for (const one of slow) await one;
    } finally {
      vi.useRealTimers();
    }
  });

  test("learns nothing from work that was given up early, whatever callers say of their patience", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 5 }, equal);
    await scheduler.run(() => new Promise<void>((resolve) => setTimeout(resolve, 40)), facts());
    for (let i = 0; i < 50; i++) {
      await scheduler.run(async (keepPlaceUntil) => keepPlaceUntil(Promise.resolve()), facts());
      const caller = new AbortController();
      await scheduler.run(async () => caller.abort(), facts(owner("b"), { signal: caller.signal }));
    }
    const running = gate(0);
    const busyWith = scheduler.run(running.work, facts());
    expect(await scheduler.run(async () => 1, facts(owner("a"), { deadlineMs: Date.now() + 30 }))).toMatchObject({
      kind: "late",
      retryAfterMs: expect.any(Number),
    });
    running.open();
    await busyWith;
  });

  test("refuses nobody for ever, however many with more stake keep the line full, and those alike", async () => {
    let clockMs = 0;
    const scheduler = createScheduler(
      { maxConcurrent: 4, maxQueued: 64 },
      { share: ({ stakeRao }) => Number(stakeRao), now: () => clockMs },
    );
    const served = new Map<string, number>();
    let jobs: { readonly endMs: number; readonly open: () => void }[] = [];
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
    const ask = (from: WorkOwner): void => {
      const { hotkey } = from;
      const asked = { owner: from, group: "task", deadlineMs: clockMs + 5_000 };
      // As the server does, which offers nothing that would be refused.
      if (scheduler.refusesNow(asked) !== undefined) return;
      const work = () =>
        new Promise<void>((resolve) => {
          const open = () => {
            served.set(hotkey, (served.get(hotkey) ?? 0) + 1);
            resolve();
          };
          jobs.push({ endMs: clockMs + 40, open });
        });
      void scheduler.run(work, { ...asked, signal });
    };
    // A hundred a second can be done; sixteen ask for twenty each, always in the same order, and one with a twentieth of their stake for five.
    for (clockMs = 0; clockMs < 20_000; clockMs += 10) {
      if (clockMs % 50 === 0) for (let i = 0; i < 16; i++) ask(owner(`rich ${i}`, 20n));
      if (clockMs % 200 === 0) ask(owner("poor", 1n));
      const due = jobs.filter(({ endMs }) => endMs <= clockMs);
      jobs = jobs.filter(({ endMs }) => endMs > clockMs);
      for (const { open } of due) open();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const each = Array.from({ length: 16 }, (_, i) => served.get(`rich ${i}`) ?? 0);
    const whole = each.reduce((sum, count) => sum + count, 0) + (served.get("poor") ?? 0);
    expect(whole).toBeGreaterThan(1_900);
    expect(served.get("poor")).toBeGreaterThanOrEqual(Math.floor((whole / 321) * 0.7));
    expect(served.get("poor")).toBeLessThanOrEqual(Math.ceil((whole / 321) * 1.5));
    expect(Math.min(...each) / Math.max(...each)).toBeGreaterThan(0.9);
  });

  /** What takes so long of a group, once it was measured. */
  const measured = async (scheduler: Scheduler, group: string, ms: number, from = owner("a")): Promise<void> => {
    await scheduler.run(() => new Promise((resolve) => setTimeout(resolve, ms)), facts(from, { group }));
  };

  test("knows how long it has to wait where few of its group run at once, and says so", async () => {
    const scheduler = createScheduler({ maxConcurrent: 32, maxPerGroup: 1, maxQueued: 64 }, equal);
    await measured(scheduler, "slow", 40);
    const first = gate(0);
    const all = [scheduler.run(first.work, facts(owner("a"), { group: "slow" }))] as unknown[];
    for (let i = 0; i < 9; i++) all.push(scheduler.run(async () => i, facts(owner("a"), { group: "slow" })));
    const deadlineMs = Date.now() + 300;
    // Ten of 40 ms one after the other, not 32 at a time.
    const outcome = await scheduler.run(async () => 1, facts(owner("a"), { group: "slow", deadlineMs }));
    expect(outcome).toMatchObject({ kind: "late" });
    expect((outcome as { retryAfterMs: number }).retryAfterMs).toBeGreaterThanOrEqual(390);
    expect(await scheduler.run(async () => "free", facts(owner("a"), { group: "quick", deadlineMs }))).toMatchObject({
      value: "free",
    });
    first.open();
    await Promise.all(all);
  });

  test("knows in the middle of a long line, too, what is before it", () => {
    const scheduler = createScheduler(
      { maxConcurrent: 2, maxPerGroup: 1, maxQueued: 1_000 },
      { share: ({ stakeRao }) => Number(stakeRao), now: () => 0 },
    );
    const signal = { aborted: false, addEventListener: () => undefined, removeEventListener: () => undefined };
    const clock = vi.spyOn(performance, "now");
    const measure = (group: string, ms: number): void => {
      clock.mockReturnValueOnce(0).mockReturnValueOnce(ms);
      void scheduler.run(() => 0, facts(owner("a"), { group, deadlineMs: 1e6 }));
    };
    try {
      measure("slow", 100);
      measure("quick", 10);
    } finally {
      clock.mockRestore();
    }
    const never = () => new Promise<number>(() => undefined);
    for (const group of ["slow", "quick"]) void scheduler.run(never, facts(owner("a"), { group, deadlineMs: 1e6 }));
    // Three slow ones for each quick one, six hundred in all, and one that four hundred go before.
    for (let i = 0; i < 600; i++)
      void scheduler.run(never, {
        ...facts(owner("a", 400n), { group: i % 4 === 0 ? "quick" : "slow", deadlineMs: 1e6 }),
        signal,
      });
    const refuses = (deadlineMs: number): boolean =>
      scheduler.refusesNow({ owner: owner("b", 1n), group: "slow", deadlineMs }) !== undefined;
    // 300 and itself of 100 ms, one at a time.
    expect([refuses(29_500), refuses(30_700)]).toEqual([true, false]);
  });

  test("knows that what is before it takes as long as its own group does, whatever the group of what comes", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 64 }, equal);
    await measured(scheduler, "slow", 100);
    await measured(scheduler, "quick", 0);
    const first = gate(0);
    const running = scheduler.run(first.work, facts(owner("a"), { group: "quick" }));
    const quick = Array.from({ length: 10 }, () => scheduler.run(async () => 1, facts(owner("b"), { group: "quick" })));
    const later = facts(owner("c"), { group: "slow", deadlineMs: Date.now() + 400 });
    // Behind ten quick ones: its own time is what counts.
    const slow = scheduler.run(async () => "slow", later);
    const another = facts(owner("c"), { group: "slow", deadlineMs: Date.now() + 4_000 });
    const behind = [1, 2, 3].map(() => scheduler.run(async () => 1, another));
    // Behind slow ones a quick one waits as long as they take.
    const asked = { owner: owner("c"), group: "quick", deadlineMs: Date.now() + 300 };
    expect(scheduler.refusesNow(asked)).toBeGreaterThanOrEqual(380);
    first.open();
    expect(await slow).toMatchObject({ kind: "done" });
    await Promise.all([running, ...quick, ...behind]);
  });

  test("does not count the whole line of a group that may have few places as being before others", async () => {
    const scheduler = createScheduler({ maxConcurrent: 2, maxPerGroup: 1, maxQueued: 64 }, equal);
    await measured(scheduler, "slow", 100);
    await measured(scheduler, "quick", 0);
    const gates = [gate(0), gate(0)];
    const all: unknown[] = [
      scheduler.run(gates[0]!.work, facts(owner("a"), { group: "slow" })),
      scheduler.run(gates[1]!.work, facts(owner("a"), { group: "quick" })),
    ];
    for (let i = 0; i < 20; i++) all.push(scheduler.run(async () => 1, facts(owner("a"), { group: "slow" })));
    const deadlineMs = Date.now() + 500;
    expect(scheduler.refusesNow({ owner: owner("a"), group: "quick", deadlineMs })).toBeUndefined();
    expect(scheduler.refusesNow({ owner: owner("a"), group: "slow", deadlineMs })).toBeGreaterThan(1_900);
    for (const { open } of gates) open();
    await Promise.all(all);
  });

  test("leaks no place, whatever becomes of what was offered, and answers each once", async () => {
    const kinds = ["done", "thrown", "rejected", "kept", "late", "aborted", "late and kept"] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.record({ maxConcurrent: fc.integer({ min: 1, max: 4 }), maxQueued: fc.integer({ min: 0, max: 4 }) }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            kind: fc.constantFrom(...kinds),
            caller: fc.constantFrom("a", "b", "c"),
            group: fc.constantFrom("x", "y"),
            turns: fc.integer({ min: 0, max: 5 }),
            pause: fc.integer({ min: 0, max: 2 }),
          }),
          { maxLength: 40 },
        ),
        async (bounds, maxPerGroup, pieces) => {
          const scheduler = createScheduler(
            { ...bounds, maxPerGroup },
            { share: ({ hotkey }) => hotkey.charCodeAt(0) },
          );
          const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
          const turnsLater = async (turns: number): Promise<void> => {
            for (let i = 0; i < turns; i++) await turn();
          };
          let most = 0;
          const answers: Promise<unknown>[] = [];
          for (const { kind, caller, group, turns, pause } of pieces) {
            const hangUp = new AbortController();
            const deadlineMs = Date.now() + (kind.startsWith("late") ? 1 : 10_000);
            const work: Work<string> = (keepPlaceUntil) => {
              most = Math.max(most, scheduler.inFlight());
              if (kind === "thrown") throw new Error("as told");
              if (kind.endsWith("kept")) keepPlaceUntil(turnsLater(turns));
              if (turns === 0 && kind !== "rejected") return kind;
              return turnsLater(turns).then(() => {
                if (kind === "rejected") throw new Error("as told");
                return kind;
              });
            };
            const offered = { owner: owner(caller), group, deadlineMs, signal: hangUp.signal };
            scheduler.refusesNow(offered);
            answers.push((async () => scheduler.run(work, offered))().catch(() => "failed"));
            if (kind === "aborted") void turnsLater(turns).then(() => hangUp.abort());
            await turnsLater(pause);
          }
          expect(await Promise.all(answers)).toHaveLength(pieces.length);
          await turnsLater(8);
          expect([scheduler.inFlight(), scheduler.depth()]).toEqual([0, 0]);
          expect(most).toBeLessThanOrEqual(bounds.maxConcurrent);
          // All places are there again.
          const gates = Array.from({ length: Math.min(maxPerGroup, bounds.maxConcurrent) }, () => gate(1));
          const last = gates.map(async ({ work }) => scheduler.run(work, facts(owner("a"), { group: "x" })));
          expect(scheduler.inFlight()).toBe(gates.length);
          for (const { open } of gates) open();
          await Promise.all(last);
          await scheduler.drain();
        },
      ),
      { numRuns: 60 },
    );
  });

  test("drains: ends what runs, refuses what waits and what comes", async () => {
    const scheduler = createScheduler({ maxConcurrent: 1, maxQueued: 5 }, equal);
    const first = gate("first");
    const running = scheduler.run(first.work, facts());
    const waiting = scheduler.run(async () => "second", facts());
    const drained = scheduler.drain();
    expect(await waiting).toEqual({ kind: "stopping" });
    expect(await scheduler.run(async () => "third", facts())).toEqual({ kind: "stopping" });
    first.open();
    await drained;
    expect(await running).toEqual({ kind: "done", value: "first" });
  });

  test("says how many places are taken whenever that is not over at once, also of work that is done and keeps its place", async () => {
    const said: number[] = [];
    const scheduler: Scheduler = createScheduler(
      { maxConcurrent: 4, maxQueued: 2 },
      { ...equal, onChange: () => said.push(scheduler.inFlight()) },
    );
    expect(scheduler.run(() => "at once", facts())).toEqual({ kind: "done", value: "at once" });
    expect(() =>
      scheduler.run(() => {
        throw new Error("at once");
      }, facts()),
    ).toThrow("at once");
    expect([scheduler.inFlight(), said]).toEqual([0, []]);
    const left = gate(undefined);
    const promised = gate("later");
    void scheduler.run((keepPlaceUntil) => {
      keepPlaceUntil(left.work());
      return "given up";
    }, facts());
    const result = scheduler.run(promised.work, facts());
    expect(said.at(-1)).toBe(2);
    promised.open();
    await result;
    expect([said.at(-1), scheduler.inFlight()]).toEqual([1, 1]);
    left.open();
    await expect.poll(() => scheduler.inFlight()).toBe(0);
    expect(said.at(-1)).toBe(0);
  });
});

describe("sharePolicy", () => {
  const of = (topRao: number, totalRao: number, callers: number) =>
    sharePolicy("stake", () => ({ topRao, totalRao, callers }));
  const stake = of(1_000, 1_500, 3);

  test("gives shares in proportion to stake", () => {
    expect(stake(owner("a", 1_000n)) / stake(owner("b", 500n))).toBe(2);
  });

  test("never gives less than a twentieth of the largest share", () => {
    expect(stake(owner("a", 1_000n)) / stake(owner("b", 0n))).toBe(20);
  });

  test("gives a share above 0 while nobody has stake, and the same to all when told so", () => {
    expect(of(0, 0, 0)(owner("a", 0n))).toBe(1);
    expect(sharePolicy("equal", () => ({ topRao: 1_000, totalRao: 1_000, callers: 1 }))(owner("a", 7n))).toBe(1);
  });

  test("gives many hotkeys with next to no stake no more than a quarter of what stake gives", () => {
    const crowd = of(1_000, 4_000, 64);
    const honest = 4 * crowd(owner("a", 1_000n));
    expect(60 * crowd(owner("b", 0n))).toBeLessThanOrEqual(honest / 4);
    expect(crowd(owner("b", 0n))).toBeGreaterThan(15);
  });
});
