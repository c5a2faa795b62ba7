// The Python SDK and btcli against the development chain: `npm run test:interop`. Makes a Python environment of its own under .subnetkit/interop,
// starts chains on free ports and runs test/interop/*.py against them. Says "skipped" and exits 0 where there is no Python or no PyPI.
// The parts `miner` and `btauth` need no chain: they talk to our miner server, signers and validator in a process of their own (miner/peer.ts).
// The part `mixed` is a whole subnet: our miners and validators as processes (mixed/network.ts), and those of the SDK.
//   --only NAME[,NAME]   parts: miner, btauth, quicknet, async, sdk, mixed, btcli
//   --minutes N          starts no part after so many and says which were left out; no part takes more than 15
//   --chain FILE         a built chain other than dist/chain.js, with miner.js and validator.js beside it

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, isStale } from "./build.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const home = path.join(root, ".subnetkit", "interop");
const tests = path.join(root, "test", "interop");
/** The environments: SDK 10 with btcli, and SDK 11, which cannot live in one. */
const sdk10 = { requirements: path.join(tests, "requirements.txt"), size: "300 MB" };
const sdk11 = { requirements: path.join(tests, "miner", "requirements-11.txt"), size: "60 MB" };
const pulses = path.join(root, "test", "vectors", "quicknet-pulses.jsonl");

const INSTALL_MS = 600_000;
const CHAIN_READY_MS = 20_000;
const PART_MS = 900_000;
/** A part without a finished check for so long hangs; one that goes on is slow, as a busy machine makes it. */
const CHECK_MS = 240_000;

/** Each part: its script, and the settings of a chain of its own or the program of ours it talks to. The quick ones come first. */
const parts = {
  miner: { script: "miner/dendrite.py", peer: "miner/peer.ts" },
  btauth: { script: "miner/btauth.py", peer: "miner/peer.ts", environment: sdk11 },
  quicknet: {
    script: "quicknet.py",
    chain: ["--mode", "instant", "--drand", "quicknet", "--drand-pulses", pulses],
    more: [pulses],
  },
  async: { script: "aio.py", chain: [] },
  sdk: { script: "sdk.py", chain: [] },
  mixed: { script: "mixed/mixed.py", chain: [], peer: "mixed/network.ts" },
  btcli: { script: "cli.py", chain: [] },
};

/** What pip says when the index has no build of a package for this Python or this kind of machine. */
const NO_WHEEL = /No matching distribution found for \S+/;

/** What pip says when it cannot reach an index, as opposed to a package that is wrong. */
const UNREACHABLE =
  /NewConnectionError|ConnectTimeout|ReadTimeout|ConnectionError|Max retries exceeded|Name or service not known|Temporary failure in name resolution|ProxyError|SSLError|Network is unreachable/;

class Skip extends Error {}

const run = (command, args, options = {}) =>
  spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, ...options });

/** A Python of 3.10 or later. */
function findPython() {
  const wanted = process.env.SUBNETKIT_PYTHON;
  for (const name of wanted === undefined ? ["python3", "python"] : [wanted]) {
    const asked = run(name, ["-c", "import sys; print(*sys.version_info[:3], sep='.')"], { timeout: 20_000 });
    if (asked.status !== 0) continue;
    const version = asked.stdout.trim();
    const [major, minor] = version.split(".").map(Number);
    if (major === 3 && minor >= 10) return { name, version };
    throw new Skip(`${name} is ${version}, and the Python SDK needs 3.10 or later (SUBNETKIT_PYTHON names another)`);
  }
  throw new Skip("there is no python3 on the PATH (SUBNETKIT_PYTHON names one)");
}

