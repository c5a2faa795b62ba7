/** A new chain process from its start to its first block, as the supervisor starts it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { cloneRoot } from "../../../cli/src/system/clone-root.ts";
import { type Cost, medianCost, type Row, timeRow } from "./measure.ts";

const BUDGET_MS = 1_000;
/** Kernel ticks of processor time per second. */
const TICKS = 100;

/** `dist/chain.js`, a fresh state directory each time. Ready means that its first block is there. */
export async function processStart(quick: boolean): Promise<Row[]> {
  const costs: Cost[] = [];
  for (let sample = 0; sample < (quick ? 3 : 7); sample++) costs.push(await startOnce());
  return [timeRow("process start to first block", medianCost(costs), BUDGET_MS)];
}

async function startOnce(): Promise<Cost> {
  const stateDir = mkdtempSync(path.join(tmpdir(), "subnetkit-bench-"));
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [path.join(cloneRoot(), "dist", "chain.js"), "--port", "0", "--state-dir", stateDir],
    {
      stdio: ["pipe", "ignore", "inherit", "pipe"],
      env: { ...process.env, SUBNETKIT_EVENTS_FD: "3", SUBNETKIT_LIFELINE: "1" },
    },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdio[3] as Readable).on("line", (line) => {
        if ((JSON.parse(line) as { type: string }).type === "process.ready") resolve();
      });
      void exited.then(() => reject(new Error("the chain ended before it was ready")));
    });
    const wallMs = performance.now() - startedAt;
    return { wallMs, cpuMs: cpuMsOf(child.pid as number) };
  } finally {
    child.stdin?.end();
    await exited;
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/** Processor time a process has used, from /proc; NaN where there is none. */
function cpuMsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
  } catch {
    return Number.NaN;
  }
}
