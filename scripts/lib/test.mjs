// `npm test`: a Redis for the tests that need one, then format, lint, types and the two vitest projects, then one line that sums up.

import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import * as paths from "./paths.mjs";

const bin = (...parts) => path.join(paths.root, "node_modules", ...parts);

/** The checks that come before the tests, each a command of an installed package. */
const checks = [
  ["format", [bin("@biomejs", "biome", "bin", "biome"), "format", "."]],
  ["lint", [bin("@biomejs", "biome", "bin", "biome"), "lint", "."]],
  ["typed lint", [bin("eslint", "bin", "eslint.js"), "."]],
  ["types", [bin("typescript-7", "bin", "tsc"), "-p", "tsconfig.json"]],
];

function environment(extra = {}) {
  return { ...process.env, TMPDIR: paths.temp, ORT_DISABLE_TELEMETRY: "1", ...extra };
}

/** Runs a Node script; its output is kept, or passed on when `inherit`. */
function node(args, { inherit = false, env = environment() } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: paths.root,
      env,
      stdio: ["ignore", inherit ? "inherit" : "pipe", inherit ? "inherit" : "pipe"],
    });
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    const pass = (signal) => child.kill(signal);
    process.on("SIGINT", pass).on("SIGTERM", pass);
    child.on("close", (code, signal) => {
      process.removeListener("SIGINT", pass).removeListener("SIGTERM", pass);
      resolve({ code: code ?? (signal === "SIGINT" ? 130 : 143), output });
    });
  });
}

async function redis(steps) {
  const step = steps.begin("redis");
  const { code, output } = await node([path.join(paths.root, "dist", "cli.js"), "redis", "provision", "--json"]);
  if (code === 0) {
    const { version, source } = JSON.parse(output.trim().split("\n").at(-1));
    step.done(`${version}, ${source}`);
    return 0;
  }
  step.failed("no server for the tests");
  process.stderr.write(`${output}\n`);
  return code;
}

async function check(name, args, steps) {
  const step = steps.begin(name);
  const { code, output } = await node(args);
  if (code === 0) {
    step.done();
    return true;
  }
  step.failed("see below");
  process.stderr.write(`\n${output.trim()}\n\n`);
  return false;
}

/** The counts the reporter left, or undefined when vitest never got that far. */
function counts(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Runs everything; returns the exit code. Arguments go to vitest (a file name, `--project unit`). */
export async function test(args, steps) {
  fs.mkdirSync(paths.temp, { recursive: true });
  const redisCode = await redis(steps);
  if (redisCode !== 0) return redisCode;
  let passed = 0;
  let failed = 0;
  for (const [name, command] of checks) {
    if (await check(name, command, steps)) passed++;
    else failed++;
  }
  const file = path.join(paths.temp, `tests-${process.pid}.json`);
  const reporters = ["--reporter=default", "--reporter=./test/support/count-reporter.ts"];
  const { code } = await node([bin("vitest", "vitest.mjs"), "run", ...reporters, ...args], {
    inherit: true,
    env: environment({ SUBNETKIT_TEST_COUNTS: file }),
  });
  const result = counts(file);
  fs.rmSync(file, { force: true });
  passed += result?.passed ?? 0;
  failed += result?.failed ?? 0;
  if (code !== 0 && (result === undefined || result.failed === 0)) failed++;
  if (result?.skipped) process.stdout.write(`${result.skipped} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : code === 130 || code === 143 ? code : 1;
}
