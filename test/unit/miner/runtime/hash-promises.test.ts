import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRuntimes } from "@subnetkit/miner/runtime/create-runtimes";
import { openModels } from "@subnetkit/miner/runtime/model-store";
import type { LocalRuntime } from "@subnetkit/miner/runtime/onnx";
import { placedRuntime } from "@subnetkit/miner/runtime/placed";
import type { ThreadFacts } from "@subnetkit/miner/runtime/thread/messages";
import { readTextModelFolder } from "@subnetkit/miner/runtime/transformers/folder";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { ModelEntry } from "@subnetkit/shared/subnet/model-entry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleForNode } from "../../../support/bundle.ts";
import { until } from "../../../support/until.ts";
import { matmulModel } from "./support/matmul-model.ts";
import { writeTinyDecoder } from "./support/tiny-decoder.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const worker = path.join(import.meta.dirname, "../../../../miner/src/runtime/thread/model-worker.ts");
const quick = matmulModel({ width: 2, rows: "N", times: 1 });
const wrong = "0".repeat(64);

let folder: string;
let workerUrl: URL;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-promises-"));
  workerUrl = pathToFileURL(await bundleForNode(worker));
  await writeFile(path.join(folder, "a.onnx"), quick);
  await writeFile(path.join(folder, "model.json"), JSON.stringify({ format: "graph-model", modelTopology: {} }));
  await writeTinyDecoder(path.join(folder, "chat"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (model: ModelEntry, fetched = path.join(folder, "a.onnx")) =>
  openModels(
    { folder, models: [model], ipfsGateways: ["http://127.0.0.1:1"] },
    { runtimes: createRuntimes({ workerUrl, providers: ["cpu"] }, { log }), fetchFile: async () => fetched, log },
  );

describe("a promised hash is held against what is loaded", () => {
  const cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  test.each<[string, ModelEntry]>([
    ["an ONNX file", { path: "a.onnx", sha256: wrong }],
    [
      "a file that was fetched, and changed in the cache since",
      { path: "b.onnx", url: "https://x.org/b", sha256: wrong },
    ],
    ["a file of IPFS", { path: "c.onnx", ipfs: cid, sha256: wrong }],
    ["a model of TensorFlow.js", { path: "model.json", sha256: wrong }],
    ["a text model", { path: "chat", sha256: wrong }],
  ])("of %s", async (_, model) => {
    await expect(open(model)).rejects.toMatchObject({ code: "E_MODEL_HASH" });
  });

  test("and a model with the right one runs", async () => {
    const { sha256 } = await readTextModelFolder(path.join(folder, "chat"));
    for (const model of [
      { path: "a.onnx", sha256: sha256Hex(quick) },
      { path: "chat", sha256 },
    ]) {
      const store = await open(model);
      expect(store.infos()[0]?.sha256).toBe(model.sha256);
      await store.close();
    }
  });
});

describe("wherever a model goes", () => {
  const facts: Omit<ThreadFacts, "sha256"> = {
    ...{ inputs: ["x"], outputs: ["y"], provider: "cpu", refused: [] },
    ...{ anyRows: true, steady: true, warmRunMs: 1 },
  };
  const x: Tensor = { type: "float32", dims: [1, 2], data: new Float32Array(2) };

  test.each([
    ["from here to a thread, since it is slow", 100, {}],
    ["from here to a thread, since it got slow", 1, {}],
    ["from a thread to here, while requests are served", 1, { serving: true }],
  ])("it is the one that was measured: %s", async (_, warmRunMs, options) => {
    const promised: (string | undefined)[] = [];
    const local: LocalRuntime = {
      name: "local",
      load: async (_file, { sha256 } = {}) => {
        promised.push(sha256);
        const timedRun = async () => ({ outputs: {}, runMs: 500 });
        const close = async () => undefined;
        return { ...facts, sha256: "measured", warmRunMs, timedRun, warmUp: timedRun, run: async () => ({}), close };
      },
    };
    const openThread = async (_file: string, { sha256 }: { readonly sha256?: string | undefined }) => {
      promised.push(sha256);
      const result = { kind: "tensors", outputs: {}, runMs: 1 } as const;
      return {
        facts: () => ({ ...facts, sha256: "measured" }),
        call: async () => result,
        close: async () => undefined,
      };
    };
    const model = await placedRuntime({}, { local, openThread, log }).load(path.join(folder, "a.onnx"), options);
    await until("it to go", async () => {
      await model.run({ x });
      return promised.length === 2;
    });
    expect(promised).toEqual([undefined, "measured"]);
    await model.close();
  });
});

describe("a text model's hash", () => {
  test("is of its decoder, and of the parts that lie beside it under either name", async () => {
    const hashes = new Set<string>();
    for (const parts of [[], ["model.onnx_data"], ["model.onnx.data"], ["model.onnx_data", "model.onnx.data"]]) {
      const at = path.join(folder, `parts-${hashes.size}`);
      await mkdir(at);
      for (const name of ["config.json", "tokenizer.json"])
        await copyFile(path.join(folder, "chat", name), path.join(at, name));
      for (const name of ["model.onnx", ...parts]) await writeFile(path.join(at, name), name);
      const { sha256, bytes } = await readTextModelFolder(at);
      expect(bytes === undefined).toBe(parts.length > 0);
      hashes.add(sha256);
    }
    expect(hashes.size).toBe(4);
  });
});
