import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRuntimes, type ModelsState, servedElsewhere } from "@subnetkit/miner/runtime/create-runtimes";
import { usableProviders } from "@subnetkit/miner/runtime/providers";
import { createRowBudget } from "@subnetkit/miner/runtime/row-budget";
import { createSwappableText } from "@subnetkit/miner/runtime/swappable";
import { namesVulkanDriver } from "@subnetkit/shared/config/process-env";
import { createLogger } from "@subnetkit/shared/log/logger";
import { type TextModel, writeText } from "@subnetkit/shared/runtime/text-model";
import { expect, test } from "vitest";
import { until } from "../../../support/until.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const workerUrl = new URL("file:///nowhere/model-worker.js");

test("an operator's server takes the place of what the variant says, with its key from a file", async () => {
  const keys: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    response.end(JSON.stringify({ data: [{ id: "llama" }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const folder = await mkdtemp(path.join(tmpdir(), "subnetkit-key-"));
  const keyFile = path.join(folder, "key");
  await writeFile(keyFile, "sesame\n");

  const servers = { chat: { url, keyFile }, other: { url } };
  const [chat, other, plain] = servedElsewhere(["chat", { path: "other", batch: 1 }, "a.onnx"], servers);
  expect(chat).toEqual({ path: "chat", kind: "openai", url });
  expect(plain).toBe("a.onnx");
  const runtimes = createRuntimes({ workerUrl, servers, key: "of the environment" }, { log });
  for (const source of [chat, other]) {
    if (typeof source !== "object") throw new Error("it is not on a server");
    const model = await runtimes.openai(source);
    await model.close();
  }
  expect(keys).toEqual(["Bearer sesame", "Bearer of the environment"]);
  await rm(keyFile);
  await expect(runtimes.openai(chat as never)).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
  await rm(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});

test("providers of a GPU are not tried where there is none", () => {
  expect(usableProviders(["cuda", "webgpu", "cpu"], () => true)).toEqual(["cuda", "webgpu", "cpu"]);
  expect(usableProviders(["cuda", "webgpu", "cpu"], () => false)).toEqual(["cpu"]);
  expect(usableProviders(["cuda", "webgpu"], () => false)).toEqual(["cuda", "webgpu"]);
  expect(usableProviders(["cpu", "cuda", "cpu", "cuda"], () => true)).toEqual(["cpu", "cuda"]);
  expect(usableProviders(["webgpu", "webgpu"], () => false)).toEqual(["webgpu"]);
  expect(namesVulkanDriver({})).toBe(false);
  expect(namesVulkanDriver({ VK_DRIVER_FILES: "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json" })).toBe(true);
  const unasked = () => {
    throw new Error("must not be asked");
  };
  expect(usableProviders(["cpu"], unasked)).toEqual(["cpu"]);
});

/** A worker that dies with its first call, and runs on the next of these each time it is started. */
const runsOn = (starts: string, providers: readonly string[]): string => `
import { appendFileSync, readFileSync } from "node:fs";
appendFileSync(${JSON.stringify(starts)}, ".");
const provider = ${JSON.stringify(providers)}[readFileSync(${JSON.stringify(starts)}, "utf8").length - 1];
const facts = { inputs: [], outputs: [], provider, refused: [], sha256: "00", anyRows: false, steady: false, warmRunMs: 1 };
process.on("message", ({ kind }) => (kind === "close" ? process.disconnect() : process.exit(1)));
process.send({ kind: "loaded", facts });
`;

test.each([
  ["better", ["webgpu", "cuda"], false],
  ["worse", ["cuda", "webgpu"], true],
])("a model that runs on something %s after it has died is told as what it is", async (_, providers, fellBack) => {
  const folder = await mkdtemp(path.join(tmpdir(), "subnetkit-states-"));
  const worker = path.join(folder, "worker.mjs");
  await writeFile(worker, runsOn(path.join(folder, "starts"), providers));
  const states: ModelsState[] = [];
  const onState = (state: ModelsState) => states.push(state);
  // Without cpu, so that they are taken as they are on a machine without a GPU as well.
  const runtimes = createRuntimes(
    { workerUrl: pathToFileURL(worker), providers: ["cuda", "webgpu"] },
    { log, onState },
  );
  const model = await runtimes.transformers("chat", {});
  const signal = new AbortController().signal;
  await expect(writeText(model, { prompt: "a" }, { signal })).rejects.toMatchObject({ code: "E_MODEL_THREAD" });
  await until("it to run again", () => states.length === 3);
  await model.close();
  await rm(folder, { recursive: true });
  const fine = { down: false, fellBack: false };
  expect(states).toEqual([fine, { down: true, fellBack: false }, { down: false, fellBack }, fine]);
});

test("a row budget begins cautiously and follows what runs really take", () => {
  const budget = createRowBudget({ budgetMs: 10, firstMs: 2 });
  expect(budget.rows()).toBe(5);
  for (let i = 0; i < 30; i++) budget.observe(budget.rows(), budget.rows() * 0.1);
  expect(budget.rows()).toBe(99);
  for (let i = 0; i < 30; i++) budget.observe(1, 50);
  expect(budget.rows()).toBe(1);
  expect(budget.perRowMs()).toBeCloseTo(50, 0);
});

test("an answer is written to its end by the model that began it, which is closed only then", async () => {
  const closed: string[] = [];
  const model = (name: string): TextModel => ({
    provider: name,
    sha256: name,
    generate: async function* () {
      yield { text: `${name}1` };
      yield { text: `${name}2` };
    },
    close: async () => void closed.push(name),
  });
  const { signal } = new AbortController();
  const swap = createSwappableText(model("old"));
  const answer = swap.model.generate({ prompt: "" }, { signal })[Symbol.asyncIterator]();
  expect((await answer.next()).value).toEqual({ text: "old1" });
  const replaced = swap.replace(model("new"));
  expect(swap.model.sha256).toBe("new");
  const next = swap.model.generate({ prompt: "" }, { signal })[Symbol.asyncIterator]();
  expect((await next.next()).value).toEqual({ text: "new1" });
  expect(closed).toEqual([]);
  expect((await answer.next()).value).toEqual({ text: "old2" });
  expect((await answer.next()).done).toBe(true);
  await replaced;
  expect(closed).toEqual(["old"]);
  // Leaving early lets go as well.
  await next.return?.();
  await swap.replace(model("newest"));
  expect(closed).toEqual(["old", "new"]);
});
