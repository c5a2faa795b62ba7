import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { batchingModel } from "@subnetkit/miner/runtime/batching";
import type { ToThread } from "@subnetkit/miner/runtime/thread/messages";
import {
  type ModelThread,
  openModelThread,
  type ThreadEvents,
  type ThreadOptions,
} from "@subnetkit/miner/runtime/thread/model-thread";
import type { OnnxProvider } from "@subnetkit/miner/runtime/providers";
import { brokenBy } from "@subnetkit/miner/runtime/thread/thread-host";
import { threadModel } from "@subnetkit/miner/runtime/thread/thread-model";
import { appError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../support/until.ts";

/** Reaches its owner as a thread and as a process. */
const port = `
import { parentPort, workerData } from "node:worker_threads";
const port = parentPort ?? {
  on: (_, take) => process.on("message", take),
  postMessage: (message) => process.send(message),
  close: () => process.disconnect(),
};
const data = workerData ?? JSON.parse(process.argv[2]);
const facts = (provider) => ({ inputs: ["x"], outputs: ["x"], provider, refused: [], sha256: "00", anyRows: false, steady: true, warmRunMs: 1 });
`;
/** Speaks the protocol; `dims[0]` of the input says what to do: 0 dies, 1 answers, 2 never answers, 3 says that its device is lost. */
const worker = `${port}
port.on("message", (message) => {
  if (message.kind === "close") port.close();
  if (message.kind !== "run") return;
  const what = message.inputs.x.dims[0];
  if (what === 0) process.exit(1);
  if (what === 1) port.postMessage({ kind: "done", id: message.id, result: { kind: "tensors", outputs: message.inputs, runMs: 1 } });
  if (what === 3) port.postMessage({ kind: "broken", problem: "the device is lost" });
});
const [provider] = data.providers;
port.postMessage({ kind: "trying", provider });
port.postMessage({ kind: "loaded", facts: facts(provider) });
`;
/** As above, but its first provider takes the whole thread with it as soon as it is tried, or never comes back from there. */
const firstFails = (how: string): string =>
  worker.replace(
    "const [provider]",
    `if (data.providers[0] === "cuda") {
  port.postMessage({ kind: "trying", provider: "cuda" });
  await new Promise(setImmediate);
  ${how}
}
const [provider]`,
  );
const deadly = firstFails("process.exit(1);");
/** Says that it tries the processor, as WebAssembly does, and dies. */
const dying = `${port}
port.postMessage({ kind: "trying", provider: "cpu" });
await new Promise(setImmediate);
process.exit(1);
`;
const hanging = firstFails("await new Promise(() => setInterval(() => undefined, 1000));");

const log = createLogger({ name: "test", destination: { write: () => undefined } });

let folder: string;
let thread: ModelThread | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-thread-"));
});
afterEach(async () => {
  await thread?.close();
  await rm(folder, { recursive: true, force: true });
});

type State = Parameters<NonNullable<ThreadEvents["onState"]>>[0];

async function open(
  source: string,
  { providers = ["cpu"], ...options }: Partial<ThreadOptions> & { readonly providers?: readonly OnnxProvider[] } = {},
) {
  const file = path.join(folder, "worker.mjs");
  await writeFile(file, source);
  let restarts = 0;
  const states: State[] = [];
  thread = await openModelThread(
    { kind: "onnx", file: "/nowhere/model.onnx", providers },
    { workerUrl: pathToFileURL(file), restart: { minMs: 1, maxMs: 2 }, ...options },
    { log, onRestart: () => restarts++, onState: (state) => states.push(state) },
  );
  return { thread, file, restarts: () => restarts, states };
}

const run = (what: number) => (id: number) =>
  ({
    kind: "run",
    id,
    inputs: { x: { type: "float32", dims: [what], data: new Float32Array(what) } },
  }) satisfies ToThread;

