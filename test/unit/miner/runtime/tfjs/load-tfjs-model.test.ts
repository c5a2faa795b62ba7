import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRuntimes } from "@subnetkit/miner/runtime/create-runtimes";
import { loadTfjsModel } from "@subnetkit/miner/runtime/tfjs/load-tfjs-model";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import { memory } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleForNode } from "../../../../support/bundle.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });

let folder: string;
let graphFile: string;
let layersFile: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-tfjs-"));
  graphFile = await writeModel("graph", graph, [{ name: "w", shape: [2, 3], dtype: "float32" }], [1, 2, 3, 4, 5, 6]);
  layersFile = await writeModel(
    "layers",
    layers,
    [
      { name: "dense/kernel", shape: [2, 1], dtype: "float32" },
      { name: "dense/bias", shape: [1], dtype: "float32" },
    ],
    [10, 1, 0.5],
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeModel(name: string, model: object, weights: object[], values: number[]): Promise<string> {
  await mkdir(path.join(folder, name), { recursive: true });
  const file = path.join(folder, name, "model.json");
  await writeFile(file, JSON.stringify({ ...model, weightsManifest: [{ paths: ["weights.bin"], weights }] }));
  await writeFile(path.join(folder, name, "weights.bin"), new Uint8Array(Float32Array.from(values).buffer));
  return file;
}

const float = { type: "DT_FLOAT" };
/** y = x w */
const graph = {
  format: "graph-model",
  modelTopology: {
    node: [
      {
        name: "x",
        op: "Placeholder",
        attr: { dtype: float, shape: { shape: { dim: [{ size: "-1" }, { size: "2" }] } } },
      },
      { name: "w", op: "Const", attr: { dtype: float, value: { tensor: { dtype: "DT_FLOAT", tensorShape: {} } } } },
      {
        name: "y",
        op: "MatMul",
        input: ["x", "w"],
        attr: { T: float, transpose_a: { b: false }, transpose_b: { b: false } },
      },
    ],
    versions: { producer: 440 },
  },
  signature: {
    inputs: {
      x: { name: "x:0", dtype: "DT_FLOAT", tensorShape: { dim: [{ size: "-1" }, { size: "2" }] } },
    },
    outputs: {
      y: { name: "y:0", dtype: "DT_FLOAT", tensorShape: { dim: [{ size: "-1" }, { size: "3" }] } },
    },
  },
};
/** One dense layer of one unit. */
const layers = {
  format: "layers-model",
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "sequential",
      layers: [
        {
          class_name: "Dense",
          config: {
            name: "dense",
            units: 1,
            activation: "linear",
            use_bias: true,
            batch_input_shape: [null, 2],
            dtype: "float32",
          },
        },
      ],
    },
  },
};

const x = (...values: number[]): Tensor => ({
  type: "float32",
  dims: [values.length / 2, 2],
  data: Float32Array.from(values),
});

describe("loadTfjsModel", () => {
  test("runs a graph model on WebAssembly", async () => {
    const model = await loadTfjsModel(graphFile, {}, { log });
    expect(model).toMatchObject({ provider: "wasm", anyRows: true, steady: true, inputs: ["x"], outputs: ["y"] });
    const outputs = await model.run({ x: x(1, 0, 0, 1) });
    expect(outputs["y"]).toEqual({ type: "float32", dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    await model.close();
  });

  test("runs a layers model", async () => {
    const model = await loadTfjsModel(layersFile, {}, { log });
    expect(model).toMatchObject({ anyRows: true, inputs: ["dense_input"], outputs: ["dense"] });
    const outputs = await model.run({ dense_input: x(1, 2, 3, 4) });
    expect(outputs["dense"]?.data).toEqual(Float32Array.of(12.5, 34.5));
    await model.close();
  });

  test("leaves no tensor behind, whether runs succeed or fail, and none at all after it was closed", async () => {
    const before = memory().numTensors;
    for (const [file, input] of [
      [graphFile, "x"],
      [layersFile, "dense_input"],
    ] as const) {
      const model = await loadTfjsModel(file, {}, { log });
      const loaded = memory().numTensors;
      for (let i = 0; i < 20; i++) {
        await model.run({ [input]: x(1, 2) });
        await model.run({ [input]: x(1) }).catch(() => undefined);
      }
      expect(memory().numTensors).toBe(loaded);
      await model.close();
      expect(memory().numTensors).toBe(before);
    }
  });

  test("refuses inputs that do not fit", async () => {
    const model = await loadTfjsModel(graphFile, {}, { log });
    const wrong: Record<string, Tensor>[] = [
      {},
      { x: x(1, 2), more: x(1, 2) },
      { x: { type: "int32", dims: [1, 2], data: Int32Array.of(1, 2) } },
      { x: { type: "float32", dims: [2, 2], data: Float32Array.of(1, 2) } },
      { x: { type: "float32", dims: [1, 3], data: Float32Array.of(1, 2, 3) } },
    ];
    for (const inputs of wrong) await expect(model.run(inputs)).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
    await model.close();
    await model.close();
    await expect(model.run({ x: x(1, 2) })).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("its hash is of the weights too, and its weights lie in its folder", async () => {
    const one = await loadTfjsModel(graphFile, {}, { log });
    await writeFile(path.join(folder, "graph/weights.bin"), new Uint8Array(24));
    const two = await loadTfjsModel(graphFile, {}, { log });
    expect(two.sha256).not.toBe(one.sha256);
    await one.close();
    await two.close();
    const outside = path.join(folder, "outside.json");
    const manifest = [{ paths: ["../../etc/passwd"], weights: [] }];
    await writeFile(outside, JSON.stringify({ ...graph, weightsManifest: manifest }));
    await expect(loadTfjsModel(outside, {}, { log })).rejects.toMatchObject({ code: "E_MODEL_BROKEN" });
    await writeFile(outside, "{");
    await expect(loadTfjsModel(outside, {}, { log })).rejects.toMatchObject({ code: "E_MODEL_BROKEN" });
    const missing = path.join(folder, "nothing/model.json");
    await expect(loadTfjsModel(missing, {}, { log })).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
  });

  test("runs in a thread of its own", async () => {
    const source = path.join(import.meta.dirname, "../../../../../miner/src/runtime/thread/model-worker.ts");
    const workerUrl = pathToFileURL(await bundleForNode(source));
    const runtime = await createRuntimes({ workerUrl, providers: ["cpu"] }, { log }).tfjs();
    const model = await runtime.load(layersFile);
    expect(model.provider).toBe("wasm");
    const outputs = await model.run({ dense_input: x(1, 2) });
    expect(outputs["dense"]?.data).toEqual(Float32Array.of(12.5));
    await model.close();
  });
});
