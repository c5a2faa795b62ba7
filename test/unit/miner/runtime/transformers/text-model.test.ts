import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRuntimes } from "@subnetkit/miner/runtime/create-runtimes";
import { loadOrt } from "@subnetkit/miner/runtime/onnx";
import { createDecoder, type Decoder, type KeyValueCache } from "@subnetkit/miner/runtime/transformers/decoder";
import { loadTextModel } from "@subnetkit/miner/runtime/transformers/load-text-model";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { createLogger } from "@subnetkit/shared/log/logger";
import { type TextModel, type TextPiece, type TextRequest, writeText } from "@subnetkit/shared/runtime/text-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleForNode } from "../../../../support/bundle.ts";
import { tiny, writeTinyDecoder } from "../support/tiny-decoder.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
const signal = new AbortController().signal;

let folder: string;
let model: TextModel;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-text-"));
  await writeTinyDecoder(folder);
  model = await loadTextModel(folder, { providers: ["cpu"] }, { log });
});
afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

const piecesOf = async (of: TextModel, request: TextRequest): Promise<TextPiece[]> => {
  const pieces: TextPiece[] = [];
  for await (const piece of of.generate(request, { signal })) pieces.push(piece);
  return pieces;
};

async function openDecoder(): Promise<Decoder> {
  const ort = await loadOrt();
  const file = path.join(folder, "onnx/model.onnx");
  return createDecoder(ort, await ort.InferenceSession.create(file), file, { heads: 2, headSize: 8 });
}

const likeliest = (logits: Float32Array): number => logits.indexOf(Math.max(...logits));

describe("createDecoder", () => {
  test("with its cache says token by token what it says when it reads everything anew", async () => {
    const decoder = await openDecoder();
    const prompt = [tiny.bos, 72, 101, 108, 108, 111];
    const ids = [...prompt];
    let cache: KeyValueCache | undefined;
    let next: readonly number[] = prompt;
    for (let i = 0; i < 40; i++) {
      const cached = await decoder.read(next, cache);
      const anew = await decoder.read(ids, undefined);
      for (const [id, logit] of anew.logits.entries()) expect(cached.logits[id]).toBeCloseTo(logit, 3);
      const id = likeliest(cached.logits);
      expect(id).toBe(likeliest(anew.logits));
      expect(cached.cache.length).toBe(ids.length);
      cache = cached.cache;
      next = [id];
      ids.push(id);
    }
    // A model that always said the same would prove nothing.
    expect(new Set(ids.slice(prompt.length)).size).toBeGreaterThan(5);
    await decoder.close();
  });

  test("refuses a model that is no decoder", async () => {
    const ort = await loadOrt();
    const file = path.join(import.meta.dirname, "../../../../../subnets/src/digits/model/small.onnx");
    const session = await ort.InferenceSession.create(file);
    expect(() => createDecoder(ort, session, file, { heads: 1, headSize: 1 })).toThrow(/unknown input pixels/);
  });
});

