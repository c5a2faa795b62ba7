import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { cloneRoot } from "@subnetkit/cli/system/clone-root";
import { createRuntimes } from "@subnetkit/miner/runtime/create-runtimes";
import type { OnnxProvider } from "@subnetkit/miner/runtime/providers";
import { tfjsBackends } from "@subnetkit/miner/runtime/tfjs/backend";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleForNode } from "../../../../support/bundle.ts";

const lines: string[] = [];
const log = createLogger({ name: "test", destination: { write: (line) => lines.push(line) } });

let folder: string;
let workerUrl: URL;
let model: string;
beforeAll(async () => {
  // Inside the clone, so that the bundle finds its packages, and this one before them.
  mkdirSync(path.join(cloneRoot(), ".subnetkit", "tmp"), { recursive: true });
  folder = mkdtempSync(path.join(cloneRoot(), ".subnetkit", "tmp", "tfjs-gpu-"));
  const worker = path.join(folder, "model-worker.mjs");
  copyFileSync(await bundleForNode(path.join(cloneRoot(), "miner/src/runtime/thread/model-worker.ts")), worker);
  workerUrl = pathToFileURL(worker);
  model = path.join(folder, "model.json");
  writeFileSync(model, JSON.stringify(oneLayer));
  writeFileSync(path.join(folder, "weights.bin"), new Uint8Array(Float32Array.of(10, 1, 0.5).buffer));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const oneLayer = {
  format: "layers-model",
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "sequential",
      layers: [
        {
          class_name: "Dense",
          config: { name: "dense", units: 1, use_bias: true, batch_input_shape: [null, 2], dtype: "float32" },
        },
      ],
    },
  },
  weightsManifest: [
    {
      paths: ["weights.bin"],
      weights: [
        { name: "dense/kernel", shape: [2, 1], dtype: "float32" },
        { name: "dense/bias", shape: [1], dtype: "float32" },
      ],
    },
  ],
};

/** What the package does when it is loaded: registers the backend `tensorflow`, here with the kernels of the one for the processor. */
const registers = `
const tf = require("@tensorflow/tfjs-core");
const { MathBackendCPU } = require("@tensorflow/tfjs-backend-cpu");
const backend = new MathBackendCPU();
tf.registerBackend("tensorflow", () => backend);
for (const kernel of tf.getKernelsForBackend("cpu")) tf.registerKernel({ ...kernel, backendName: "tensorflow" });
`;

/** Puts a tfjs-node-gpu with this text beside the worker, and runs the model with it. */
async function runWith(text: string, providers: readonly OnnxProvider[] = ["cuda"]) {
  const place = path.join(folder, "node_modules", "@tensorflow", "tfjs-node-gpu");
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "package.json"), JSON.stringify({ name: "@tensorflow/tfjs-node-gpu", main: "i.js" }));
  writeFileSync(path.join(place, "i.js"), text);
  lines.length = 0;
  const loaded = await (await createRuntimes({ workerUrl, providers }, { log }).tfjs()).load(model);
  const outputs = await loaded.run({ dense_input: { type: "float32", dims: [1, 2], data: Float32Array.of(1, 2) } });
  await loaded.close();
  const [better] = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ better }) => better);
  return { provider: loaded.provider, value: outputs["dense"]?.data[0], why: better?.["reason"] };
}

describe("tfjs-node-gpu", () => {
  test("is looked for where it is installed, and only where cuda may be used", () => {
    expect(tfjsBackends(["cuda", "cpu"])).toEqual(["wasm"]);
    expect(tfjsBackends(["cpu"], workerUrl)).toEqual(["wasm"]);
  });

  test("runs the model where it works", async () => {
    const result = await runWith(`${registers} backend.isUsingGpuDevice = true;`);
    expect(result).toEqual({ provider: "@tensorflow/tfjs-node-gpu", value: 12.5, why: undefined });
    expect(tfjsBackends(["webgpu", "cuda", "cpu"], workerUrl)).toEqual(["@tensorflow/tfjs-node-gpu", "wasm"]);
    expect(tfjsBackends(["cpu", "cuda"], workerUrl)).toEqual(["wasm"]);
  });

  test.each([
    ["its native part is not there", 'throw new Error("tfjs_binding.node can not be found");', "tfjs_binding.node"],
    ["it finds no GPU", `${registers} backend.isUsingGpuDevice = false;`, "no GPU"],
    [
      "its first run fails",
      `${registers} backend.isUsingGpuDevice = true; for (const name of ["_FusedMatMul", "BatchMatMul"]) tf.unregisterKernel(name, "tensorflow");`,
      "not registered",
    ],
  ])("gives way to WebAssembly where %s, and the log says so", async (_, text, reason) => {
    const result = await runWith(text);
    expect(result).toMatchObject({ provider: "wasm", value: 12.5, why: expect.stringContaining(reason) as string });
  });

  test("gives way to WebAssembly where it takes its process with it", async () => {
    expect(await runWith('process.kill(process.pid, "SIGSEGV");', ["cuda", "webgpu"])).toMatchObject({
      provider: "wasm",
      value: 12.5,
    });
  });
});
