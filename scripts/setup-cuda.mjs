// Opt-in for NVIDIA GPUs: runs onnxruntime-node's own install script, which fetches its CUDA files (needs the network).
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const entry = createRequire(new URL("../miner/package.json", import.meta.url)).resolve("onnxruntime-node");
const script = join(dirname(entry), "..", "script", "install.js");
const result = spawnSync(process.execPath, [script], {
  stdio: "inherit",
  env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "cuda12" },
});
process.exit(result.status ?? 1);