/** The environment's Python; makes and fills the environment, by `deadline`, unless the last run left it as the requirements say. */
function prepareEnvironment({ requirements, size }, deadline) {
  const { name, version } = findPython();
  const stamp = createHash("sha256").update(readFileSync(requirements)).update(version).digest("hex");
  const folder = path.join(home, `python-${stamp.slice(0, 12)}`);
  const python = path.join(folder, "bin", "python");
  const done = path.join(folder, "complete");
  if (existsSync(done)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  console.log(`# making a Python ${version} environment in ${path.relative(root, folder)} (once, about ${size})`);
  const limit = Math.max(1_000, Math.min(INSTALL_MS, deadline - Date.now()));
  const made = run(name, ["-m", "venv", folder], { timeout: limit });
  if (made.status !== 0) throw new Skip(`${name} -m venv failed: ${lastLine(made.stdout + made.stderr)}`);
  const installed = run(
    python,
    [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      // Nothing is compiled here, and a network that swallows packets is noticed in a minute.
      ...["--only-binary", ":all:", "--retries", "2", "--timeout", "15"],
      ...["-r", requirements],
    ],
    { timeout: limit },
  );
  const said = `${installed.stdout}${installed.stderr}`;
  if (installed.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    if (installed.error?.code === "ETIMEDOUT")
      throw new Skip(`pip did not finish within ${Math.round(limit / 1_000)} s`);
    if (UNREACHABLE.test(said)) throw new Skip(`PyPI cannot be reached: ${unreachableLine(said)}`);
    const missing = NO_WHEEL.exec(said);
    if (missing !== null) throw new Skip(`PyPI has no build for Python ${version} on this machine: ${missing[0]}`);
    throw new Error(`pip install failed:\n${said}`);
  }
  writeFileSync(done, "");
  return python;
}

/** The line that says why. */
const unreachableLine = (text) =>
  text
    .split("\n")
    .find((line) => UNREACHABLE.test(line))
    ?.trim() ?? lastLine(text);

const lastLine = (text) => text.trim().split("\n").at(-1) ?? "";

/** Starts a chain in memory on a free port. */
async function startChain(file, settings) {
  const child = spawn(process.execPath, [file, "--port", "0", "--log-level", "error", ...settings], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    env: { ...process.env, SUBNETKIT_EVENTS_FD: "3" },
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the chain was not ready in ${CHAIN_READY_MS} ms`)),
      CHAIN_READY_MS,
    );
    createInterface({ input: child.stdio[3] }).on("line", (line) => {
      const event = JSON.parse(line);
      if (event.type !== "process.ready") return;
      clearTimeout(timer);
      resolve(event.port);
    });
    exited.then((code) => reject(new Error(`the chain ended with code ${code} before it was ready`)));
  }).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    url: `ws://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 6_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Bundles a program of test/interop; gives the file. */
async function bundlePeer(source) {
  const { build: bundle } = await import("esbuild");
  const { workspaceResolver } = await import("./lib/workspace-resolver.mjs");
  const outfile = path.join(home, `${path.basename(source, ".ts")}.mjs`);
  await bundle({
    absWorkingDir: root,
    entryPoints: [path.join(tests, source)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "error",
    plugins: [workspaceResolver(root)],
  });
  return outfile;
}

/** What a part runs against: a chain of its own on a free port, the command of a peer, which the script starts itself, or both. */
async function startOther({ chain: settings, peer }, chainFile) {
  const command = peer === undefined ? [] : [process.execPath, await bundlePeer(peer)];
  if (settings === undefined) return { args: command, stop: () => Promise.resolve() };
  const chain = await startChain(chainFile, settings);
  // A peer beside a chain starts other processes of ours.
  const places = peer === undefined ? [] : [root, path.dirname(chainFile)];
  return { args: [chain.url, ...command, ...places], stop: () => chain.stop() };
}

/** Runs one part: "passed" when all its checks did, "failed", or "cut" when time was over before it was through. */
async function runPart(name, { python, chainFile }) {
  const { script, more = [] } = parts[name];
  const other = await startOther(parts[name], chainFile);
  const folder = mkdtempSync(path.join(home, "home-"));
  try {
    // A home of its own: the SDK and btcli read and write wallets and settings there. No network but the chain is needed.
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONPATH: tests,
      NO_COLOR: "1",
      LANG: "C.UTF-8",
    };
    const child = spawn(python, [path.join(tests, script), ...other.args, ...more], {
      cwd: tests,
      env,
      stdio: ["inherit", "pipe", "inherit"],
    });
    let failed = false;
    let lastCheck = Date.now();
    createInterface({ input: child.stdout }).on("line", (line) => {
      console.log(line);
      failed ||= line.startsWith("not ok ");
      if (/^(ok|not ok) /.test(line)) lastCheck = Date.now();
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, PART_MS);
    const code = await new Promise((resolve) => child.once("close", (status, signal) => resolve(status ?? signal)));
    clearTimeout(timer);
    if (late && !failed && Date.now() - lastCheck < CHECK_MS) {
      console.log(`interop skipped: the rest of ${name}: ${PART_MS / 60_000} minutes are over, and it still went on`);
      return "cut";
    }
    if (code !== 0) console.log(`# ${name}: ended with ${code}${late ? `, after ${PART_MS / 60_000} minutes` : ""}`);
    return code === 0 ? "passed" : "failed";
  } finally {
    await other.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const environmentOf = (name) => parts[name].environment ?? sdk10;

/** The Python of every environment these parts need; says which parts have none, and why. */
function prepareEnvironments(names, deadline) {
  const pythons = new Map();
  for (const environment of new Set(names.map(environmentOf))) {
    try {
      pythons.set(environment, prepareEnvironment(environment, deadline));
    } catch (error) {
      if (!(error instanceof Skip)) throw error;
      const without = names.filter((name) => environmentOf(name) === environment);
      console.log(`interop skipped: ${without.join(", ")}: ${error.message}`);
    }
  }
  return pythons;
}

async function main() {
  const { values } = parseArgs({
    options: { chain: { type: "string" }, only: { type: "string" }, minutes: { type: "string", default: "60" } },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error("--minutes is a number above 0");
  const names = values.only?.split(",") ?? Object.keys(parts);
  const unknown = names.find((name) => parts[name] === undefined);
  if (unknown !== undefined) throw new Error(`no part ${unknown}: ${Object.keys(parts).join(", ")}`);
  const lastStart = Date.now() + minutes * 60_000;
  const pythons = prepareEnvironments(names, lastStart);
  const possible = names.filter((name) => pythons.has(environmentOf(name)));
  if (possible.length === 0) return 0;
  const needsChain = possible.some((name) => parts[name].chain !== undefined);
  if (needsChain && values.chain === undefined && isStale()) await build();
  const chainFile = path.resolve(values.chain ?? path.join(root, "dist", "chain.js"));
  const failed = [];
  const passed = [];
  for (const name of possible) {
    if (Date.now() > lastStart) {
      console.log(`interop skipped: ${name}: ${minutes} minutes are over (--minutes)`);
      continue;
    }
    const outcome = await runPart(name, { python: pythons.get(environmentOf(name)), chainFile });
    if (outcome === "passed") passed.push(name);
    else if (outcome === "failed") failed.push(name);
  }
  const told = passed.length === names.length ? "all parts" : passed.join(", ") || "none";
  console.log(failed.length === 0 ? `# interop: ${told} passed` : `# interop: failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
