/** `npm run test:chaos [-- --seeds N --from N --only NAME,NAME --jobs N --minutes N --dist FOLDER]`: plays every scenario with so many seeds, and sums up. */
import { parseArgs } from "node:util";
import { createWorld } from "./harness/world.ts";
import { play, type Played } from "./play.ts";
import { summaryLines } from "./summary.ts";
import { scenarios } from "./table.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1" },
    from: { type: "string", default: "1" },
    only: { type: "string" },
    minutes: { type: "string", default: "600" },
    jobs: { type: "string", default: "1" },
    dist: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const names = values.only?.split(",");
const chosen = scenarios.filter(({ name }) => names === undefined || names.includes(name));
if (chosen.length === 0) {
  process.stderr.write(`no such scenario; there are ${scenarios.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}
// What was started ends with this process, also when somebody interrupts it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const world = await createWorld(values.dist);
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => Number(values.from) + i);
const work = seeds.flatMap((seed) => chosen.map((scenario) => ({ scenario, seed })));
const played: Played[] = [];

const until = performance.now() + Number(values.minutes) * 60_000;

async function worker(): Promise<void> {
  for (let next = work.shift(); next !== undefined && performance.now() < until; next = work.shift()) {
    const result = await play(world, next.scenario, next.seed);
    played.push(result);
    const { scenario, seed, ms, problems, note, folder } = result;
    const verdict = problems.length === 0 ? "ok" : "FAILED";
    process.stdout.write(
      `${verdict} ${scenario} seed ${seed} in ${(ms / 1_000).toFixed(1)} s${note === undefined ? "" : `: ${note}`}\n`,
    );
    for (const problem of problems.slice(0, 10)) process.stdout.write(`    ${problem}\n`);
    if (folder !== undefined) process.stdout.write(`    see ${folder}\n`);
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
for (const line of summaryLines(played)) process.stdout.write(`${line}\n`);
const failed = played.some(({ problems }) => problems.length > 0);
await world.close({ keep: failed || values.keep });
process.exit(failed ? 1 : 0);
