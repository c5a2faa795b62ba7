// `npm run fuzz`: a million mutated requests in every dialect against the real server. `--help` says how to repeat a run or a part of it.
// Ends with 1 and the seed when something is answered that must not be, when a good request is refused, on any server error, on an
// uncaught exception, and when memory grows.
import { toolOptions } from "../support/tool-options.ts";
import { fuzzMiner } from "./miner/run.ts";

const options = toolOptions("npm run fuzz --", {
  seed: { type: "string", value: "TEXT", help: "where chance begins; any by default" },
  cases: { type: "string", value: "N", help: "how many requests", default: "1000000" },
  from: { type: "string", value: "N", help: "the first of them, to repeat a part", default: "0" },
});
const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32).toString(16);
const cases = Number(options.cases);
const from = Number(options.from);

const rssMiB = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1_048_576;
};

/** Memory is compared with what it was after this part: caches and code are there by then. */
const warmPart = 0.2;
const mayGrow = 1.3;

const startedAt = performance.now();
let warmMiB = 0;
let reached = 0;
let saidAt = startedAt;

function fail(reasons: readonly string[]): never {
  for (const reason of reasons) console.error(reason);
  console.error(
    `\nfailed; repeat with: npm run fuzz -- --seed ${seed} --from ${from} --cases ${cases}   (about ${reached} cases in)`,
  );
  process.exit(1);
}

process.on("uncaughtException", (error) => fail([`uncaught: ${error.stack ?? error.message}`]));
process.on("unhandledRejection", (error) => fail([`unhandled: ${String(error)}`]));

console.log(`fuzzing the miner's server: ${cases} cases from ${from}, seed ${seed}`);
const report = await fuzzMiner({
  seed,
  cases,
  from,
  onProgress: (done) => {
    reached = done;
    if (warmMiB === 0 && done >= cases * warmPart) warmMiB = rssMiB();
    if (performance.now() - saidAt < 5_000) return;
    saidAt = performance.now();
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(
      `${done} cases, ${Math.round(done / seconds)}/s, ${Math.round(process.memoryUsage().rss / 1_048_576)} MiB`,
    );
  },
});
const endMiB = rssMiB();
const counts = [...report.statuses]
  .sort(([a], [b]) => a - b)
  .map(([status, count]) => `${status === 0 ? "none" : status}: ${count}`);
console.log(`answers by status: ${counts.join(", ")}`);
console.log(
  `accepted ${report.accepted}; memory ${Math.round(warmMiB)} MiB after a fifth, ${Math.round(endMiB)} MiB at the end`,
);
const grown =
  cases >= 100_000 && endMiB > warmMiB * mayGrow ? [`memory grew ${(endMiB / warmMiB).toFixed(2)} times`] : [];
if (report.faults.length + grown.length > 0) fail([...report.faults, ...grown]);
console.log("nothing found");
