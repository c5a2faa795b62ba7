// Opt-in for NVIDIA GPUs: fetches the CUDA files of onnxruntime-node by its own install script (from api.nuget.org), then tries every
// execution provider with a small model and says which of them run, and what is missing for CUDA. `npm ci` removes the files again.
//   --check   fetches nothing: only tries

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TRY_MS = 120_000;
const platform = `${process.platform}/${process.arch}`;
const { values: flags } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const home = join(
  dirname(createRequire(new URL("../miner/package.json", import.meta.url)).resolve("onnxruntime-node")),
  "..",
);
const library = join(home, "bin", "napi-v6", platform, "libonnxruntime_providers_cuda.so");

if (!flags.check) fetchFiles();
const cuda = tryProvider("cuda");
tryProvider("webgpu");
tryProvider("cpu");
if (!cuda) explain();
process.exit(cuda || flags.check ? 0 : 1);

function fetchFiles() {
  if (platform !== "linux/x64") {
    console.error(
      `onnxruntime-node has CUDA files for linux/x64 only, and this is ${platform}. A GPU runs models by WebGPU here.`,
    );
    process.exit(3);
  }
  const result = spawnSync(process.execPath, [join(home, "script", "install.js")], {
    stdio: "inherit",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "cuda12" },
  });
  if (result.status === 0) return;
  console.error(
    "The CUDA files could not be fetched: their install script needs https://api.nuget.org (its own words are above).",
  );
  process.exit(1);
}

/** Says whether it runs a model. */
function tryProvider(name) {
  const child = spawnSync(process.execPath, [fileURLToPath(new URL("lib/try-provider.mjs", import.meta.url)), name], {
    encoding: "utf8",
    timeout: TRY_MS,
  });
  let result;
  try {
    result = JSON.parse(child.stdout.trim().split("\n").at(-1) ?? "");
  } catch {
    result = { problem: `its process ended with ${child.signal ?? child.status} (${child.stderr.trim().slice(-300)})` };
  }
  const runs = result.problem === undefined;
  console.log(`${name.padEnd(7)} ${runs ? `runs (${result.runMs.toFixed(2)} ms)` : `does not run: ${result.problem}`}`);
  return runs;
}

/** What stands between this machine and CUDA: the library's own error says none of it. */
function explain() {
  if (platform !== "linux/x64") return;
  if (!existsSync(library)) {
    console.log("CUDA: its files are not there: `npm run setup:cuda` fetches them.");
    return;
  }
  const driver = spawnSync("nvidia-smi", ["-L"], { encoding: "utf8" });
  console.log(
    driver.status === 0
      ? `CUDA: the driver sees ${driver.stdout.trim().split("\n").join(", ")}`
      : "CUDA: nvidia-smi does not answer: NVIDIA's driver is missing, or the container was started without the GPU (docker run --gpus all).",
  );
  const needs = spawnSync("ldd", [library], { encoding: "utf8" });
  const missing = [...(needs.stdout ?? "").matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name);
  if (missing.length === 0) return;
  console.log(`CUDA: libraries that are not found: ${missing.join(", ")}`);
  const major = missing.join(" ").match(/lib(?:cudart|cublas|cublasLt)\.so\.(\d+)/)?.[1];
  if (major !== undefined)
    console.log(
      `  The CUDA ${major} runtime has them (NVIDIA's packages cuda-toolkit-${major}-*, or its image nvidia/cuda:${major}.*-cudnn-runtime).`,
    );
  if (missing.some((name) => name.startsWith("libcudnn")))
    console.log("  cuDNN has the ones called libcudnn (cuDNN 9 for the same CUDA).");
  console.log("  Where they are installed but not found, name their folder in LD_LIBRARY_PATH.");
}
