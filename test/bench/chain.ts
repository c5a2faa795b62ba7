// `npm run bench:chain`: what the development chain does per second and per block, beside its budgets. Each subject runs in a process of its own,
// for a bounded time. Prints numbers; asserts nothing. `--help` lists the flags.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { emptyBlocks } from "./chain/empty-blocks.ts";
import { epochBlocks } from "./chain/epoch-block.ts";
import type { Row } from "./chain/measure.ts";
import { metagraph } from "./chain/metagraph.ts";
import { processStart } from "./chain/process-start.ts";
import { reveals } from "./chain/reveals.ts";
import { throughput } from "./chain/throughput.ts";
import { toolOptions } from "../support/tool-options.ts";
import { report, subjectFlags } from "./report.ts";

const subjects = { start: processStart, throughput, epoch: epochBlocks, reveals, metagraph, empty: emptyBlocks };
type Subject = keyof typeof subjects;
/** The whole run ends by then, whatever the machine does besides: what is still running is cut off and said so. */
const LIMIT_MS = 235_000;

const { quick, subject } = toolOptions("npm run bench:chain --", subjectFlags);

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

if (process.send !== undefined) {
  await prepareFastHashes();
  const rows = await subjects[subject as Subject](quick);
  process.send(rows);
  process.disconnect();
} else {
  const names = Object.keys(subjects) as Subject[];
  await report(Object.fromEntries(names.map((name) => [name, () => run(name)])), {
    subject,
    width: 58,
    about: ". Held against the budget by processor time; wall time beside it",
  });
}
