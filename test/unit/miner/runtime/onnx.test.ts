import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOnnxRuntime, type LocalRuntime, loadOrt, openOnFirst, type Ort } from "@subnetkit/miner/runtime/onnx";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matmulModel } from "./support/matmul-model.ts";
import { elsewhereModel, zerosModel } from "./support/odd-models.ts";

const file = fileURLToPath(new URL("../../../../subnets/src/digits/model/small.onnx", import.meta.url));
const log = createLogger({ name: "test", destination: { write: () => undefined } });

let runtime: LocalRuntime;
let folder: string;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ log });
  folder = await mkdtemp(join(tmpdir(), "subnetkit-onnx-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pixels = (rows: number, columns = 64): Tensor => ({
  type: "float32",
  dims: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => (i % 7) / 7),
});

describe("createOnnxRuntime", () => {
  test("loads a model, says what it is and what runs it, and answers batches of any size", async () => {
    const model = await runtime.load(file);
    expect(model.inputs).toEqual(["pixels"]);
    expect(model.outputs).toEqual(["probabilities"]);
    expect(model.provider).toBe("cpu");
    expect(model.sha256).toBe(sha256Hex(await readFile(file)));
    for (const rows of [1, 5]) {
      const { probabilities } = await model.run({ pixels: pixels(rows) });
      expect(probabilities?.dims).toEqual([rows, 10]);
      const sum = Array.from(probabilities?.data as Float32Array).reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(rows, 4);
    }
    await model.close();
  });

  test("loads only the file whose hash it is told, by the bytes that it reads itself", async () => {
    const bytes = await readFile(file);
    const model = await runtime.load(file, { sha256: sha256Hex(bytes) });
    await model.close();
    const other = join(folder, "other.onnx");
    await writeFile(other, Buffer.concat([bytes, Buffer.from([0])]));
    await expect(runtime.load(other, { sha256: sha256Hex(bytes) })).rejects.toMatchObject({ code: "E_MODEL_HASH" });
  });

  test("does not look into other files, whatever a model says lies there", async () => {
    const other = join(folder, "elsewhere.onnx");
    // Of the working directory: what a model given as bytes would be allowed.
    for (const at of ["package.json", "../package.json", "/etc/passwd"]) {
      await writeFile(other, elsewhereModel(at));
      await expect(runtime.load(other)).rejects.toMatchObject({ code: "E_MODEL_BROKEN" });
    }
  });

  test("tells a model whose values decide how long a run takes from one that only rows can make slower", async () => {
    const [byRows, byValue] = [join(folder, "rows.onnx"), join(folder, "value.onnx")];
    await writeFile(byRows, matmulModel({ width: 2, rows: "N", times: 1 }));
    await writeFile(byValue, zerosModel());
    const zeros = await runtime.load(byValue);
    const { y } = await zeros.run({ x: { type: "int64", dims: [1], data: BigInt64Array.of(1_000_000n) } });
    expect(y?.dims).toEqual([1_000_000]);
    const matmul = await runtime.load(byRows);
    expect([zeros.steady, matmul.steady]).toEqual([false, true]);
    await zeros.close();
    await matmul.close();
  });

  test("runs on the next best provider when the first is not there", async () => {
    const both = await createOnnxRuntime({ log }, { providers: ["cuda", "cpu"] });
    const model = await both.load(file);
    expect(model.provider).toBe("cpu");
    await model.close();
    const none = await createOnnxRuntime({ log }, { providers: [] });
    await expect(none.load(file)).rejects.toMatchObject({ code: "E_MODEL_BROKEN" });
  });

  test("runs on the next best provider when the first makes a session that cannot run", async () => {
    const bytes = await readFile(file);
    const ort = await loadOrt();
    const tried: string[] = [];
    let released = 0;
    // Both names mean the processor: no GPU is needed to have one that fails.
    const asProcessor = {
      listSupportedBackends: () => ["webgpu", "cpu"].map((name) => ({ name, bundled: true })),
      InferenceSession: {
        create: async (from: string) => {
          const session = await ort.InferenceSession.create(from);
          const release = session.release.bind(session);
          return Object.assign(session, { release: () => release().then(() => void released++) });
        },
      },
    } as unknown as Ort;
    const second = await openOnFirst(
      asProcessor,
      { file, bytes, providers: ["cuda", "webgpu", "cpu"] },
      async (session, provider, refused) => {
        if (provider === "webgpu") throw new Error("the device is lost\nand a stack");
        return { session, provider, refused };
      },
      { log, onTrying: (provider) => tried.push(provider) },
    );
    expect(tried).toEqual(["webgpu", "cpu"]);
    expect(second).toMatchObject({
      provider: "cpu",
      refused: [{ provider: "cuda" }, { provider: "webgpu", problem: "the device is lost" }],
    });
    expect(released).toBe(1);
    await second.session.release();
  });

  test("refuses inputs that do not fit instead of crashing in native code", async () => {
    const model = await runtime.load(file);
    const short: Tensor = { type: "float32", dims: [2, 64], data: new Float32Array(64) };
    for (const inputs of [{}, { pixels: pixels(1), more: pixels(1) }, { pixels: short }]) {
      await expect(model.run(inputs as never)).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
    }
    await expect(model.run({ pixels: pixels(1, 63) })).rejects.toThrow();
    expect((await model.run({ pixels: pixels(1) }))["probabilities"]?.dims).toEqual([1, 10]);
    await model.close();
  });

  test("refuses every run after it was closed, and may be closed twice", async () => {
    const model = await runtime.load(file);
    await model.close();
    await model.close();
    await expect(model.run({ pixels: pixels(1) })).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("a missing file names its path and what to do, with the exit code of a precondition", async () => {
    const missing = join(folder, "nothing.onnx");
    await expect(runtime.load(missing)).rejects.toMatchObject({
      code: "E_MODEL_MISSING",
      exitCode: 3,
      message: expect.stringContaining(missing) as string,
    });
  });

  test("a file that is no model is told from one that is missing", async () => {
    const broken = join(folder, "broken.onnx");
    await writeFile(broken, "this is not a model");
    await expect(runtime.load(broken)).rejects.toMatchObject({ code: "E_MODEL_BROKEN", exitCode: 3 });
  });
});
