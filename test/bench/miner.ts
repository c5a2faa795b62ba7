// `npm run bench:miner`: what the miner's server costs per request, beside its budgets. The server is a process on one core, the load another process on
// another core, 32 connections, 1 KB of JSON; all ratios come from one run whose samples are taken in turn. Figures are held against the budget by
// processor time of the server, which other load of the machine does not change; wall time stands beside it. Prints numbers; asserts nothing.
// `--help` lists the flags.
import { batches } from "./miner/batches.ts";
import { memory } from "./miner/endurance.ts";
import { overload } from "./miner/overload.ts";
import { pinLoad } from "./miner/process.ts";
import { type ServerKind, serveKind } from "./miner/server.ts";
import { slowPeers } from "./miner/slow.ts";
import { speed } from "./miner/speed.ts";
import { toolOptions } from "../support/tool-options.ts";
import { report, subjectFlags, type Subjects } from "./report.ts";

const { quick, full, subject, server } = toolOptions("npm run bench:miner --", {
  ...subjectFlags,
  full: { type: "boolean", help: "a million requests for the memory row" },
  server: { type: "string", value: "KIND", help: "be a server for another process of this bench" },
});
const subjects: Subjects = {
  speed: () => speed(quick),
  slow: slowPeers,
  batches,
  overload: () => overload(quick),
  memory: () => memory({ quick, full }),
};

if (server === undefined) await report(subjects, { subject, width: 62, about: `; ${pinLoad()}` });
else await serveKind(server as ServerKind);
