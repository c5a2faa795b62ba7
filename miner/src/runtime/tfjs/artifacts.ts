import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { io } from "@tensorflow/tfjs-core";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";

const manifestSchema = z.array(
  z.looseObject({ paths: z.array(z.string()), weights: z.array(z.looseObject({ name: z.string() })) }),
);
const modelSchema = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: manifestSchema.default([]),
  signature: z.record(z.string(), z.unknown()).optional(),
});

/** A model.json with its weights, read into memory. */
export type TfjsFiles = {
  readonly kind: "layers" | "graph";
  readonly artifacts: io.ModelArtifacts;
  /** Of model.json and all weight files, in their order. */
  readonly sha256: string;
};

/** Reads a model.json and the weight files it names, which must lie beside or below it. Throws E_MODEL_MISSING and E_MODEL_BROKEN. */
export async function readTfjsFiles(file: string): Promise<TfjsFiles> {
  const folder = path.dirname(file);
  const hash = createHash("sha256");
  const read = async (name: string): Promise<Buffer> => {
    const bytes = await readFile(name).catch((error: unknown) => {
      throw appError("E_MODEL_MISSING", { file: name, problem: errorMessage(error) }, { cause: error });
    });
    hash.update(bytes);
    return bytes;
  };
  const broken = (problem: string, cause?: unknown) => appError("E_MODEL_BROKEN", { file, problem }, { cause });
  const json = await read(file);
  let model: z.output<typeof modelSchema>;
  try {
    model = modelSchema.parse(JSON.parse(json.toString("utf8")));
  } catch (error) {
    throw broken("it is no model.json of TensorFlow.js", error);
  }
  const weights: Buffer[] = [];
  for (const name of model.weightsManifest.flatMap(({ paths }) => paths)) {
    const inside = path.join(folder, name);
    if (!inside.startsWith(folder + path.sep)) throw broken(`its weights ${name} are not in its folder`);
    weights.push(await read(inside));
  }
  const all = Buffer.concat(weights);
  const artifacts: io.ModelArtifacts = {
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest.flatMap((group) => group.weights) as unknown as io.WeightsManifestEntry[],
    weightData: all.buffer.slice(all.byteOffset, all.byteOffset + all.length) as ArrayBuffer,
    ...(model.signature === undefined ? {} : { signature: model.signature }),
  };
  const layers = model.format === "layers-model" || "model_config" in model.modelTopology;
  return { kind: layers ? "layers" : "graph", artifacts, sha256: hash.digest("hex") };
}
