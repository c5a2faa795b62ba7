import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";
import { isRunning, processIdentity } from "../../system/process-facts.ts";

const identity = z.object({ pid: z.int(), startedTicks: z.string() });

const runRecord = identity.extend({
  startedAt: z.string(),
  portBase: z.int(),
  ready: z.boolean(),
  urls: z.record(z.string(), z.string()),
  processes: z.array(identity.extend({ name: z.string() })),
});

/** Who runs a network, what it started and where it answers: how a second start, `status`, `stop` and `env` find it. */
export type RunRecord = z.infer<typeof runRecord>;

/** The record, or undefined when there is none or it cannot be read. */
export function readRunFile(file: string): RunRecord | undefined {
  try {
    return runRecord.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** The record of a network that runs right now. */
export function runningNetwork(file: string): RunRecord | undefined {
  const record = readRunFile(file);
  return record !== undefined && isRunning(record) ? record : undefined;
}

/** What a crashed run left behind and was stopped now. */
export type Leftover = { readonly name: string; readonly pid: number };

export type RunFile = {
  /** Processes of an earlier run that were still there and were killed. */
  readonly leftovers: readonly Leftover[];
  update(change: Partial<Pick<RunRecord, "ready" | "urls" | "processes">>): void;
  remove(): void;
};

/**
 * Claims the clone for this process. Throws E_ALREADY_RUNNING when a live one holds it; takes over from a dead one and first kills what
 * that one left. Start times guard against a pid that was given out again.
 */
export function claimRunFile(file: string, portBase: number): RunFile {
  mkdirSync(path.dirname(file), { recursive: true });
  const leftovers: Leftover[] = [];
  let record: RunRecord = {
    ...processIdentity(process.pid),
    startedAt: new Date().toISOString(),
    portBase,
    ready: false,
    urls: {},
    processes: [],
  };
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(record), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link either makes the name or fails: two starts at the same moment cannot both win.
        linkSync(own, file);
        break;
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
        const other = readRunFile(file);
        if (other !== undefined && isRunning(other)) throw alreadyRunning(other);
        leftovers.push(...killLeftovers(other));
        rmSync(file, { force: true });
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    leftovers,
    update(change) {
      record = { ...record, ...change };
      writeFileSync(own, JSON.stringify(record), { mode: 0o600 });
      renameSync(own, file);
    },
    remove() {
      rmSync(file, { force: true });
    },
  };
}

function alreadyRunning(other: RunRecord): Error {
  const since = new Date(other.startedAt).toTimeString().slice(0, 5);
  return appError("E_ALREADY_RUNNING", {
    since,
    pid: other.pid,
    causeText: `pid ${other.pid} runs the network of this clone since ${since}`,
    remedies: ["look at it:         npx subnetkit local status", "stop it:            npx subnetkit local stop"],
  });
}

function killLeftovers(record: RunRecord | undefined): Leftover[] {
  const alive = (record?.processes ?? []).filter(isRunning);
  for (const { pid } of alive) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It ended between the look and the signal.
    }
  }
  return alive.map(({ name, pid }) => ({ name, pid }));
}
