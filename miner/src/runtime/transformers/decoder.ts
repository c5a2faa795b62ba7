import { appError } from "@subnetkit/shared/errors/app-error";
import type { Tensor as OrtTensor } from "onnxruntime-node";
import type { Ort } from "../onnx.ts";
import { halfToFloat } from "./half.ts";

type Session = import("onnxruntime-node").InferenceSession;

/** What a decoder remembers of the tokens it has read: the keys and values of every layer. */
export type KeyValueCache = { readonly length: number; readonly tensors: Readonly<Record<string, OrtTensor>> };

/** Reads tokens and says what may come next. */
export type Decoder = {
  /** Reads `ids` after what is in the cache; gives the logits for the token that follows the last of them, and the cache with them in it. */
  read(
    ids: readonly number[],
    cache: KeyValueCache | undefined,
  ): Promise<{ readonly logits: Float32Array; readonly cache: KeyValueCache }>;
  close(): Promise<void>;
};

/** Sizes from the model's config.json, where the file leaves them open. */
export type DecoderShape = { readonly heads: number; readonly headSize: number };

/**
 * A decoder as exporters write it: `input_ids`, `attention_mask`, perhaps `position_ids`, `past_key_values.<layer>.<key|value>` in, `logits` and
 * `present.<layer>.<key|value>` out. Throws E_MODEL_BROKEN for another model.
 */
export function createDecoder(ort: Ort, session: Session, file: string, shape: DecoderShape): Decoder {
  const inputs = new Set(session.inputNames);
  const past = session.inputNames.filter((name) => name.startsWith("past_key_values."));
  const known = new Set(["input_ids", "attention_mask", "position_ids", "use_cache_branch", ...past]);
  const unknown = session.inputNames.filter((name) => !known.has(name));
  const presentOf = (name: string): string => name.replace("past_key_values.", "present.");
  const wrong =
    unknown.length > 0
      ? `it has the unknown input ${unknown[0]}`
      : past.length === 0
        ? "it has no past_key_values"
        : past.find((name) => !session.outputNames.includes(presentOf(name))) !== undefined
          ? "it gives back no present keys and values"
          : !session.outputNames.includes("logits")
            ? "it has no logits"
            : undefined;
  if (wrong !== undefined) throw appError("E_MODEL_BROKEN", { file, problem: wrong });

  const empty: Record<string, OrtTensor> = {};
  for (const meta of session.inputMetadata) {
    if (!past.includes(meta.name) || !meta.isTensor) continue;
    const [, heads, , headSize] = meta.shape;
    const dims = [
      1,
      typeof heads === "number" ? heads : shape.heads,
      0,
      typeof headSize === "number" ? headSize : shape.headSize,
    ];
    const data = meta.type === "float16" ? new Uint16Array(0) : new Float32Array(0);
    empty[meta.name] = new ort.Tensor(meta.type as "float32", data as Float32Array, dims);
  }
  const none: KeyValueCache = { length: 0, tensors: empty };
  const int64 = (values: BigInt64Array): OrtTensor => new ort.Tensor("int64", values, [1, values.length]);

  return {
    read: async (ids, cache = none) => {
      const length = cache.length + ids.length;
      const feeds: Record<string, OrtTensor> = { ...cache.tensors };
      feeds["input_ids"] = int64(BigInt64Array.from(ids, BigInt));
      if (inputs.has("attention_mask")) feeds["attention_mask"] = int64(new BigInt64Array(length).fill(1n));
      if (inputs.has("position_ids"))
        feeds["position_ids"] = int64(BigInt64Array.from(ids, (_, i) => BigInt(cache.length + i)));
      if (inputs.has("use_cache_branch"))
        feeds["use_cache_branch"] = new ort.Tensor("bool", Uint8Array.of(cache.length > 0 ? 1 : 0), [1]);
      const results = await session.run(feeds);
      const tensors = Object.fromEntries(past.map((name) => [name, results[presentOf(name)] as OrtTensor]));
      return { logits: lastRow(results["logits"] as OrtTensor), cache: { length, tensors } };
    },
    close: () => session.release(),
  };
}

/** The logits after the last token: some exports give those of every token, some only these. */
function lastRow({ type, dims, data }: OrtTensor): Float32Array {
  const size = dims.at(-1) ?? 0;
  if (type === "float32") return (data as Float32Array).slice(-size);
  return halfToFloat((data as Uint16Array).slice(-size));
}
