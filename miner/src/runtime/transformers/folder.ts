import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";
import { fileSha256 } from "../sources/fetch-model.ts";

/** Where exporters put the decoder, the first that is there is taken. */
const modelFiles = ["onnx/model.onnx", "model.onnx", "onnx/decoder_model_merged.onnx", "onnx/model_quantized.onnx"];

const tokenIds = z.union([z.number().int(), z.array(z.number().int())]);
const size = z.number().int().positive().optional();
const rawConfigSchema = z.looseObject({
  num_attention_heads: size,
  n_head: size,
  n_heads: size,
  num_key_value_heads: size,
  num_kv_heads: size,
  hidden_size: size,
  n_embd: size,
  d_model: size,
  head_dim: size,
  max_position_embeddings: size,
  n_positions: size,
  n_ctx: size,
  max_seq_len: size,
  eos_token_id: tokenIds.nullish(),
});
/** Architectures have names of their own for the same sizes: GPT-2's are the `n_` ones, MPT's `d_model` and `max_seq_len`, Falcon's `num_kv_heads`. */
const configSchema = rawConfigSchema.transform((config) => ({
  heads: config.num_attention_heads ?? config.n_head ?? config.n_heads,
  keyValueHeads: config.num_key_value_heads ?? config.num_kv_heads,
  hiddenSize: config.hidden_size ?? config.n_embd ?? config.d_model,
  headSize: config.head_dim,
  contextLength: config.max_position_embeddings ?? config.n_positions ?? config.n_ctx ?? config.max_seq_len,
  endTokens: config.eos_token_id,
}));
const generationSchema = z.looseObject({
  eos_token_id: tokenIds.nullish(),
  max_new_tokens: z.number().int().positive().nullish(),
  do_sample: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().int().nullish(),
  repetition_penalty: z.number().nullish(),
});
const token = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const tokenizerConfigSchema = z.looseObject({
  bos_token: token,
  eos_token: token,
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
});

/** An exported text model: its files, read and checked. */
export type TextModelFolder = {
  readonly modelFile: string;
  /** What the decoder file holds; undefined where its weights are in files beside it. */
  readonly bytes: Uint8Array | undefined;
  /** Of the decoder file; where its weights are in files beside it, of all their hashes. */
  readonly sha256: string;
  readonly config: z.output<typeof configSchema>;
  readonly generation: z.output<typeof generationSchema>;
  readonly tokenizer: Record<string, unknown>;
  readonly tokenizerConfig: Record<string, unknown>;
  readonly chatTemplate: string | undefined;
  readonly bosToken: string;
  readonly eosToken: string;
};

/** Reads a folder as Hugging Face's exporters write it. Throws E_MODEL_MISSING and E_MODEL_BROKEN. */
export async function readTextModelFolder(folder: string): Promise<TextModelFolder> {
  const names = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    throw appError("E_MODEL_MISSING", { file: folder, problem: errorMessage(error) }, { cause: error });
  });
  const there = new Set(names.map((name) => name.split(path.sep).join("/")));
  const decoder = modelFiles.find((name) => there.has(name));
  if (decoder === undefined) throw appError("E_MODEL_MISSING", { file: path.join(folder, modelFiles[0] as string) });
  const json = async <S extends z.ZodType>(name: string, schema: S, optional = false): Promise<z.output<S>> => {
    const file = path.join(folder, name);
    if (optional && !there.has(name)) return schema.parse({});
    try {
      return schema.parse(JSON.parse(await readFile(file, "utf8")));
    } catch (error) {
      const code = there.has(name) ? "E_MODEL_BROKEN" : "E_MODEL_MISSING";
      throw appError(code, { file, problem: errorMessage(error).split("\n")[0] }, { cause: error });
    }
  };
  const object = z.record(z.string(), z.unknown());
  const tokenizerConfig = await json("tokenizer_config.json", tokenizerConfigSchema, true);
  const modelFile = path.join(folder, decoder);
  const parts = [...there].filter((name) =>
    [`${decoder}_data`, `${decoder}.data`].some((start) => name.startsWith(start)),
  );
  return {
    modelFile,
    ...(parts.length === 0 ? await whole(modelFile) : await inParts(folder, [decoder, ...parts.toSorted()])),
    config: await json("config.json", configSchema),
    generation: await json("generation_config.json", generationSchema, true),
    tokenizer: await json("tokenizer.json", object),
    tokenizerConfig,
    chatTemplate: there.has("chat_template.jinja")
      ? await readFile(path.join(folder, "chat_template.jinja"), "utf8")
      : templateOf(tokenizerConfig.chat_template),
    bosToken: textOf(tokenizerConfig.bos_token),
    eosToken: textOf(tokenizerConfig.eos_token),
  };
}

/** What is hashed is what will be loaded. */
async function whole(file: string): Promise<Pick<TextModelFolder, "bytes" | "sha256">> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw appError("E_MODEL_MISSING", { file, problem: errorMessage(error) }, { cause: error });
  });
  return { bytes, sha256: sha256Hex(bytes) };
}

/** Such models may be larger than what fits into an array: the library reads them once more. */
async function inParts(folder: string, names: readonly string[]): Promise<Pick<TextModelFolder, "bytes" | "sha256">> {
  const hashes: string[] = [];
  for (const name of names) hashes.push((await fileSha256(path.join(folder, name))) ?? "");
  return { bytes: undefined, sha256: sha256Hex(Buffer.from(hashes.join("\n"))) };
}

function templateOf(template: z.output<typeof tokenizerConfigSchema>["chat_template"]): string | undefined {
  if (typeof template === "string") return template;
  return (template?.find(({ name }) => name === "default") ?? template?.[0])?.template;
}

function textOf(value: z.output<typeof token>): string {
  return typeof value === "string" ? value : (value?.content ?? "");
}
