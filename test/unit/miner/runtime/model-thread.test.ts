import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ToThread } from "@subnetkit/miner/runtime/thread/messages";
import {
  type ModelThread,
  openModelThread,
  type ThreadEvents,
  type ThreadOptions,
} from "@subnetkit/miner/runtime/thread/model-thread";
import type { OnnxProvider } from "@subnetkit/miner/runtime/providers";
import { brokenBy } from "@subnetkit/miner/runtime/thread/thread-host";
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
