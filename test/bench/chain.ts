// `npm run bench:chain`: what the development chain does per second and per block, beside its budgets. Each subject runs in a process of its own,
// for a bounded time. Prints numbers; asserts nothing. `--quick` takes fewer samples; `--subject NAME` runs one.
import { fork } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { emptyBlocks } from "./chain/empty-blocks.ts";
import { epochBlocks } from "./chain/epoch-block.ts";
import { figure, type Row, verdict } from "./chain/measure.ts";
import { metagraph } from "./chain/metagraph.ts";
import { processStart } from "./chain/process-start.ts";
import { reveals } from "./chain/reveals.ts";
import { throughput } from "./chain/throughput.ts";

const subjects = { start: processStart, throughput, epoch: epochBlocks, reveals, metagraph, empty: emptyBlocks };
type Subject = keyof typeof subjects;
/** The whole run ends by then, whatever the machine does besides: what is still running is cut off and said so. */
const LIMIT_MS = 235_000;

const quick = process.argv.includes("--quick");
const named = process.argv[process.argv.indexOf("--subject") + 1] as Subject | undefined;
const chosen = process.argv.includes("--subject") ? [named as Subject] : (Object.keys(subjects) as Subject[]);
if (chosen.some((subject) => !(subject in subjects))) {
  console.error(`--subject is one of ${Object.keys(subjects).join(", ")}`);
  process.exit(2);
}

/** Runs one subject in a process of its own; the rows it sent, or why there are none. */
function run(subject: Subject): Promise<Row[] | string> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(import.meta.url), ["--subject", subject, ...(quick ? ["--quick"] : [])]);
    let rows: Row[] | undefined;
    const limit = setTimeout(() => child.kill("SIGKILL"), Math.max(0, LIMIT_MS - performance.now()));
    child.on("message", (message) => {
      rows = message as Row[];
    });
    child.on("exit", (code) => {
      clearTimeout(limit);
      resolve(
        rows ?? (code === null ? `no result within the ${LIMIT_MS / 1000} s of the run` : `it exited with ${code}`),
      );
    });
  });
}

function line(cells: readonly string[]): void {
  console.log(
    cells
      .map((cell, k) => (k === 0 ? cell.padEnd(58) : k === 5 ? `  ${cell}` : cell.padStart(k === 4 ? 6 : 12)))
      .join("")
      .trimEnd(),
  );
}

function print(row: Row): void {
  const budget = row.budget === undefined ? "" : `${row.better === "more" ? ">=" : "<="} ${figure(row.budget)}`;
  line([`${row.what} (${row.unit})`, figure(row.cpu), figure(row.wall), budget, verdict(row), row.note ?? ""]);
}

if (process.send !== undefined) {
  await prepareFastHashes();
  const rows = await subjects[named as Subject](quick);
  process.send(rows);
  process.disconnect();
} else {
  console.log(
    `${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}. Held against the budget by processor time; wall time beside it.`,
  );
  line(["", "processor", "wall", "budget", "", ""]);
  for (const subject of chosen) {
    const rows = await run(subject);
    if (typeof rows === "string") console.log(`${subject}: ${rows}`);
    else for (const row of rows) print(row);
  }
}
