import type { Later } from "@subnetkit/shared/util/whenReady";
import { createFairQueue, type Waiting } from "./fair-queue.ts";
import type { SharePolicy, WorkOwner } from "./policy.ts";
import { createServiceEstimate } from "./service-estimate.ts";
import type { StopSignal } from "./stop-signal.ts";

/** What became of a piece of work that was offered to the scheduler. */
export type WorkOutcome<T> =
  | { readonly kind: "done"; readonly value: T }
  /** More waits than may, and all of it goes before this. */
  | { readonly kind: "full"; readonly retryAfterMs: number }
  /** It cannot be done by its deadline, or the deadline passed while it waited. */
  | { readonly kind: "late"; readonly retryAfterMs: number }
  /** Nobody wants it any more. */
  | { readonly kind: "gone" }
  /** No new work is taken. */
  | { readonly kind: "stopping" };

/** What the scheduler has to know about a piece of work. */
export type WorkFacts = {
  readonly owner: WorkOwner;
  /** What it runs on: pieces of one group share a bound on concurrency and estimates of how long they take. */
  readonly group: string;
  /** Unix milliseconds at which its result is worthless. */
  readonly deadlineMs: number;
  /** Takes it out of the waiting line; work that runs gets its own signal from whoever offers it. */
  readonly signal: StopSignal;
};

/** What runs. It may be done before all that it began has ended: then it says what keeps its place, a promise that never rejects. */
export type Work<T> = (keepPlaceUntil: (ended: Promise<unknown>) => void) => Later<T>;

/** Decides what runs, what waits and what is refused. */
export type Scheduler = {
  /** Runs the work when its turn comes, at once where there is a place; its own errors are passed on. */
  run<T>(work: Work<T>, facts: WorkFacts): Later<WorkOutcome<T>>;
  /**
   * The milliseconds after which to ask again, when such work would now be refused as `full` or `late`; undefined when it would run, wait, or take the
   * place of what waits. That counts as a refusal, which is all that asking changes: it may be asked for whoever a request merely names.
   */
  refusesNow(facts: Omit<WorkFacts, "signal">): number | undefined;
  depth(): number;
  /** Places that are taken. */
  inFlight(): number;
  /** Takes no more, refuses what waits, and resolves when what runs is done, whatever of it keeps its place. */
  drain(): Promise<void>;
};

/** How much may run and wait. */
export type SchedulerOptions = {
  readonly maxConcurrent: number;
  /** Pieces of one group that run at once; default `maxConcurrent`. */
  readonly maxPerGroup?: number | undefined;
  readonly maxQueued: number;
};

export type SchedulerModules = {
  readonly share: SharePolicy;
  readonly onWaited?: (ms: number) => void;
  readonly onChange?: () => void;
  /** Unix milliseconds, default the clock. */
  readonly now?: () => number;
};

type Turn = "go" | "full" | "late" | "gone" | "stopping";
type Entry = {
  readonly group: string;
  readonly caller: string;
  readonly deadlineMs: number;
  readonly give: (turn: Turn) => void;
};

/** Pieces that are counted one by one for the time somebody has to wait, which is asked for with every request: 10 us. */
const mostCounted = 256;

/**
 * A bounded number of pieces runs; a bounded number waits in weighted fair order (fair-queue.ts). What cannot be done in time is refused at once,
 * with the time after which to ask again: a caller learns in microseconds what it would otherwise learn by timing out, and no solver works for
 * nobody. When the line is full, what would run last gives way.
 */
