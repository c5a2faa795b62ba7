// The locked npm packages: are they there, and if not, `npm ci` with progress that means something.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import * as paths from "./paths.mjs";
import { SetupFailure } from "./failure.mjs";

const lockFile = path.join(paths.root, "package-lock.json");
const modules = path.join(paths.root, "node_modules");
/** npm writes it last, so a killed install does not have it. */
const npmMark = path.join(modules, ".package-lock.json");
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
export const stampFile = path.join(modules, ".subnetkit-stamp");

/** What an installed tree must carry: the lock's hash, and Node's major because native add-ons depend on it. */
export function wantedStamp() {
  const major = process.versions.node.split(".")[0];
  return `${createHash("sha256").update(fs.readFileSync(lockFile)).digest("hex")} node${major}\n`;
}

/** `installed`, or why not: `missing`, `stale` (another lock or Node), `broken` (an install that was cut short). */
export function packagesState() {
  if (!fs.existsSync(modules)) return "missing";
  if (!fs.existsSync(npmMark)) return "broken";
  try {
    return fs.readFileSync(stampFile, "utf8") === wantedStamp() ? "installed" : "stale";
  } catch {
    return "stale";
  }
}

/** The folders npm will make here: optional packages of other systems are in the lock too, and never come. */
export function lockedFolders() {
  const { packages } = JSON.parse(fs.readFileSync(lockFile, "utf8"));
  const fits = (list, value) =>
    list === undefined || list.includes(value) || (list[0]?.startsWith("!") && !list.includes(`!${value}`));
  const libc = process.report?.getReport()?.header?.glibcVersionRuntime ? "glibc" : "musl";
  return Object.entries(packages)
    .filter(([name, entry]) => name.includes("node_modules/") && !entry.link)
    .filter(([, { os, cpu, libc: wanted }]) => {
      return (
        fits(os, process.platform) && fits(cpu, process.arch) && (process.platform !== "linux" || fits(wanted, libc))
      );
    })
    .map(([name]) => name);
}

/** How many answers npm has had from the registry: what moves before the first package is unpacked. */
function fetchedSoFar(log) {
  return fs.readFileSync(log, "utf8").split("npm http fetch").length - 1;
}

/** npm's own entry file: the npm that started us, else the one beside this Node. */
function npmEntry() {
  const candidates = [
    process.env.npm_execpath,
    path.join(path.dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(path.dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js"),
    "/usr/share/nodejs/npm/bin/npm-cli.js",
  ];
  const found = candidates.find((file) => file && path.basename(file) === "npm-cli.js" && fs.existsSync(file));
  if (found) return found;
  throw new SetupFailure({
    code: "E_PACKAGES",
    message: "npm was not found, and the packages are not installed",
    cause: `looked beside ${process.execPath} and at npm_execpath`,
    remedies: ["start it through npm:   npm start"],
    exitCode: 3,
  });
}

/** The caller's environment without what would change the output or the set of packages. */
function npmEnvironment() {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", TMPDIR: paths.temp };
  for (const name of [
    "npm_config_json",
    "npm_config_loglevel",
    "npm_config_omit",
    "npm_config_production",
    "npm_config_global",
    "NODE_ENV",
  ]) {
    delete env[name];
  }
  return env;
}

/** Lines npm printed at the end that say what was wrong, without its boilerplate. */
function lastErrors(log) {
  const lines = fs
    .readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line));
  return lines
    .map((line) => line.replace(/^npm (error|ERR!) ?/, ""))
    .filter((line) => line && !line.includes("complete log of this run"))
    .slice(0, 8);
}

function installFailure(log, how) {
  const errors = lastErrors(log);
  const text = errors.join("\n");
  const offline = /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ERR_SOCKET_TIMEOUT|network/i.test(text);
  const readOnly = /EACCES|EPERM|EROFS|ENOSPC/.test(text);
  const remedies = offline
    ? ["check the network or the proxy (npm config get registry), then the same command again"]
    : readOnly
      ? [`make ${paths.root} writable and leave 1 GB free there, then the same command again`]
      : ["read the log, then the same command again", "if it stays:            rm -rf node_modules && npm start"];
  return new SetupFailure({
    code: "E_PACKAGES",
    message: `npm ci ${how}`,
    cause: text || "npm said nothing",
    remedies,
    exitCode: offline ? 5 : readOnly ? 3 : 1,
    log: path.relative(paths.root, log),
  });
}

/** Runs `npm ci`; `onProgress(words)` four times a second. Resolves with the number of packages. */
export function install(onProgress) {
  const folders = lockedFolders().map((name) => path.join(paths.root, name, "package.json"));
  fs.mkdirSync(paths.logs, { recursive: true });
  fs.mkdirSync(paths.temp, { recursive: true });
  const log = path.join(paths.logs, "npm-ci.log");
  const out = fs.openSync(log, "w");
  const args = [
    npmEntry(),
    "ci",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--include=dev",
    "--loglevel=http",
  ];
  args.push("--cache", path.join(paths.cache, "npm"));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: paths.root,
      env: npmEnvironment(),
      stdio: ["ignore", out, out],
    });
    const timer = setInterval(() => {
      const done = folders.filter((file) => fs.existsSync(file)).length;
      onProgress(done === 0 ? `${fetchedSoFar(log)} answers from the registry` : `${done}/${folders.length}`);
    }, 250);
    const interrupted = (signal) => {
      child.kill("SIGKILL");
      process.exit(signal === "SIGINT" ? 130 : 143);
    };
    const ended = () => {
      clearInterval(timer);
      fs.closeSync(out);
      for (const signal of stopSignals) process.removeListener(signal, interrupted);
    };
    for (const signal of stopSignals) process.on(signal, interrupted);
    child.on("error", (error) => {
      ended();
      reject(error);
    });
    child.on("exit", (code, signal) => {
      ended();
      if (code !== 0) {
        reject(installFailure(log, signal ? `was ended by ${signal}` : `failed with exit code ${code}`));
        return;
      }
      fs.writeFileSync(stampFile, wantedStamp());
      resolve(folders.filter((file) => fs.existsSync(file)).length);
    });
  });
}