describe.each(["thread", "process"] as const)("openModelThread in a %s", (carrier) => {
  test("one that dies fails the calls it had with a coded error and is there again for the next", async () => {
    const { thread, restarts, states } = await open(worker, { carrier });
    const waiting = thread.call(run(2));
    const deadly = thread.call(run(0));
    await expect(waiting).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await expect(deadly).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    expect(await thread.call(run(1))).toMatchObject({ kind: "tensors" });
    expect(restarts()).toBe(1);
    const up = { kind: "up", provider: "cpu" };
    expect(states).toEqual([up, { kind: "down" }, up]);
  });

  test("a provider that takes everything with it while it is tried is left out, and the next one runs", async () => {
    const { thread } = await open(deadly, { carrier, providers: ["cuda", "webgpu", "cpu"] });
    expect(thread.facts().provider).toBe("webgpu");
    expect(await thread.call(run(1))).toMatchObject({ kind: "tensors" });
    await expect(open(deadly, { carrier, providers: ["cuda"] })).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
  });

  test("one whose device is lost is ended with all its calls, and started again", async () => {
    const { thread, restarts } = await open(worker, { carrier });
    const waiting = thread.call(run(2));
    const failing = thread.call(run(3));
    await expect(waiting).rejects.toMatchObject({ code: "E_MODEL_THREAD", data: { problem: "the device is lost" } });
    await expect(failing).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    expect(await thread.call(run(1))).toMatchObject({ kind: "tensors" });
    expect(restarts()).toBe(1);
  });

  test("closing ends the calls under way and may be done twice", async () => {
    const { thread } = await open(worker, { carrier });
    const waiting = thread.call(run(2));
    const refused = expect(waiting).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await thread.call(run(1));
    await thread.close();
    await thread.close();
    await refused;
    await expect(thread.call(run(1))).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });
});

