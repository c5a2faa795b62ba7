// `npm run bench:validator`: what a validator costs per round, per answer and per tempo, and how fast it notices and takes over, beside its budgets. A real
// Redis that syncs every write, real sockets. Where waiting is part of what is measured, wall time is held against the budget; elsewhere processor time,
// which other load of the machine does not change. Prints numbers; asserts nothing. `--quick` takes fewer samples; `--subject NAME` runs one.
import { cpus } from "node:os";
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { figure, type Row, verdict } from "./chain/measure.ts";
import { childTask } from "./validator/child.ts";
import { memory } from "./validator/memory.ts";
import { oneRound } from "./validator/one-round.ts";
import { redisAway } from "./validator/redis-away.ts";
import { scoring } from "./validator/scoring.ts";
import { start } from "./validator/start.ts";
import { takeover } from "./validator/takeover.ts";
import { throughput } from "./validator/throughput.ts";
import { weights } from "./validator/weights.ts";

const flag = (name: string): boolean => process.argv.includes(name);
const argument = (name: string): string | undefined =>
  flag(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;

const options = { quick: flag("--quick") };
const subjects: Readonly<Record<string, (options: { readonly quick: boolean }) => Promise<Row[]>>> = {
  round: oneRound,
  throughput,
  scoring,
  weights,
  redis: redisAway,
  takeover,
  start,
  memory,
};

function line(cells: readonly string[]): void {
  const widths = [70, 12, 12, 10, 6];
  console.log(
    cells
      .map((cell, k) => (k === 0 ? cell.padEnd(70) : k === 5 ? `  ${cell}` : cell.padStart(widths[k] ?? 0)))
      .join("")
      .trimEnd(),
  );
}

async function report(): Promise<void> {
  const named = argument("--subject");
  if (named !== undefined && !(named in subjects)) {
    console.error(`--subject is one of ${Object.keys(subjects).join(", ")}`);
    process.exit(2);
  }
  console.log(`${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}.`);
  line(["", "processor", "wall", "budget", ""]);
  for (const [name, run] of Object.entries(subjects)) {
    if (named !== undefined && named !== name) continue;
    for (const row of await run(options)) {
      const budget = row.budget === undefined ? "" : `${row.better === "more" ? ">=" : "<="} ${figure(row.budget)}`;
      line([`${row.what} (${row.unit})`, figure(row.cpu), figure(row.wall), budget, verdict(row), row.note ?? ""]);
    }
  }
}

await prepareFastHashes();
const task = argument("--child");
if (task === undefined) {
  await report();
  process.exit(0);
}
await childTask(task);
