import { copyFile, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ModelInfo } from "@subnetkit/miner/runtime/model-slot";
import { type ModelStore, openModels } from "@subnetkit/miner/runtime/model-store";
import { createOnnxRuntime, type LocalRuntime } from "@subnetkit/miner/runtime/onnx";
import type { Runtimes } from "@subnetkit/miner/runtime/runtimes";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { ModelRuntime, Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel } from "@subnetkit/shared/runtime/text-model";
import type { ModelEntry } from "@subnetkit/shared/subnet/model-entry";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../support/until.ts";
import { matmulModel } from "./support/matmul-model.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const timesTwo = matmulModel({ width: 2, times: 1, rows: "N", value: 2 });
const timesThree = matmulModel({ width: 2, times: 1, rows: "N", value: 3 });

let folder: string;
let local: LocalRuntime;
let store: ModelStore | undefined;
let closed: string[];
let swaps: { outcome: string; from: string; to: string }[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-store-"));
  local = await createOnnxRuntime({ log }, { providers: ["cpu"] });
  closed = [];
  swaps = [];
  store = undefined;
  await writeFile(path.join(folder, "a.onnx"), timesTwo);
});
afterEach(async () => {
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

const never = () => Promise.reject(new Error("must not be asked"));
const runtimes = (over: Partial<Runtimes> = {}): Runtimes => ({
  onnx: async (): Promise<ModelRuntime> => ({
    name: "onnx",
    load: async (file) => {
      const model = await local.load(file);
      return {
        ...model,
        close: async () => {
          closed.push(model.sha256);
          await model.close();
        },
      };
    },
  }),
  tfjs: never,
  transformers: never,
  openai: never,
  ...over,
});
const open = async (models: readonly ModelEntry[], over: Partial<Runtimes> = {}, checkMs?: number) => {
  store = await openModels(
    { folder, models, ...(checkMs === undefined ? {} : { checkMs }) },
    {
      runtimes: runtimes(over),
      fetchFile: never,
      log,
      onSwap: (outcome, old: ModelInfo, now) => swaps.push({ outcome, from: old.sha256, to: now.sha256 }),
    },
  );
  return store;
};

/** Puts a file in place in one step, as the guide says. */
async function replace(bytes: Uint8Array): Promise<void> {
  await writeFile(path.join(folder, "new"), bytes);
  await rename(path.join(folder, "new"), path.join(folder, "a.onnx"));
}

const one: Tensor = { type: "float32", dims: [1, 2], data: Float32Array.of(1, 1) };
/** The real runtime, with what it says of its provider. */
const sayingProviders = (providers: string[]): Partial<Runtimes> => ({
  onnx: async () => ({
    name: "onnx",
    load: async (file) => ({ ...(await local.load(file)), provider: providers.shift() ?? "cpu" }),
  }),
});

const text = (): TextModel => ({
  provider: "http://there",
  sha256: "",
  generate: async function* () {
    yield { text: "hello" };
  },
  close: async () => void closed.push("text"),
});

describe("openModels", () => {
  test("hands out the listed models by their path and no other", async () => {
    const models = await open(["a.onnx"]);
    expect(models.infos()).toEqual([{ path: "a.onnx", runtime: "onnx", provider: "cpu", sha256: sha256Hex(timesTwo) }]);
    expect((await (await models.get("a.onnx")).run({ x: one }))["y"]?.data[0]).toBe(2);
    await expect(models.get("b.onnx")).rejects.toMatchObject({ code: "E_MODEL_UNDECLARED" });
    await expect(models.text("a.onnx")).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("needs no runtime for a variant without models", async () => {
    expect((await open([], { onnx: never })).infos()).toEqual([]);
  });

  test("closes what was loaded when a later model is missing", async () => {
    await expect(open(["a.onnx", "missing.onnx"])).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
    expect(closed).toEqual([sha256Hex(timesTwo)]);
  });

  test("chooses the runtime by what the model is", async () => {
    const chosen: string[] = [];
    const chose = (what: string): TextModel => {
      chosen.push(what);
      return text();
    };
    await copyFile(path.join(folder, "a.onnx"), path.join(folder, "model.json"));
    await writeFile(path.join(folder, "tokenizer.json"), "{}");
    const models = await open(
      [
        "a.onnx",
        "model.json",
        { path: "." },
        { path: "chat", kind: "openai", url: "http://127.0.0.1:1/v1", model: "llama" },
      ],
      {
        tfjs: async () => ({
          name: "tfjs",
          load: (file) => {
            chosen.push(`tfjs ${path.basename(file)}`);
            return local.load(file);
          },
        }),
        transformers: async (at) => chose(`transformers ${path.relative(folder, at)}`),
        openai: async ({ url }) => chose(`openai ${url}`),
      },
    );
    expect(chosen).toEqual(["tfjs model.json", "transformers ", "openai http://127.0.0.1:1/v1"]);
    expect(models.infos().map(({ runtime }) => runtime)).toEqual(["onnx", "tfjs", "transformers", "openai"]);
    expect((await models.text("chat")).provider).toBe("http://there");
    await expect(models.get("chat")).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("says what a model may be when it is none of it", async () => {
    await writeFile(path.join(folder, "weights.bin"), "");
    await expect(open(["weights.bin"])).rejects.toMatchObject({ code: "E_MODEL_BROKEN" });
    await expect(open(["nothing"])).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
  });
});

describe("a replaced file", () => {
  test("takes over without losing a call, and the old model is closed after its last one", async () => {
    const models = await open(["a.onnx"], {}, 5);
    const model = await models.get("a.onnx");
    let going = true;
    const seen: number[] = [];
    const caller = async (): Promise<void> => {
      while (going) {
        seen.push(Number((await model.run({ x: one }))["y"]?.data[0]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const callers = Promise.all(Array.from({ length: 8 }, caller));
    await until("answers of the old model", () => seen.length > 20);
    await replace(timesThree);
    await until("answers of the new model", () => seen.at(-1) === 3);
    await until("the old model to close", () => closed.length > 0);
    going = false;
    await callers;
    expect(new Set(seen)).toEqual(new Set([2, 3]));
    // Whoever saw the new model never sees the old one again, but for calls that were under way.
    expect(seen.slice(seen.indexOf(3) + 8)).not.toContain(2);
    expect(closed).toEqual([sha256Hex(timesTwo)]);
    expect(models.infos()[0]?.sha256).toBe(sha256Hex(timesThree));
    expect(swaps).toEqual([{ outcome: "swapped", from: sha256Hex(timesTwo), to: sha256Hex(timesThree) }]);
  });

  test("that does not run is reported once and changes nothing; the next good one takes over", async () => {
    const models = await open(["a.onnx"], {}, 5);
    const model = await models.get("a.onnx");
    await replace(Buffer.from("no model at all"));
    await until("a failed swap", () => swaps.length > 0);
    expect((await model.run({ x: one }))["y"]?.data[0]).toBe(2);
    expect(models.infos()[0]?.sha256).toBe(sha256Hex(timesTwo));
    await replace(timesThree);
    await until("a good swap", () => swaps.length > 1);
    expect(swaps.map(({ outcome }) => outcome)).toEqual(["failed", "swapped"]);
    expect((await model.run({ x: one }))["y"]?.data[0]).toBe(3);
  });

  test("with other inputs does not take over, because the solvers were not written for it", async () => {
    const other = Buffer.from(timesThree).toString("latin1").replaceAll("\x01x", "\x01z");
    await open(["a.onnx"], {}, 5);
    await replace(Buffer.from(other, "latin1"));
    await until("a failed swap", () => swaps.length > 0);
    expect(swaps[0]?.outcome).toBe("failed");
    expect(closed).toEqual([sha256Hex(Buffer.from(other, "latin1"))]);
  });

  test("that would run on the processor does not take over from one that a GPU runs; one for a better device does", async () => {
    const models = await open(["a.onnx"], sayingProviders(["webgpu", "cpu", "cuda"]), 5);
    await replace(timesThree);
    await until("a failed swap", () => swaps.length > 0);
    expect(models.infos()[0]).toMatchObject({ provider: "webgpu", sha256: sha256Hex(timesTwo) });
    await replace(timesThree);
    await until("a good swap", () => swaps.length > 1);
    expect(models.infos()[0]).toMatchObject({ provider: "cuda", sha256: sha256Hex(timesThree) });
    expect(swaps.map(({ outcome }) => outcome)).toEqual(["failed", "swapped"]);
  });

  test("that is only touched is not loaded again", async () => {
    let loads = 0;
    const counting = async (): Promise<ModelRuntime> => ({
      name: "onnx",
      load: (file) => {
        loads++;
        return local.load(file);
      },
    });
    await open(["a.onnx"], { onnx: counting }, 5);
    await utimes(path.join(folder, "a.onnx"), new Date(), new Date(Date.now() + 5_000));
    // Bounded by looks, not by time: the second model is seen to change after the first was looked at again.
    await replace(timesTwo);
    await utimes(path.join(folder, "a.onnx"), new Date(), new Date(Date.now() + 9_000));
    await replace(timesThree);
    await until("the real change", () => swaps.length > 0);
    expect(loads).toBe(2);
  });

  test("whose hash is fixed by the variant is not watched", async () => {
    await copyFile(path.join(folder, "a.onnx"), path.join(folder, "b.onnx"));
    const models = await open([{ path: "a.onnx", sha256: sha256Hex(timesTwo) }, "b.onnx"], {}, 5);
    await replace(timesThree);
    await copyFile(path.join(folder, "a.onnx"), path.join(folder, "b.onnx"));
    await until("the swap of the other model", () => swaps.length > 0);
    expect(models.infos().map(({ sha256 }) => sha256)).toEqual([sha256Hex(timesTwo), sha256Hex(timesThree)]);
  });
});
