import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createOnnxRuntime, type LocalModel, type LocalRuntime } from "@subnetkit/miner/runtime/onnx";
import { placedRuntime } from "@subnetkit/miner/runtime/placed";
import { type ModelThread, openModelThread } from "@subnetkit/miner/runtime/thread/model-thread";
import type { ThreadFacts } from "@subnetkit/miner/runtime/thread/messages";
import { threadModel } from "@subnetkit/miner/runtime/thread/thread-model";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Model, Tensor } from "@subnetkit/shared/runtime/model-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleForNode } from "../../../support/bundle.ts";
import { until } from "../../../support/until.ts";
import { matmulModel } from "./support/matmul-model.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });

let folder: string;
let workerUrl: URL;
let local: LocalRuntime;
let slowFile: string;
let quickFile: string;
let openFile: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-placed-"));
  const source = path.join(import.meta.dirname, "../../../../miner/src/runtime/thread/model-worker.ts");
  workerUrl = pathToFileURL(await bundleForNode(source));
  local = await createOnnxRuntime({ log }, { providers: ["cpu"] });
  const write = async (name: string, bytes: Uint8Array): Promise<string> => {
    await writeFile(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  slowFile = await write("slow.onnx", matmulModel({ width: 512, rows: 512, times: 16 }));
  quickFile = await write("quick.onnx", matmulModel({ width: 8, rows: "N", times: 1, value: 2 }));
  openFile = await write("open.onnx", matmulModel({ width: 8, rows: "N", times: 2, value: 3 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const filled = (rows: number, columns: number): Tensor => ({
  type: "float32",
  dims: [rows, columns],
  data: new Float32Array(rows * columns).fill(1),
});

/** Turns of the event loop, in tens of them, while a run is under way. */
async function turnsDuring(run: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns++;
    if (!over) setTimeout(turn, 0);
  };
  const running = run();
  turn();
  await running;
  over = true;
  return turns;
}

const facts: ThreadFacts = {
  inputs: ["x"],
  outputs: ["y"],
  provider: "cpu",
  refused: [],
  sha256: "00",
  anyRows: true,
  steady: true,
  warmRunMs: 0.01,
};

/** Thread openers that remember what they opened. */
function threads() {
  const opened: string[] = [];
  const openThread = (file: string): Promise<ModelThread> => {
    opened.push(file);
    return openModelThread({ kind: "onnx", file, providers: ["cpu"] }, { workerUrl }, { log });
  };
  return { opened, openThread };
}

describe("placedRuntime", () => {
  test("a slow model leaves the event loop free, which would stand still if it ran here", async () => {
    const { opened, openThread } = threads();
    const model = await placedRuntime({}, { local, openThread, log }).load(slowFile);
    expect(opened).toEqual([slowFile]);
    const here = await local.load(slowFile);
    const blocked = await turnsDuring(() => here.run({ x: filled(512, 512) }));
    const free = await turnsDuring(() => model.run({ x: filled(512, 512) }));
    expect(blocked).toBeLessThanOrEqual(3);
    expect(free).toBeGreaterThan(5);
    await here.close();
    await model.close();
  });

  test("a small model runs in this thread, and gives what it gives in a thread of its own", async () => {
    const { opened, openThread } = threads();
    const model = await placedRuntime({ mostRowMs: 1_000 }, { local, openThread, log }).load(quickFile);
    expect(opened).toEqual([]);
    const thread = await placedRuntime({ mostRowMs: -1 }, { local, openThread, log }).load(quickFile);
    expect(opened).toEqual([quickFile]);
    const x = filled(3, 8);
    const both = [await model.run({ x }), await thread.run({ x })];
    expect(both[0]).toEqual(both[1]);
    expect(both[1]?.["y"]).toEqual({ type: "float32", dims: [3, 8], data: new Float32Array(24).fill(2) });
    expect(thread).toMatchObject({ inputs: ["x"], outputs: ["y"], anyRows: true, provider: "cpu" });
    expect(thread.sha256).toBe(model.sha256);
    await model.close();
    await thread.close();
  });

  test("a model that something else than rows can make slower gets a thread, however short its first run", async () => {
    const file = path.join(folder, "wide.onnx");
    await writeFile(file, matmulModel({ width: 1, rows: "N", times: 1, openWidth: true }));
    const { opened, openThread } = threads();
    const model = await placedRuntime({ mostRowMs: 1_000 }, { local, openThread, log }).load(file);
    expect(opened).toEqual([file]);
    await model.close();
  });

  test("many large rows go to a thread in parts of at most 4 MB, and come back whole and in order", async () => {
    const sent: number[] = [];
    const thread: ModelThread = {
      facts: () => facts,
      call: async (message) => {
        const order = message(0);
        if (order.kind !== "run") throw new Error("no run");
        sent.push(order.inputs["x"]?.data.byteLength ?? 0);
        return { kind: "tensors", outputs: { y: order.inputs["x"] as Tensor }, runMs: 1 };
      },
      close: async () => undefined,
    };
    const rows = 20;
    const width = 150_528;
    const data = Float32Array.from({ length: rows * width }, (_, i) => Math.floor(i / width));
    const { y } = await threadModel(thread).run({ x: { type: "float32", dims: [rows, width], data } });
    expect(sent.length).toBe(4);
    expect(Math.max(...sent)).toBeLessThanOrEqual(4 << 20);
    expect(y?.dims).toEqual([rows, width]);
    expect([0, 7, 19].map((row) => y?.data[row * width])).toEqual([0, 7, 19]);
  });

  test("moves the caller's arrays only when they are given away", async () => {
    const { openThread } = threads();
    const model = await placedRuntime({ mostRowMs: -1 }, { local, openThread, log }).load(quickFile);
    const [kept, given] = [filled(2, 8), filled(2, 8)];
    await model.run({ x: kept });
    await model.run({ x: given }, { giveAway: true });
    expect([kept.data.length, given.data.length]).toEqual([16, 0]);
    await model.close();
  });

  test("while requests are served a model is measured in a thread before it is loaded here", async () => {
    const { opened, openThread } = threads();
    const model = await placedRuntime({ mostRowMs: 1_000 }, { local, openThread, log }).load(openFile, {
      serving: true,
    });
    expect(opened).toEqual([openFile]);
    expect((await model.run({ x: filled(1, 8) }))["y"]?.data[0]).toBe(9);
    await model.close();
  });

  test("while requests are served a large file is not loaded here, however short its runs are", async () => {
    const file = path.join(folder, "large.onnx");
    await writeFile(file, matmulModel({ width: 600, rows: "N", times: 1 }));
    const { openThread } = threads();
    const unused: LocalRuntime = { name: "unused", load: () => Promise.reject(new Error("it is loaded here")) };
    const placed = placedRuntime({ mostRowMs: 1_000 }, { local: unused, openThread, log });
    const model = await placed.load(file, { serving: true });
    expect((await model.run({ x: filled(1, 600) }))["y"]?.data[0]).toBe(1);
    await model.close();
  });

  test("what a GPU runs stays in its own process, however short its runs are, and what it cannot run comes here", async () => {
    const onGpu: ThreadFacts = { ...facts, provider: "webgpu" };
    const opened: ThreadFacts[] = [];
    const open = (told: ThreadFacts) => async (): Promise<ModelThread> => {
      opened.push(told);
      return { facts: () => told, call: () => Promise.reject(new Error("asked there")), close: async () => undefined };
    };
    const there = await placedRuntime({ gpu: true }, { local, openThread: open(onGpu), log }).load(quickFile);
    expect(there.provider).toBe("webgpu");
    await expect(there.run({ x: filled(1, 8) })).rejects.toThrow("asked there");
    // However large: nobody is served yet.
    const file = path.join(folder, "at-start.onnx");
    await writeFile(file, matmulModel({ width: 600, rows: "N", times: 1, value: 2 }));
    const measured = await local.load(file);
    const openThread = open({ ...facts, sha256: measured.sha256 });
    await measured.close();
    const here = await placedRuntime({ gpu: true }, { local, openThread, log }).load(file);
    expect((await here.run({ x: filled(1, 600) }))["y"]?.data[0]).toBe(2);
    expect(opened).toHaveLength(2);
    await here.close();
  });

  test("a model whose runs turn out slow is moved, and no call is lost meanwhile", async () => {
    const { opened, openThread } = threads();
    let runsHere = 0;
    const slowing: LocalRuntime = {
      name: "slowing",
      load: async (file) => {
        const model = await local.load(file);
        return {
          ...model,
          timedRun: async (inputs) => {
            runsHere++;
            return { ...(await model.timedRun(inputs)), runMs: 500 };
          },
        };
      },
    };
    const model = await placedRuntime({ mostRowMs: 1_000 }, { local: slowing, openThread, log }).load(quickFile);
    for (let i = 0; i < 4; i++) await model.run({ x: filled(1, 8) });
    expect(opened).toEqual([]);
    const answers: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) answers.push(model.run({ x: filled(1, 8) }));
    await Promise.all(answers);
    expect(opened).toEqual([quickFile]);
    await until("a run that is not here", async () => {
      const before = runsHere;
      await model.run({ x: filled(1, 8) });
      return runsHere === before;
    });
    await model.close();
    await expect(model.run({ x: filled(1, 8) })).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("a call with many rows is run in parts that fit the budget, and gets all its rows in order", async () => {
    const parts: number[] = [];
    const counting: LocalRuntime = {
      name: "counting",
      load: async (file): Promise<LocalModel> => {
        const model = await local.load(file);
        return {
          ...model,
          warmRunMs: 1,
          timedRun: async (inputs) => {
            const rows = inputs["x"]?.dims[0] ?? 0;
            parts.push(rows);
            return { ...(await model.timedRun(inputs)), runMs: rows };
          },
        };
      },
    };
    const { openThread } = threads();
    const model = await placedRuntime({ mostRunMs: 10 }, { local: counting, openThread, log }).load(quickFile);
    const x: Tensor = { type: "float32", dims: [25, 8], data: Float32Array.from({ length: 200 }, (_, i) => i) };
    const { y } = await model.run({ x });
    expect(parts).toEqual([10, 10, 5]);
    expect(y?.dims).toEqual([25, 8]);
    expect(Array.from(y?.data as Float32Array)).toEqual(Array.from({ length: 200 }, (_, i) => i * 2));
    await model.close();
  });

  test("errors of a model keep their codes on the way out of its thread", async () => {
    const { openThread } = threads();
    const runtime = placedRuntime({ mostRowMs: -1 }, { local, openThread, log });
    const model: Model = await runtime.load(quickFile);
    await expect(model.run({})).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
    await expect(model.run({ x: filled(1, 7) })).rejects.toThrow();
    await model.close();
    await expect(model.run({ x: filled(1, 8) })).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
    const missing = path.join(folder, "nothing.onnx");
    await expect(runtime.load(missing, { serving: true })).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
  });
});
