import { readFileSync } from "node:fs";
import path from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { loadTextModel } from "@subnetkit/miner/runtime/transformers/load-text-model";
import { createLogger } from "@subnetkit/shared/log/logger";
import { type TextModel, writeText } from "@subnetkit/shared/runtime/text-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/**
 * A GPT-2 of two layers and 24 dimensions with a byte-level BPE of 448 tokens, made and trained with transformers 4.57 and torch 2.5 on this project's guides,
 * and exported by `optimum-cli export onnx --task text-generation-with-past` (optimum-onnx 0.1): nothing of it is ours. `expected.json` is what
 * transformers itself makes of it.
 */
const folder = path.join(import.meta.dirname, "../../../../vectors/gpt2-export");
const json = <T>(name: string): T => JSON.parse(readFileSync(path.join(folder, name), "utf8")) as T;
const expected = json<{
  readonly texts: readonly { readonly text: string; readonly ids: number[] }[];
  readonly answers: readonly { readonly prompt: string; readonly tokens: number; readonly text: string }[];
}>("expected.json");

const signal = new AbortController().signal;
let model: TextModel;
beforeAll(async () => {
  const log = createLogger({ name: "test", level: "silent" });
  model = await loadTextModel(folder, { providers: ["cpu"] }, { log });
});
afterAll(() => model.close());

describe("a model as Hugging Face's exporter writes it", () => {
  test.each(expected.texts)("reads %j as the same tokens", ({ text, ids }) => {
    const tokenizer = new Tokenizer(json("tokenizer.json"), json("tokenizer_config.json"));
    expect(tokenizer.encode(text).ids).toEqual(ids);
  });

  test.each(expected.answers)("goes on after %j as transformers does", async ({ prompt, tokens, text }) => {
    const answer = await writeText(model, { prompt, maxTokens: tokens, temperature: 0 }, { signal });
    expect(answer).toBe(text);
  });

  test("is as long as GPT-2's own name for it says: n_positions", async () => {
    let tokens = 0;
    for await (const piece of model.generate({ prompt: "The miner", maxTokens: 500 }, { signal }))
      tokens += piece.tokens ?? 0;
    expect(tokens).toBe(64 - 3);
    await expect(writeText(model, { prompt: "The miner ".repeat(30) }, { signal })).rejects.toMatchObject({
      code: "E_MODEL_INPUT",
      message: expect.stringContaining("the model reads 64") as unknown,
    });
  });
});
