import { existsSync } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { ModelSource } from "@subnetkit/shared/subnet/model-entry";

/** What runs a model. */
export type ModelKind = "onnx" | "tfjs" | "transformers" | "openai";

/** The kind of a model by its entry and what lies at `file`. Throws E_MODEL_MISSING and E_MODEL_BROKEN. */
export function modelKindOf(source: ModelSource, file: string): ModelKind {
  if (source.kind === "openai") return "openai";
  if (source.path.endsWith(".onnx")) return "onnx";
  if (path.basename(source.path) === "model.json") return "tfjs";
  if (existsSync(path.join(file, "tokenizer.json"))) return "transformers";
  if (!existsSync(file)) throw appError("E_MODEL_MISSING", { file });
  const problem = "it is no .onnx file, no model.json, and no folder with a tokenizer.json";
  throw appError("E_MODEL_BROKEN", { file, problem });
}
