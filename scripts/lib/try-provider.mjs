// One execution provider of onnxruntime, tried in a process of its own: a driver may take the process with it. Prints one line of JSON.
//   node scripts/lib/try-provider.mjs cuda|webgpu|cpu

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// Its maker collects usage data unless told otherwise.
process.env.ORT_DISABLE_TELEMETRY = "1";
const provider = process.argv[2];
const model = fileURLToPath(new URL("../../subnets/src/digits/model/large.onnx", import.meta.url));
try {
  const ort = createRequire(new URL("../../miner/package.json", import.meta.url))("onnxruntime-node");
  ort.env.logLevel = "fatal";
  const session = await ort.InferenceSession.create(model, { executionProviders: [provider], logSeverityLevel: 4 });
  const run = () => session.run({ pixels: new ort.Tensor("float32", new Float32Array(64), [1, 64]) });
  await run();
  const startedMs = performance.now();
  await run();
  console.log(JSON.stringify({ runMs: performance.now() - startedMs }));
} catch (error) {
  console.log(JSON.stringify({ problem: String(error?.message ?? error).split("\n")[0] }));
}