describe("loadTextModel", () => {
  test("writes the likeliest tokens, as the decoder alone would, up to the model's own number", async () => {
    const decoder = await openDecoder();
    const ids = [...Buffer.from("Hello")];
    for (let i = 0; i < 12; i++) ids.push(likeliest((await decoder.read(ids, undefined)).logits));
    await decoder.close();
    const pieces = await piecesOf(model, { prompt: "Hello" });
    const bytes = Buffer.from(ids.slice(5).filter((id) => id < 256));
    expect(pieces.map(({ text }) => text).join("")).toBe(bytes.toString("utf8"));
    expect(pieces.reduce((sum, { tokens = 0 }) => sum + tokens, 0)).toBe(12);
    expect(pieces.at(-1)?.finish).toBe("length");
    expect(pieces.slice(0, -1).every(({ finish }) => finish === undefined)).toBe(true);
  });

  test("says what runs it, and the hash of its file", async () => {
    const file = path.join(folder, "onnx/model.onnx");
    expect(model).toMatchObject({ provider: "cpu", sha256: sha256Hex(await readFile(file)) });
    expect((await stat(file)).size).toBeLessThan(200_000);
  });

  test("draws the same with the same seed, and something else with another", async () => {
    const draw = (seed: number) => writeText(model, { prompt: "Hi", temperature: 2, maxTokens: 30, seed }, { signal });
    expect(await draw(1)).toBe(await draw(1));
    expect(await draw(1)).not.toBe(await draw(2));
  });

  test("writes through the chat template what it writes for the prompt that the template makes", async () => {
    const messages = [{ role: "user", content: "Hi" }] as const;
    const chat = await writeText(model, { messages }, { signal });
    expect(chat).toBe(await writeText(model, { prompt: "<s>user: Hi\nassistant:" }, { signal }));
    expect(chat).not.toBe(await writeText(model, { prompt: "user: Hi\nassistant:" }, { signal }));
  });

  test("ends before a stop text, however many tokens it spans", async () => {
    const whole = await writeText(model, { prompt: "Hello", maxTokens: 40 }, { signal });
    const stop = whole.slice(6, 9);
    const pieces = await piecesOf(model, { prompt: "Hello", maxTokens: 40, stop: ["never there", stop] });
    expect(pieces.map(({ text }) => text).join("")).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(pieces.at(-1)?.finish).toBe("stop");
  });

  test("ends when the model says so", async () => {
    const other = path.join(folder, "ends");
    await writeTinyDecoder(other);
    const decoder = await openDecoder();
    const first = likeliest((await decoder.read([...Buffer.from("Hello")], undefined)).logits);
    await decoder.close();
    await writeFile(path.join(other, "generation_config.json"), JSON.stringify({ eos_token_id: first }));
    const ending = await loadTextModel(other, { providers: ["cpu"] }, { log });
    expect(await piecesOf(ending, { prompt: "Hello" })).toEqual([{ text: "", tokens: 1, finish: "stop" }]);
    await ending.close();
  });

  test("never writes past what the model can read", async () => {
    const pieces = await piecesOf(model, { prompt: "a".repeat(90), maxTokens: 1_000 });
    expect(pieces.reduce((sum, { tokens = 0 }) => sum + tokens, 0)).toBe(tiny.context - 90);
    const long = writeText(model, { prompt: "a".repeat(tiny.context) }, { signal });
    await expect(long).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("stops when the caller gives up, and after it was closed", async () => {
    const stop = new AbortController();
    const writing = (async () => {
      for await (const _ of model.generate({ prompt: "Hello", maxTokens: 80 }, { signal: stop.signal })) stop.abort();
    })();
    await expect(writing).rejects.toMatchObject({ code: "E_ABORTED" });
    const another = await loadTextModel(folder, { providers: ["cpu"] }, { log });
    await another.close();
    await expect(writeText(another, { prompt: "a" }, { signal })).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
  });

  test("says which file is missing or wrong", async () => {
    const load = (at: string) => loadTextModel(at, { providers: ["cpu"] }, { log });
    await expect(load(path.join(folder, "nothing"))).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
    const broken = path.join(folder, "broken");
    await writeTinyDecoder(broken);
    await writeFile(path.join(broken, "tokenizer.json"), "{");
    await expect(load(broken)).rejects.toMatchObject({
      code: "E_MODEL_BROKEN",
      data: { file: path.join(broken, "tokenizer.json") },
    });
    await rm(path.join(broken, "tokenizer.json"));
    await expect(load(broken)).rejects.toMatchObject({ code: "E_MODEL_MISSING" });
  });
});

describe("a text model in its thread", () => {
  test("writes what it writes here, several answers at a time, and stops when it is told to", async () => {
    const source = path.join(import.meta.dirname, "../../../../../miner/src/runtime/thread/model-worker.ts");
    const workerUrl = pathToFileURL(await bundleForNode(source));
    const threaded = await createRuntimes({ workerUrl, providers: ["cpu"] }, { log }).transformers(folder, {});
    const requests: TextRequest[] = ["Hello", "Good morning", "a"].map((prompt) => ({ prompt, maxTokens: 20 }));
    const here = await Promise.all(requests.map((request) => piecesOf(model, request)));
    expect(await Promise.all(requests.map((request) => piecesOf(threaded, request)))).toEqual(here);
    expect(threaded).toMatchObject({ provider: "cpu", sha256: model.sha256 });

    for await (const _ of threaded.generate({ prompt: "Hello", maxTokens: 80 }, { signal })) break;
    const stop = new AbortController();
    stop.abort();
    const aborted = writeText(threaded, { prompt: "Hello" }, { signal: stop.signal });
    await expect(aborted).rejects.toMatchObject({ code: "E_ABORTED" });
    const long = writeText(threaded, { prompt: "a".repeat(tiny.context) }, { signal });
    await expect(long).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
    await threaded.close();
  });
});
