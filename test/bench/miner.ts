// `npm run bench:miner`: what the miner's server costs per request, beside its budgets. The server is a process on one core, the load another process on
// another core, 32 connections, 1 KB of JSON; all ratios come from one run whose samples are taken in turn. Figures are held against the budget by
// processor time of the server, which other load of the machine does not change; wall time stands beside it. Prints numbers; asserts nothing.
// `--quick` takes fewer samples; `--full` sends a million requests for the memory row; `--subject NAME` runs one.
import { cpus } from "node:os";
import { figure, type Row, verdict } from "./chain/measure.ts";
import { batches } from "./miner/batches.ts";
import { memory } from "./miner/endurance.ts";
import { overload } from "./miner/overload.ts";
import { pinLoad } from "./miner/process.ts";
import { type ServerKind, serveKind } from "./miner/server.ts";
import { slowPeers } from "./miner/slow.ts";
import { speed } from "./miner/speed.ts";

const flag = (name: string): boolean => process.argv.includes(name);
const argument = (name: string): string | undefined =>
  flag(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;

const quick = flag("--quick");
const subjects: Readonly<Record<string, () => Promise<Row[]>>> = {
  speed: () => speed(quick),
  slow: slowPeers,
  batches,
  overload: () => overload(quick),
  memory: () => memory({ quick, full: flag("--full") }),
};

function line(cells: readonly string[]): void {
  const widths = [62, 12, 12, 10, 6];
  console.log(
    cells
      .map((cell, k) => (k === 0 ? cell.padEnd(62) : k === 5 ? `  ${cell}` : cell.padStart(widths[k] ?? 0)))
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
  console.log(`${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}; ${pinLoad()}.`);
  line(["", "processor", "wall", "budget", ""]);
  for (const [name, run] of Object.entries(subjects)) {
    if (named !== undefined && named !== name) continue;
    for (const row of await run()) {
      const budget = row.budget === undefined ? "" : `${row.better === "more" ? ">=" : "<="} ${figure(row.budget)}`;
      line([`${row.what} (${row.unit})`, figure(row.cpu), figure(row.wall), budget, verdict(row), row.note ?? ""]);
    }
  }
}

const kind = argument("--server");
if (kind === undefined) await report();
else await serveKind(kind as ServerKind);
