// `npm run bench:start`: how long a warm start takes to its first block and to the first weights on chain, and how much memory the whole
// network then has. Prints numbers; asserts nothing.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { cloneRoot } from "../../cli/src/system/clone-root.ts";
import { toolOptions } from "../support/tool-options.ts";

toolOptions("npm run bench:start --", {});

const DEADLINE_MS = 120_000;
const SETTLE_MS = 3000;
const COMMITTED = "first weights committed (in a block)";
const REVEALED = "first weights revealed (stored in the clear)";
const root = cloneRoot();

type Line = { readonly type: string; readonly at: string; readonly [field: string]: unknown };
type Memory = { readonly name: string; readonly rssMb: number; readonly pssMb: number };

/** The memory of one process in MB: resident, and with shared pages divided among those that share them. */
function memoryOf(name: string, pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) / 1024;
  return { name, rssMb: megabytes("Rss"), pssMb: megabytes("Pss") };
}

/** The processes that a process started, and theirs. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function nameOf(pid: number): string {
  const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const config = args.find((arg) => arg.endsWith(".json"));
  const script = args.find((arg) => arg.endsWith(".js"));
  return path.basename(config ?? script ?? args[0] ?? "?", path.extname(config ?? script ?? ""));
}

/** Starts a network as `npm start` does and calls back for every event line. */
function start(stateDir: string, onLine: (line: Line) => void): ChildProcess {
  const args = [
    path.join(root, "scripts", "bootstrap.cjs"),
    "start",
    "--json",
    "--state-dir",
    stateDir,
    "--port-base",
    "21000",
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(JSON.parse(line) as Line);
  });
  return child;
}

/** One run: seconds since the command was started until each mark, and the memory a little after the last of them. */
async function measure(stateDir: string, until: string): Promise<{ marks: Map<string, number>; memory: Memory[] }> {
  const startedAt = Date.now();
  const marks = new Map<string, number>();
  let done: (reason: string) => void = () => {};
  const finished = new Promise<string>((resolve) => {
    done = resolve;
  });
  const mark = (name: string): void => {
    if (!marks.has(name)) marks.set(name, (Date.now() - startedAt) / 1000);
  };
  const child = start(stateDir, (line) => {
    if (line.type === "process.ready" && line["process"] === "chain") mark("first block (the chain's /ready)");
    if (line.type === "network.ready") mark("network ready");
    if (line.type === "weights.finalized") mark(COMMITTED);
    if (line.type === "weights.revealed") mark(REVEALED);
    if (marks.has(until)) done("measured");
    if (line.type === "run.stopped") done(`the network stopped: ${String(line["reason"])}`);
  });
  const timer = setTimeout(() => done(`nothing after ${DEADLINE_MS / 1000} s`), DEADLINE_MS);
  const reason = await finished;
  clearTimeout(timer);
  if (reason !== "measured") process.stderr.write(`${reason}\n`);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const pids = child.pid === undefined || child.exitCode !== null ? [] : [child.pid, ...descendants(child.pid)];
  const memory = pids.map((pid) => memoryOf(pid === child.pid ? "supervisor (npm start)" : nameOf(pid), pid));
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  return { marks, memory };
}

function print(title: string, { marks, memory }: Awaited<ReturnType<typeof measure>>): void {
  process.stdout.write(`\n${title}\n`);
  for (const [name, seconds] of marks)
    process.stdout.write(`  ${name.padEnd(52)} ${seconds.toFixed(2).padStart(7)} s\n`);
  const total = (field: "rssMb" | "pssMb"): number => memory.reduce((sum, entry) => sum + entry[field], 0);
  for (const { name, rssMb, pssMb } of [
    ...memory,
    { name: "all together", rssMb: total("rssMb"), pssMb: total("pssMb") },
  ]) {
    process.stdout.write(
      `  ${name.padEnd(52)} ${rssMb.toFixed(0).padStart(7)} MB resident ${pssMb.toFixed(0).padStart(6)} MB proportional\n`,
    );
  }
}

const temp = path.join(root, ".subnetkit", "tmp");
mkdirSync(temp, { recursive: true });
const stateDir = mkdtempSync(path.join(temp, "bench-"));
try {
  process.stdout.write(
    `Measured from the start of scripts/bootstrap.cjs (packages installed, dist built) by the event lines of --json; memory from\n/proc/<pid>/smaps_rollup ${SETTLE_MS / 1000} s after the last mark. ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}.\n`,
  );
  print("new network (chain from genesis, subnet registered by extrinsics)", await measure(stateDir, REVEALED));
  print("resumed network (the same state, second start)", await measure(stateDir, COMMITTED));
} finally {
  rmSync(stateDir, { recursive: true, force: true });
}
