import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ToThread } from "@subnetkit/miner/runtime/thread/messages";
import { type ModelThread, openModelThread } from "@subnetkit/miner/runtime/thread/model-thread";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../support/until.ts";

/** Speaks the protocol; `dims[0]` of the input says what to do: 0 dies, 1 answers, 2 never answers. */
const worker = `
import { parentPort } from "node:worker_threads";
parentPort.on("message", (message) => {
  if (message.kind === "close") parentPort.close();
  if (message.kind !== "run") return;
  const what = message.inputs.x.dims[0];
  if (what === 0) process.exit(1);
  if (what === 1) parentPort.postMessage({ kind: "done", id: message.id, result: { kind: "tensors", outputs: message.inputs, runMs: 1 } });
});
const facts = { inputs: ["x"], outputs: ["x"], provider: "cpu", sha256: "00", anyRows: false, steady: true, warmRunMs: 1 };
parentPort.postMessage({ kind: "loaded", facts });
`;

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const data = { kind: "onnx", file: "/nowhere/model.onnx", providers: ["cpu"] } as const;

let folder: string;
let thread: ModelThread | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-thread-"));
});
afterEach(async () => {
  await thread?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(source: string, options: { loadMs?: number; callMs?: number } = {}) {
  const file = path.join(folder, "worker.mjs");
  await writeFile(file, source);
  let restarts = 0;
  thread = await openModelThread(
    data,
    { workerUrl: pathToFileURL(file), restart: { minMs: 1, maxMs: 2 }, ...options },
    { log, onRestart: () => restarts++ },
  );
  return { thread, file, restarts: () => restarts };
}

const run = (what: number) => (id: number) =>
  ({
    kind: "run",
    id,
    inputs: { x: { type: "float32", dims: [what], data: new Float32Array(what) } },
  }) satisfies ToThread;

describe("openModelThread", () => {
  test("a thread that dies fails the calls it had with a coded error and is there again for the next", async () => {
    const { thread, restarts } = await open(worker);
    const waiting = thread.call(run(2));
    const deadly = thread.call(run(0));
    await expect(waiting).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await expect(deadly).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
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

  test("closing ends the calls under way and may be done twice", async () => {
    const { thread } = await open(worker);
    const waiting = thread.call(run(2));
    const refused = expect(waiting).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
    await thread.call(run(1));
    await thread.close();
    await thread.close();
    await refused;
    await expect(thread.call(run(1))).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });
});
