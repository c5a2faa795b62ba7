import { resolve } from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Model, ModelRuntime } from "@subnetkit/shared/runtime/model-runtime";
import { type BatchListener, batchingModel } from "./batching.ts";

/** Keeps a run of a small network well below a millisecond: 64 rows of the digits model take 0.2 ms. */
const maxBatchRows = 64;

/** A model that runs, for status pages and metrics. */
export type ModelInfo = { readonly path: string; readonly provider: string; readonly sha256: string };

/** The models of one variant, all loaded. */
export type ModelStore = {
  /** Throws E_MODEL_UNDECLARED for a path that the variant does not list. */
  get(path: string): Promise<Model>;
  readonly infos: readonly ModelInfo[];
  close(): Promise<void>;
};

/** Makes the runtime when the first model needs it: a variant without models must not need a native library. */
export type RuntimeFactory = () => Promise<ModelRuntime>;

/** Loads and warms every model of a variant, one after the other. Throws the errors of the runtime; what was loaded is closed again. */
export async function openModels(
  { folder, paths }: { readonly folder: string; readonly paths: readonly string[] },
  modules: { readonly runtime: RuntimeFactory; readonly log: Logger; readonly onBatch?: BatchListener },
): Promise<ModelStore> {
  const models = new Map<string, Model>();
  const close = async (): Promise<void> => {
    for (const model of [...models.values()].reverse()) await model.close();
    models.clear();
  };
  try {
    const runtime = paths.length === 0 ? undefined : await modules.runtime();
    for (const path of paths) {
      const startedMs = performance.now();
      const model = await runtime!.load(resolve(folder, path));
      models.set(path, batchingModel(model, { maxRows: maxBatchRows }, modules.onBatch));
      const { provider, sha256 } = model;
      const loadMs = Math.round(performance.now() - startedMs);
      modules.log.info({ model: path, runtime: runtime!.name, provider, sha256, loadMs }, "model loaded and warm");
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get: (path) => {
      const model = models.get(path);
      return model === undefined
        ? Promise.reject(appError("E_MODEL_UNDECLARED", { model: path }))
        : Promise.resolve(model);
    },
    infos: [...models].map(([path, { provider, sha256 }]) => ({ path, provider, sha256 })),
    close,
  };
}