describe("openModelThread", () => {
  test("a provider that hangs while it is tried is left out as well", async () => {
    const { thread } = await open(hanging, { providers: ["cuda", "cpu"], loadMs: 500 });
    expect(thread.facts().provider).toBe("cpu");
  });

  test("a provider on which it dies again and again, without an answer, gives way to the next", async () => {
    const { thread, states } = await open(worker, { providers: ["webgpu", "cpu"] });
    await thread.call(run(1));
    const deaths = (): number => states.filter(({ kind }) => kind === "down").length;
    await until("four deaths", async () => {
      await thread.call(run(0)).catch(() => undefined);
      return deaths() === 4;
    });
    await until("a fall back", () => states.at(-1)?.kind === "up");
    expect(states.at(-1)).toEqual({ kind: "up", provider: "cpu" });
    expect(await thread.call(run(1))).toMatchObject({ kind: "tensors" });
  });

  test("the provider that takes over may die as often itself", async () => {
    const { thread, states } = await open(worker, { providers: ["cuda", "webgpu", "cpu"] });
    for (let deaths = 1; deaths <= 5; deaths++) {
      await until(`death ${deaths}`, async () => {
        await thread.call(run(0)).catch(() => undefined);
        return states.filter(({ kind }) => kind === "down").length === deaths;
      });
    }
    await until("an answer", () =>
      thread.call(run(1)).then(
        () => true,
        () => false,
      ),
    );
    expect(thread.facts().provider).toBe("webgpu");
  });

  test("one that dies again soon is not started again at once, though it has answered between", async () => {
    const { thread } = await open(worker, { restart: { minMs: 600_000, maxMs: 600_000 } });
    const died = { code: "E_MODEL_THREAD" };
    await expect(thread.call(run(0))).rejects.toMatchObject(died);
    expect(await thread.call(run(1))).toMatchObject({ kind: "tensors" });
    await expect(thread.call(run(0))).rejects.toMatchObject(died);
    const problem = "it is started again soon";
    await expect(thread.call(run(1))).rejects.toMatchObject({ ...died, data: { problem } });
  });

  test("one that dies on what stands in no list is an error at once, not a start without end", async () => {
    await expect(open(dying, { providers: ["cuda", "webgpu"] })).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
  });

  test("it is started again with the file that it had, by its hash", async () => {
    const telling = worker
      .replace('sha256: "00"', 'sha256: data.sha256 ?? "first"')
      .replace("facts(provider) }", "{ ...facts(provider), outputs: [String(data.sha256)] } }");
    const { thread } = await open(telling);
    expect(thread.facts().outputs).toEqual(["undefined"]);
    await thread.call(run(0)).catch(() => undefined);
    await thread.call(run(1));
    expect(thread.facts().outputs).toEqual(["first"]);
  });

  test("one that has been silent for too long with calls is ended with the next call, and started again", async () => {
    const { thread, restarts } = await open(worker, { silentMs: -1 });
    const waiting = thread.call(run(2));
    const next = thread.call(run(1));
    await expect(next).rejects.toMatchObject({ code: "E_MODEL_THREAD", data: { problem: "it hangs" } });
    await expect(waiting).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    expect(await thread.call(run(1))).toMatchObject({ kind: "tensors" });
    expect(restarts()).toBe(1);
  });

  test("it is started again as often as it dies", async () => {
    const { thread, restarts } = await open(worker);
    await until("three deaths without an answer between", async () => {
      await expect(thread.call(run(0))).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
      return restarts() === 3;
    });
    await until("an answer", () =>
      thread.call(run(1)).then(
        () => true,
        () => false,
      ),
    );
    expect(restarts()).toBe(3);
  });

  test("a model that cannot be loaded again is tried until it can", async () => {
    const { thread, file } = await open(worker);
    await writeFile(file, "throw new Error('not now')");
    await expect(thread.call(run(0))).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await expect(thread.call(run(1))).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await writeFile(file, worker);
    await until("an answer", () =>
      thread.call(run(1)).then(
        () => true,
        () => false,
      ),
    );
  });

  test("a call that waits for a start which finds another file is told to come again", async () => {
    const { thread, file } = await open(worker);
    const unloadable = { kind: "unloadable", error: { code: "E_MODEL_HASH", message: "another file" } };
    await writeFile(file, `${port} port.postMessage(${JSON.stringify(unloadable)});`);
    await expect(thread.call(run(0))).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await expect(thread.call(run(1))).rejects.toMatchObject({
      code: "E_MODEL_THREAD",
      consequence: "retry",
      data: { problem: expect.stringContaining("cannot be started again") as string },
    });
  });

  test("calls in batches over deaths and a fall back end once each, with their own rows, in their order", async () => {
    const moody = worker
      .replace("const what", 'if (data.providers[0] === "webgpu") process.exit(1);\n  const what')
      .replace("dims[0];", "dims[0] * 0 + 1;")
      .replace("anyRows: false", "anyRows: true");
    const { thread, restarts } = await open(moody, { providers: ["webgpu", "cpu"] });
    const model = batchingModel(threadModel(thread), { maxRows: 4 });
    const ends: number[] = [];
    const lost: unknown[] = [];
    const ask = (i: number): Promise<void> =>
      model.run({ x: { type: "float32", dims: [1, 1], data: Float32Array.of(i) } }).then(
        ({ x }) => {
          expect(x).toEqual({ type: "float32", dims: [1, 1], data: Float32Array.of(i) });
          ends.push(i);
        },
        (error: unknown) => void lost.push(error),
      );
    const asked: Promise<void>[] = [];
    await until("a hundred answers", async () => {
      for (let i = 0; i < 10; i++) asked.push(ask(asked.length));
      await new Promise(setImmediate);
      return ends.length > 100;
    });
    await Promise.all(asked);
    expect(ends.length + lost.length).toBe(asked.length);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    for (const error of lost) expect(error).toMatchObject({ code: "E_MODEL_THREAD" });
    expect([restarts(), thread.facts().provider]).toEqual([4, "cpu"]);
  });

  test("a call that is given up, or takes too long, ends for its caller and disturbs no other", async () => {
    const { thread } = await open(worker, { callMs: 50 });
    const abort = new AbortController();
    const given = thread.call(run(2), { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: "E_ABORTED" });
    await expect(thread.call(run(2))).rejects.toMatchObject({ code: "E_TIMEOUT" });
  });

  test("a thread that never says it is loaded is an error, not a wait without end", async () => {
    await expect(open("setInterval(() => undefined, 1000)", { loadMs: 200 })).rejects.toMatchObject({
      code: "E_TIMEOUT",
    });
  });
});

describe("brokenBy", () => {
  const failing = new Error("no such run");
  const model = (provider: string, runs: boolean) => ({
    provider,
    warmUp: () => (runs ? Promise.resolve() : Promise.reject(new Error("device lost"))),
  });

  test("a GPU that does not run what it ran before is broken; a call that was wrong breaks nothing, nor does a processor", async () => {
    expect(await brokenBy(failing, model("webgpu", false))).toBe("webgpu fails: device lost");
    expect(await brokenBy(failing, model("webgpu", true))).toBeUndefined();
    expect(await brokenBy(appError("E_MODEL_INPUT", {}), model("webgpu", false))).toBeUndefined();
    for (const provider of ["cpu", "wasm"]) expect(await brokenBy(failing, model(provider, false))).toBeUndefined();
  });
});
