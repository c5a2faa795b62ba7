import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createRandom } from "@subnetkit/shared/subnet/random";
import { bytes, encode, integer, message, type ProtoField, text } from "@subnetkit/subnets/digits/model/protobuf";

/** Sizes of the tiny decoder: 256 bytes and two special tokens, 15,000 weights. */
export const tiny = { vocab: 258, hidden: 16, heads: 2, headSize: 8, layers: 2, context: 96, bos: 256, eos: 257 };

const FLOAT = 1;
const INT64 = 7;

/**
 * Writes a folder as Hugging Face's exporters do: a decoder of two layers with random but fixed weights, whose graph takes and gives keys and values, and a
 * tokenizer with one token per byte. What it says makes no sense; that it says the same with and without its cache is what it is for. 70 KB.
 */
export async function writeTinyDecoder(folder: string, over: { readonly seed?: string } = {}): Promise<void> {
  await mkdir(path.join(folder, "onnx"), { recursive: true });
  await writeFile(path.join(folder, "onnx/model.onnx"), tinyDecoder(over.seed ?? "tiny"));
  const { vocab, hidden, heads, context, bos, eos } = tiny;
  const json = (name: string, value: unknown): Promise<void> =>
    writeFile(path.join(folder, name), JSON.stringify(value));
  await json("config.json", {
    model_type: "tiny",
    vocab_size: vocab,
    hidden_size: hidden,
    num_attention_heads: heads,
    max_position_embeddings: context,
    eos_token_id: eos,
  });
  await json("generation_config.json", { eos_token_id: [eos], max_new_tokens: 12 });
  await json("tokenizer_config.json", {
    bos_token: { content: "<s>" },
    eos_token: "</s>",
    chat_template:
      "{{ bos_token }}{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
  });
  const special = (id: number, content: string) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  await json("tokenizer.json", {
    version: "1.0",
    added_tokens: [special(bos, "<s>"), special(eos, "</s>")],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: "BPE",
      unk_token: null,
      vocab: Object.fromEntries(byteCharacters().map((c, i) => [c, i])),
      merges: [],
    },
  });
}