export function createScheduler(options: SchedulerOptions, modules: SchedulerModules): Scheduler {
  const { maxConcurrent, maxQueued, maxPerGroup = maxConcurrent } = options;
  const { share, onWaited = () => undefined, onChange = () => undefined, now = Date.now } = modules;
  const line = createFairQueue<Entry>();
  const estimate = createServiceEstimate();
  const perGroup = Math.min(maxPerGroup, maxConcurrent);
  const runningIn = new Map<string, number>();
  const waitingIn = new Map<string, number>();
  let running = 0;
  let working = 0;
  let stopping = false;
  let onIdle: (() => void) | undefined;

  const count = (counts: Map<string, number>, group: string, change: number): void => {
    counts.set(group, (counts.get(group) ?? 0) + change);
  };

  const mayStart = (group: string): boolean => running < maxConcurrent && (runningIn.get(group) ?? 0) < perGroup;

  const occupy = (group: string): void => {
    running++;
    working++;
    count(runningIn, group, 1);
  };

  const start = (): void => {
    while (running < maxConcurrent) {
      const next = line.first(({ group }) => mayStart(group));
      if (next === undefined) return;
      const { group, caller, deadlineMs, give } = next.item;
      // What would end past its deadline would take the place of something that need not.
      if (now() + (estimate.ofCaller(group, caller) ?? 0) > deadlineMs) {
        give("late");
        continue;
      }
      line.take(next);
      occupy(group);
      give("go");
    }
  };

  const vacate = (group: string): void => {
    running--;
    count(runningIn, group, -1);
    start();
  };

  /** Runs work whose place is taken, and gives the place back. `isTold`: whether it is said already that the place is taken; what is done at once need not be. */
  const perform = <T>(work: Work<T>, { owner, group, signal }: WorkFacts, isTold: boolean): Later<WorkOutcome<T>> => {
    let told = isTold;
    const startedMs = performance.now();
    let kept: Promise<unknown> | undefined;
    const tell = (): void => {
      if (!told) onChange();
      told = true;
    };
    const leave = (): void => {
      working--;
      const giveBack = (): void => {
        vacate(group);
        if (told) onChange();
      };
      if (kept === undefined) giveBack();
      else {
        tell();
        void kept.then(giveBack);
      }
      if (working === 0) onIdle?.();
    };
    const done = (value: T): WorkOutcome<T> => {
      const tookMs = performance.now() - startedMs;
      // Work that was given up would have taken longer: callers could make it look short.
      const partial = kept !== undefined || signal.aborted;
      const expectedMs = estimate.ofCaller(group, owner.hotkey) ?? 0;
      if (!partial || tookMs > expectedMs) estimate.record(group, owner.hotkey, tookMs);
      leave();
      return { kind: "done", value };
    };
    const failed = (error: unknown): never => {
      leave();
      throw error;
    };
    let value: Later<T>;
    try {
      value = work((ended) => {
        kept = ended;
      });
    } catch (error) {
      return failed(error);
    }
    if (!(value instanceof Promise)) return done(value);
    tell();
    return value.then(done, failed);
  };

  /** How many pieces of each group are among the first so many that wait; of a long line the part beyond {@link mostCounted} is taken for evenly mixed. */
  const groupsAhead = (position: number): ReadonlyMap<string, number> => {
    if (position === line.size()) return waitingIn;
    const ahead = new Map<string, number>();
    const counted = Math.min(position, mostCounted);
    for (let i = 0; i < counted; i++) count(ahead, line.at(i)?.group ?? "", 1);
    if (position === counted) return ahead;
    const part = (position - counted) / (line.size() - counted);
    for (const [each, pieces] of waitingIn) count(ahead, each, (pieces - (ahead.get(each) ?? 0)) * part);
    return ahead;
  };

  /** Expected milliseconds until work of a group starts that so many pieces, of whatever groups, go before. */
  const waitMs = (group: string, position: number): number => {
    // What nothing is known of takes as long as this.
    const ownMs = estimate.of(group) ?? 0;
    // Nearly always everything is of one group.
    if (runningIn.get(group) === running && (waitingIn.get(group) ?? 0) === line.size())
      return (ownMs * (position + 1)) / perGroup;
    const msOf = (each: string): number => estimate.of(each) ?? ownMs;
    const ahead = groupsAhead(position);
    const behindOwnMs = (ownMs * ((ahead.get(group) ?? 0) + 1)) / perGroup;
    // It waits for others of its group alone.
    if (running < maxConcurrent) return behindOwnMs;
    let places = maxConcurrent;
    // What runs ends as evenly spread, so the first place comes after this part of it.
    let sumMs = [...runningIn].reduce((sum, [each, pieces]) => sum + msOf(each) * (pieces / running), 0);
    const loads = [...ahead].map(([each, pieces]) => msOf(each) * pieces).sort((a, b) => a - b);
    for (const load of loads) sumMs += load;
    // A group that would still be busy with its bound of places leaves the others to the rest.
    for (let load = loads.pop(); load !== undefined && places > perGroup; load = loads.pop()) {
      if (load / perGroup <= sumMs / places) break;
      sumMs -= load;
      places -= perGroup;
    }
    const isBound = perGroup < maxConcurrent && (runningIn.get(group) ?? 0) >= perGroup;
    return isBound ? Math.max(behindOwnMs, sumMs / places) : sumMs / places;
  };

  /** Waits for a place. On "go" the place is already taken. */
  const turn = ({ owner, group, deadlineMs, signal }: WorkFacts, tag: number): Promise<Turn> =>
    new Promise((resolve) => {
      const give = (result: Turn): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        count(waitingIn, group, -1);
        if (waitingIn.get(group) === 0) waitingIn.delete(group);
        if (result !== "go") line.remove(waiting);
        resolve(result);
      };
      const onAbort = (): void => give("gone");
      const timer = setTimeout(() => give("late"), Math.max(0, deadlineMs - now()));
      signal.addEventListener("abort", onAbort);
      count(waitingIn, group, 1);
      const waiting: Waiting<Entry> = line.push({ group, caller: owner.hotkey, deadlineMs, give }, owner.hotkey, tag);
    });

  /** True when everything goes before this tag that waits, and no more may wait. */
  const isFullFor = (tag: number): boolean => line.size() >= maxQueued && (line.last()?.tag ?? 0) <= tag;

  /** Finds a place in the line, or says why there is none, and keeps in mind that there was none. */
  const placeFor = ({
    owner,
    group,
    deadlineMs,
  }: Omit<WorkFacts, "signal">): { readonly tag: number } | Extract<WorkOutcome<never>, { retryAfterMs: number }> => {
    const tag = line.tagFor(owner.hotkey, share(owner));
    const wait = waitMs(group, line.before(tag));
    const isLate = now() + wait + (estimate.ofCaller(group, owner.hotkey) ?? 0) > deadlineMs;
    if (!isLate && !isFullFor(tag)) return { tag };
    line.refused(owner.hotkey);
    return { kind: isLate ? "late" : "full", retryAfterMs: Math.ceil(waitMs(group, line.size())) };
  };

  /** Waits in the line for a place, if it may, and then runs. */
  const performLater = <T>(work: Work<T>, facts: WorkFacts): Later<WorkOutcome<T>> => {
    const place = placeFor(facts);
    if (!("tag" in place)) return place;
    if (line.size() >= maxQueued) line.last()?.item.give("full");
    const queuedMs = now();
    const pending = turn(facts, place.tag);
    onChange();
    return pending.then((result) => {
      onWaited(now() - queuedMs);
      onChange();
      if (result === "go") return perform(work, facts, true);
      if (result === "gone" || result === "stopping") return { kind: result };
      return { kind: result, retryAfterMs: Math.ceil(waitMs(facts.group, line.size())) };
    });
  };

  return {
    run: (work, facts) => {
      const { owner, group, signal } = facts;
      if (stopping) return { kind: "stopping" };
      if (signal.aborted) return { kind: "gone" };
      if (!mayStart(group)) return performLater(work, facts);
      occupy(group);
      if (line.size() > 0) line.charge(owner.hotkey, share(owner));
      return perform(work, facts, false);
    },
    refusesNow: (facts) => {
      if (stopping || mayStart(facts.group)) return undefined;
      const place = placeFor(facts);
      return "tag" in place ? undefined : Math.max(1, place.retryAfterMs);
    },
    depth: () => line.size(),
    inFlight: () => running,
    drain: () => {
      stopping = true;
      for (const { give } of line.items()) give("stopping");
      return new Promise((resolve) => {
        onIdle = resolve;
        if (working === 0) resolve();
      });
    },
  };
}
