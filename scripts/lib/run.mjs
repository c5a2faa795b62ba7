// `npm start` and `npm test` after the Node check: packages, build, then the job itself.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { styleText } from "node:util";
import * as paths from "./paths.mjs";
import { createSteps } from "./steps.mjs";
import { packagesState, install } from "./packages.mjs";
import { withSetupLock } from "./lock.mjs";
import { SetupFailure, formatFailure, failureData } from "./failure.mjs";

const reasons = {
  missing: "",
  broken: "an install was cut short, once more",
  stale: "the lock or Node changed",
};

async function ensurePackages(steps) {
  const state = packagesState();
  if (state === "installed") return;
  const step = steps.begin("packages", reasons[state]);
  try {
    const count = await install((words) => step.progress(`${words}${reasons[state] ? `  ${reasons[state]}` : ""}`));
    step.done(`${count} installed`, state === "missing" ? "first run only" : reasons[state]);
  } catch (error) {
    step.failed(error.message);
    throw error;
  }
}

async function ensureBuilt(steps) {
  const builder = path.join(paths.root, "scripts", "build.mjs");
  const { isStale } = await import(pathToFileURL(builder).href);
  if (!isStale()) return;
  const step = steps.begin("build");
  // A process of its own: esbuild's service must not live on beside the network.
  const result = spawnSync(process.execPath, [builder], {
    cwd: paths.root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  if (result.status === 0) {
    step.done("dist is new");
    return;
  }
  step.failed("esbuild refused the sources");
  throw new SetupFailure({
    code: "E_BUILD",
    message: "the sources could not be bundled",
    cause: result.stderr.trim().split("\n").slice(0, 12).join("\n"),
    remedies: ["mend the file it names, or undo the change:   git status"],
    exitCode: 1,
  });
}

/** Any thrown thing as a failure with a code: a folder that cannot be written is the usual one. */
function asFailure(error) {
  if (error instanceof SetupFailure) return error;
  if (["EACCES", "EPERM", "EROFS", "ENOSPC"].includes(error.code)) {
    return new SetupFailure({
      code: "E_NO_WRITE",
      message: `cannot write ${error.path || paths.state}`,
      cause: error.message,
      remedies: [`make it writable:   chmod -R u+w ${paths.root}`],
      exitCode: 3,
    });
  }
  return new SetupFailure({
    code: "E_INTERNAL",
    message: `set-up broke: ${error.message}`,
    cause: error.stack || String(error),
    remedies: ["report it with these lines"],
    exitCode: 70,
  });
}

function fail(error, json) {
  const failure = asFailure(error);
  if (json) {
    const at = new Date().toISOString();
    const lines = [
      {
        v: 1,
        seq: 1,
        at,
        type: "step.failed",
        step: "set-up",
        error: failureData({ ...failure, message: failure.message, cause: failure.causeText }),
      },
      { v: 1, seq: 2, at, type: "run.stopped", exitCode: failure.exitCode, reason: failure.code, summary: null },
    ];
    process.stdout.write(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  }
  const parts = {
    code: failure.code,
    message: failure.message,
    cause: failure.causeText,
    remedies: failure.remedies,
    log: failure.log,
  };
  process.stderr.write(`${formatFailure(parts)}\n`);
  process.exitCode = failure.exitCode;
}

async function prepare(steps) {
  fs.mkdirSync(paths.temp, { recursive: true });
  await withSetupLock(
    async () => {
      await ensurePackages(steps);
      await ensureBuilt(steps);
    },
    () => steps.say("waiting for another set-up of this clone to finish"),
  );
}

function banner(json, steps, job) {
  if (json) return;
  const { version } = JSON.parse(fs.readFileSync(path.join(paths.root, "package.json"), "utf8"));
  const text = ` ${styleText("bold", `subnetkit ${version}`, { stream: process.stderr })}   ${job}   node ${process.versions.node}   ${process.platform} ${process.arch}`;
  steps.say(steps.draws ? `${text}\n` : text.trim());
}

/** Hands over to the bundled command line in this very process: its signals, streams and exit code are ours. */
async function start(args, steps) {
  process.env.SUBNETKIT_SETUP = JSON.stringify({
    startedAt: Date.now() - Math.round(process.uptime() * 1000),
    steps: steps.finished,
  });
  const cli = path.join(paths.root, "dist", "cli.js");
  process.argv = [process.execPath, cli, "local", "start", ...args];
  await import(pathToFileURL(cli).href);
}

/** Runs one of the two jobs (`start`, `test`) with the arguments that follow it. */
export async function run(job, args) {
  const json = args.includes("--json");
  const flags = { json, plain: args.includes("--plain") || job === "test" };
  const onlyHelp = args.includes("--help") || args.includes("-h");
  const steps = createSteps({ flags, quiet: json });
  try {
    if (job !== "start" && job !== "test") {
      throw new SetupFailure({
        code: "E_USAGE",
        message: `unknown job ${JSON.stringify(job)}`,
        cause: "scripts/bootstrap.cjs knows start and test",
        remedies: ["npm start   or   npm test"],
        exitCode: 2,
      });
    }
    if (!onlyHelp) banner(json, steps, job === "start" ? "local subnet" : "tests");
    await prepare(steps);
    if (job === "start") await start(args, steps);
    else process.exitCode = await (await import("./test.mjs")).test(args, steps);
  } catch (error) {
    fail(error, json);
  }
}