/** GPT-2's printable stand-ins for the 256 bytes. */
function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** The graph: embeddings of token and position, per layer attention over the cache and a small network, and the logits. */
function tinyDecoder(seed: string): Uint8Array {
  const { vocab, hidden, heads, headSize, layers, context } = tiny;
  const { next } = createRandom(seed);
  const graph: ProtoField[] = [];
  const node = (type: string, from: readonly string[], to: string, ...attributes: ProtoField[]): string => {
    graph.push(
      message(1, ...from.map((name) => text(1, name)), text(2, to), text(3, to), text(4, type), ...attributes),
    );
    return to;
  };
  const ints = (name: string, ...values: number[]): ProtoField =>
    message(5, text(1, name), ...values.map((value) => integer(8, value)), integer(20, 7));
  const int = (name: string, value: number): ProtoField => message(5, text(1, name), integer(3, value), integer(20, 2));
  const constant = (name: string, dims: readonly number[], type: number, raw: ArrayBuffer): string => {
    const fields = [...dims.map((dim) => integer(1, dim)), integer(2, type), text(8, name)];
    graph.push(message(5, ...fields, bytes(9, new Uint8Array(raw))));
    return name;
  };
  const weights = (name: string, dims: readonly number[], scale: number): string => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const values = Float32Array.from({ length: size }, () => (next() * 2 - 1) * scale);
    return constant(name, dims, FLOAT, values.buffer);
  };
  const float = (name: string, value: number): string => constant(name, [], FLOAT, Float32Array.of(value).buffer);
  const int64 = (name: string, dims: readonly number[], ...values: bigint[]): string =>
    constant(name, dims, INT64, BigInt64Array.from(values).buffer);

  const zero = int64("zero", [], 0n);
  const one = int64("one", [], 1n);
  int64("axes", [2], 1n, 3n);
  int64("split", [4], 0n, 0n, BigInt(heads), BigInt(headSize));
  int64("join", [3], 0n, 0n, BigInt(hidden));
  float("scale", 1 / Math.sqrt(headSize));
  float("never", -1e9);
  float("always", 0);

  // Position of every key, against the position of every query: nothing looks ahead.
  const length = node("Gather", [node("Shape", ["attention_mask"], "maskShape"), one], "length");
  const keyAt = node("Range", [zero, length, one], "keyAt");
  const queryAt = node("Unsqueeze", ["position_ids", "axes"], "queryAt");
  const ahead = node("Greater", [keyAt, queryAt], "ahead");
  const mask = node("Where", [ahead, "never", "always"], "mask");

  const token = node("Gather", [weights("embedding", [vocab, hidden], 1), "input_ids"], "token");
  const place = node("Gather", [weights("places", [context, hidden], 3), "position_ids"], "place");
  let x = node("Add", [token, place], "x");
  for (let i = 0; i < layers; i++) {
    const project = (what: string): string => {
      const flat = node("MatMul", [x, weights(`w${what}${i}`, [hidden, hidden], 0.7)], `${what}Flat${i}`);
      const split = node("Reshape", [flat, "split"], `${what}Split${i}`);
      return node("Transpose", [split], `${what}${i}`, ints("perm", 0, 2, 1, 3));
    };
    const q = project("q");
    const cached = (what: string, name: string): string =>
      node("Concat", [`past_key_values.${i}.${name}`, project(what)], `present.${i}.${name}`, int("axis", 2));
    const k = node("Transpose", [cached("k", "key")], `kT${i}`, ints("perm", 0, 1, 3, 2));
    const v = cached("v", "value");
    const scores = node("Mul", [node("MatMul", [q, k], `qk${i}`), "scale"], `scores${i}`);
    const share = node("Softmax", [node("Add", [scores, mask], `masked${i}`)], `share${i}`);
    const seen = node("Transpose", [node("MatMul", [share, v], `seen${i}`)], `seenT${i}`, ints("perm", 0, 2, 1, 3));
    const out = node(
      "MatMul",
      [node("Reshape", [seen, "join"], `joined${i}`), weights(`wo${i}`, [hidden, hidden], 1.5)],
      `out${i}`,
    );
    const y = node("Add", [x, out], `y${i}`);
    const inner = node(
      "Relu",
      [node("MatMul", [y, weights(`w1${i}`, [hidden, 2 * hidden], 0.5)], `up${i}`)],
      `inner${i}`,
    );
    x = node(
      "Add",
      [y, node("MatMul", [inner, weights(`w2${i}`, [2 * hidden, hidden], 0.5)], `down${i}`)],
      `layer${i}`,
    );
  }
  // Only printable characters are likely, so that its text can be read in a failing test.
  const likely = Float32Array.from({ length: vocab }, (_, id) => (id >= 32 && id < 127 ? 0 : -1_000));
  const logits = node("MatMul", [x, weights("head", [hidden, vocab], 1)], "raw");
  node("Add", [logits, constant("likely", [vocab], FLOAT, likely.buffer)], "logits");

  const port = (name: string, type: number, ...dims: readonly (number | string)[]): ProtoField[] => {
    const shape = dims.map((dim) => message(1, typeof dim === "number" ? integer(1, dim) : text(2, dim)));
    return [text(1, name), message(2, message(1, integer(1, type), message(2, ...shape)))];
  };
  const keyValues = (prefix: string, axis: string): ProtoField[][] =>
    Array.from({ length: layers }, (_, i) =>
      ["key", "value"].map((name) => port(`${prefix}.${i}.${name}`, FLOAT, "batch", heads, axis, headSize)),
    ).flat();
  const inputs = [
    port("input_ids", INT64, "batch", "sequence"),
    port("attention_mask", INT64, "batch", "total"),
    port("position_ids", INT64, "batch", "sequence"),
    ...keyValues("past_key_values", "past"),
  ];
  const outputs = [port("logits", FLOAT, "batch", "sequence", vocab), ...keyValues("present", "total")];
  return encode(
    integer(1, 8),
    message(
      7,
      ...graph,
      text(2, "tiny"),
      ...inputs.map((fields) => message(11, ...fields)),
      ...outputs.map((fields) => message(12, ...fields)),
    ),
    message(8, text(1, ""), integer(2, 13)),
  );
}
