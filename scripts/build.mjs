// Bundles the processes into dist/: workspaces and the polkadot.js client inlined, other packages left to Node, linked source maps. `--if-stale` builds only when a source changed.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chainClientBundler } from "./lib/chain-client-bundler.mjs";
import { workspaceResolver } from "./lib/workspace-resolver.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const dist = path.join(root, "dist");
const stampFile = path.join(dist, ".stamp");
const workspaces = ["shared", "chain", "subnets", "miner", "validator", "cli"];

/** Bundle name -> entry. The names are what the supervisor starts. */
const entries = {
  chain: "chain/src/node/main.ts",
  miner: "miner/src/main.ts",
  "model-worker": "miner/src/runtime/thread/model-worker.ts",
  validator: "validator/src/main.ts",
  "score-worker": "validator/src/round/scorer/score-worker.ts",
  cli: "cli/src/main.ts",
  "subnet-trial": "cli/src/subnet/trial-worker.ts",
  "redis-shim": "cli/src/local/redis/shim.ts",
  "bench-start": "test/bench/start.ts",
};

function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|json|cts|cjs|mjs)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Hash of everything a bundle can be made of, by content: a checkout that only touches times builds nothing. */
function sourceStamp() {
  const hash = createHash("sha256");
  const files = workspaces.flatMap((name) => [
    path.join(root, name, "package.json"),
    ...sourceFiles(path.join(root, name, "src")),
  ]);
  files.push(
    path.join(root, "test/bench/start.ts"),
    ...sourceFiles(path.join(root, "scripts/lib")),
    fileURLToPath(import.meta.url),
  );
  for (const file of files) {
    if (!existsSync(file)) continue;
    hash.update(path.relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** True when dist/ does not hold what the sources say. Loads no package; about 20 ms. */
export function isStale() {
  return !existsSync(stampFile) || readFileSync(stampFile, "utf8") !== sourceStamp();
}

/** Builds all entries that exist and puts the result in place in one step. Returns the names that had no source. */
export async function build() {
  const { build: bundle } = await import("esbuild");
  const stamp = sourceStamp();
  const present = Object.entries(entries).filter(([, file]) => existsSync(path.join(root, file)));
  const result = await bundle({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(present),
    outdir: dist,
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    logLevel: "error",
    write: false,
    // The bundled client holds CommonJS modules that ask for Node's own.
    banner: {
      js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);',
    },
    plugins: [workspaceResolver(root), chainClientBundler()],
  });
  const fresh = path.join(root, ".subnetkit", "tmp", `dist-${process.pid}`);
  const old = `${fresh}-old`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const file of result.outputFiles) {
    const target = path.join(fresh, path.relative(dist, file.path));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, file.contents);
  }
  writeFileSync(path.join(fresh, ".stamp"), stamp);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
  return Object.keys(entries).filter((name) => !present.some(([other]) => other === name));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const startedAt = Date.now();
  if (process.argv.includes("--if-stale") && !isStale()) {
    process.stderr.write("dist is up to date\n");
  } else {
    const missing = await build();
    const note = missing.length === 0 ? "" : `, no source for: ${missing.join(", ")}`;
    process.stderr.write(`built dist in ${((Date.now() - startedAt) / 1000).toFixed(2)} s${note}\n`);
  }
}
