// `npm run bench:consensus`: how long one epoch takes, one core: the fast form on packed rows against the BigInt reference and against plain
// float64, first call and warm, and the growth with the number of uids. Prints numbers; asserts nothing. Times are CPU time of this process
// (other load does not count), medians of interleaved samples. `--quick` takes fewer samples.
import { cpus } from "node:os";
import { type EpochInput, runEpoch } from "@subnetkit/shared/consensus/epoch";
import { runMechanisms } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { runEpochFast, runPackedEpoch } from "@subnetkit/shared/consensus/fast/fast-epoch";
import { packRows } from "@subnetkit/shared/consensus/fast/rows";
import type { FastEpochInput } from "@subnetkit/shared/consensus/fast/types";
import { nextInput } from "../unit/shared/consensus/networks.ts";
import { type NetworkShape, randomNetwork } from "../unit/shared/consensus/random-network.ts";
import { toolOptions } from "../support/tool-options.ts";
import { float64Epoch } from "./consensus-float64.ts";

const { quick } = toolOptions("npm run bench:consensus --", {
  quick: { type: "boolean", help: "fewer samples" },
});
const SAMPLES = quick ? 15 : 61;
/** A sample repeats the call until it has used this much CPU time: the clock of the process ticks in microseconds. */
const SAMPLE_MS = 4;

type Rule = "classic" | "yuma3" | "liquid";
type Case = {
  readonly name: string;
  readonly shape: NetworkShape;
  readonly budgetMs?: number;
  readonly mechanisms?: number;
};

const shape = (n: number, validators: number, perRow: number, rule: Rule): NetworkShape => ({
  n,
  validators,
  perRow,
  yuma3: rule !== "classic",
  liquid: rule === "liquid",
  seed: 2,
});

const CASES: readonly Case[] = [
  { name: "256 uids, 64 validators, dense, classic", shape: shape(256, 64, 256, "classic"), budgetMs: 2 },
  { name: "256 uids, 64 validators, dense, Yuma3", shape: shape(256, 64, 256, "yuma3"), budgetMs: 2 },
  { name: "256 uids, 64 validators, dense, liquid alpha", shape: shape(256, 64, 256, "liquid") },
  { name: "256 x 256, dense, classic", shape: shape(256, 256, 256, "classic"), budgetMs: 8 },
  { name: "256 x 256, dense, Yuma3", shape: shape(256, 256, 256, "yuma3"), budgetMs: 8 },
  { name: "4096 uids, 64 validators, rows of 64, classic", shape: shape(4_096, 64, 64, "classic"), budgetMs: 0.9 },
  { name: "4096 uids, 64 validators, rows of 64, Yuma3", shape: shape(4_096, 64, 64, "yuma3"), budgetMs: 0.9 },
  { name: "64 uids, 4 mechanisms, dense, Yuma3 (plain rows)", shape: shape(64, 32, 64, "yuma3"), mechanisms: 4 },
];

const GROWTH = [8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096];

/** Milliseconds of CPU time that a call takes, one sample. */
function sample(run: () => unknown, calls: number): number {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Calls that fill a sample, after enough of them that the optimising compiler is done. */
function warmUp(run: () => unknown): number {
  const startedAt = performance.now();
  let calls = 0;
  while (performance.now() - startedAt < (quick ? 150 : 600)) {
    run();
    calls += 1;
  }
  return Math.max(1, Math.ceil((SAMPLE_MS * calls) / (quick ? 150 : 600)));
}

/** Medians of several forms whose samples are taken in turn, so that all of them see the same machine. */
function medians(forms: readonly (() => unknown)[], samples: number): number[] {
  const calls = forms.map(warmUp);
  const taken = forms.map((): number[] => []);
  for (let k = 0; k < samples; k += 1)
    forms.forEach((run, form) => {
      taken[form]!.push(sample(run, calls[form]!));
    });
  return taken.map(median);
}

/** A network with five epochs of bonds behind it. */
function aged(size: NetworkShape): EpochInput {
  let input = randomNetwork(size);
  for (let epoch = 0; epoch < 5; epoch += 1) input = nextInput(input, runEpochFast(input));
  return input;
}

function packed(input: EpochInput): FastEpochInput {
  return { ...input, weights: packRows(input.weights), bonds: packRows(input.bonds) };
}

const line = (cells: readonly string[]): void =>
  console.log(cells.map((cell, k) => (k === 0 ? cell.padEnd(50) : cell.padStart(12))).join(""));

function report({ name, shape: size, budgetMs, mechanisms }: Case): void {
  const input = aged(size);
  if (mechanisms !== undefined) {
    reportMechanisms(name, input, mechanisms);
    return;
  }
  const rows = packed(input);
  const exact = (): unknown => runPackedEpoch(rows);
  const plainRows = (): unknown => runEpochFast(input);
  const twin = size.liquid ? [] : [() => float64Epoch(rows)];
  const [exactMs, rowsMs, floatMs] = medians([exact, plainRows, ...twin], SAMPLES);
  const [referenceMs] = medians([() => runEpoch(input)], quick ? 3 : 7);
  line([
    name,
    exactMs!.toFixed(3),
    rowsMs!.toFixed(3),
    referenceMs!.toFixed(1),
    `${(referenceMs! / exactMs!).toFixed(1)}x`,
    floatMs === undefined ? "" : floatMs.toFixed(3),
    floatMs === undefined ? "" : `${(exactMs! / floatMs).toFixed(2)}x`,
    budgetMs === undefined ? "" : `${exactMs! <= budgetMs ? "within" : "OVER"} ${budgetMs}`,
  ]);
}

function reportMechanisms(name: string, input: EpochInput, mechanisms: number): void {
  const { weights, bonds, lastUpdate, earliestCommit, ...shared } = input;
  const own = Array.from({ length: mechanisms }, () => ({ weights, bonds, lastUpdate, earliestCommit }));
  const [fast] = medians([() => runMechanisms(shared, own, null, runEpochFast)], SAMPLES);
  const [reference] = medians([() => runMechanisms(shared, own, null)], quick ? 3 : 7);
  line([name, "", fast!.toFixed(3), reference!.toFixed(1), `${(reference! / fast!).toFixed(1)}x`, "", "", ""]);
}

/** The very first call of a process, for which nothing is compiled yet, and the next ones. */
function firstCalls(): void {
  const network = randomNetwork(shape(256, 64, 256, "yuma3"));
  const rows = packed(network);
  const times = Array.from({ length: 12 }, () => sample(() => runPackedEpoch(rows), 1));
  const mean = times.slice(2).reduce((sum, ms) => sum + ms, 0) / 10;
  console.log(
    `cold, 256 uids, 64 validators, dense, Yuma3: first call ${times[0]!.toFixed(1)} ms, second ${times[1]!.toFixed(1)} ms, mean of the next ten ${mean.toFixed(2)} ms\n`,
  );
}

function growth(): void {
  console.log("\ngrowth: min(n, 64) validators, rows of 64, Yuma3 (ms; us per uid)");
  for (const n of GROWTH) {
    const rows = packed(aged(shape(n, Math.min(64, n), 64, "yuma3")));
    const [ms] = medians([() => runPackedEpoch(rows)], SAMPLES);
    line([`  ${n} uids`, ms!.toFixed(4), ((1000 * ms!) / n).toFixed(2)]);
  }
}

console.log(
  `CPU time per epoch in ms, median of ${SAMPLES} samples. ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}.`,
);
firstCalls();
line(["case", "exact", "plain rows", "reference", "speed-up", "float64", "of float64", "budget"]);
for (const item of CASES) report(item);
growth();
