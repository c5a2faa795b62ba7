// `npm run bench:validator`: what a validator costs per round, per answer and per tempo, and how fast it notices and takes over, beside its budgets. A real
// Redis that syncs every write, real sockets. Where waiting is part of what is measured, wall time is held against the budget; elsewhere processor time,
// which other load of the machine does not change. Prints numbers; asserts nothing. `--help` lists the flags.
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { toolOptions } from "../support/tool-options.ts";
import { report, subjectFlags, type Subjects } from "./report.ts";
import { childTask } from "./validator/child.ts";
import { memory } from "./validator/memory.ts";
import { oneRound } from "./validator/one-round.ts";
import { redisAway } from "./validator/redis-away.ts";
import { scoring } from "./validator/scoring.ts";
import { start } from "./validator/start.ts";
import { takeover } from "./validator/takeover.ts";
import { throughput } from "./validator/throughput.ts";
import { weights } from "./validator/weights.ts";

const { quick, subject, child, input } = toolOptions("npm run bench:validator --", {
  ...subjectFlags,
  child: { type: "string", value: "TASK", help: "do a part of it for another process of this bench" },
  input: { type: "string", value: "JSON", help: "what that part is given" },
});
const options = { quick };
const subjects: Subjects = {
  round: () => oneRound(options),
  throughput: () => throughput(options),
  scoring: () => scoring(options),
  weights: () => weights(options),
  redis: () => redisAway(options),
  takeover: () => takeover(options),
  start: () => start(options),
  memory: () => memory(options),
};

await prepareFastHashes();
if (child === undefined) {
  await report(subjects, { subject, width: 70 });
  process.exit(0);
}
await childTask(child, input);
