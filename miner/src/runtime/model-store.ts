import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Model } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel } from "@subnetkit/shared/runtime/text-model";
import { type ModelEntry, modelSource } from "@subnetkit/shared/subnet/model-entry";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { BatchListener } from "./batching.ts";
import { type ModelInfo, type ModelSlot, openModelSlot } from "./model-slot.ts";
import type { Runtimes } from "./runtimes.ts";
import type { FetchOrder } from "./sources/fetch-model.ts";
import { locateModel } from "./sources/locate-model.ts";

const closeMs = 1_000;

/** The models of one variant, all loaded. */
export type ModelStore = {
  /** Throws E_MODEL_UNDECLARED for a path that the variant does not list. The model stays the caller's when a newer file takes its place. */
  get(path: string): Promise<Model>;
  /** The same for a model that writes text. */
  text(path: string): Promise<TextModel>;
  /** What runs now. */
  infos(): readonly ModelInfo[];
  close(): Promise<void>;
};

/** Which models, and from where. */
export type ModelStoreOptions = {
  /** What paths are relative to. */
  readonly folder: string;
  readonly models: readonly ModelEntry[];
  /** Base URLs of IPFS gateways, asked in order. */
  readonly ipfsGateways?: readonly string[];
  /** How often to look whether a model's file was replaced; never where absent. */
  readonly checkMs?: number;
};

/** What the store works with. */
export type ModelStoreModules = {
  readonly runtimes: Runtimes;
  readonly fetchFile: (order: FetchOrder) => Promise<string>;
  readonly log: Logger;
  readonly onBatch?: BatchListener;
  /** A replaced file was loaded and runs, or could not be loaded and the old one still runs. */
  readonly onSwap?: (outcome: "swapped" | "failed", old: ModelInfo, now: ModelInfo) => void;
};

/**
 * Fetches, loads and warms every model of a variant, one after the other. Throws the errors of source and runtime; what was loaded is closed again.
 *
 * A model whose file is replaced takes over without a restart: it is loaded and warmed beside the old one, new calls go to it, and the old one is closed
 * when its last call has ended. A file that does not load changes nothing. Write the new file elsewhere and rename it over the old one; one that is still
 * being written is left alone until it has not changed between two looks.
 */
export async function openModels(
  { folder, models, ipfsGateways = [], checkMs }: ModelStoreOptions,
  modules: ModelStoreModules,
): Promise<ModelStore> {
  const { runtimes, fetchFile, log, onBatch } = modules;
  const slots = new Map<string, ModelSlot>();
  const closeAll = async (): Promise<void> => {
    for (const slot of [...slots.values()].reverse()) await slot.close();
    slots.clear();
  };
  try {
    for (const source of models.map(modelSource)) {
      const startedMs = performance.now();
      const located =
        source.kind === "openai"
          ? { file: source.path }
          : await locateModel(source, { folder, ipfsGateways }, fetchFile);
      const slot = await openModelSlot(source, located, { runtimes, onBatch });
      slots.set(source.path, slot);
      const { path: model, runtime, provider, sha256 } = slot.info();
      log.info(
        { model, runtime, provider, sha256, loadMs: Math.round(performance.now() - startedMs) },
        "model loaded and warm",
      );
    }
  } catch (error) {
    await closeAll();
    throw error;
  }
  const stopChecking = checkMs === undefined ? undefined : followFiles([...slots.values()], checkMs, modules);
  const slotOf = (path: string): ModelSlot => {
    const slot = slots.get(path);
    if (slot === undefined) throw appError("E_MODEL_UNDECLARED", { model: path });
    return slot;
  };
  return {
    get: async (path) => {
      const { model } = slotOf(path);
      if (model.kind === "tensors") return model.tensors;
      throw appError("E_MODEL_INPUT", { model: path, problem: "it writes text: ask for it with textModel" });
    },
    text: async (path) => {
      const { model } = slotOf(path);
      if (model.kind === "text") return model.text;
      throw appError("E_MODEL_INPUT", { model: path, problem: "it takes tensors: ask for it with model" });
    },
    infos: () => [...slots.values()].map((slot) => slot.info()),
    close: async () => {
      await stopChecking?.();
      await closeAll();
    },
  };
}

/** Looks at the files again and again, one look at a time; returns what ends it. */
function followFiles(
  slots: readonly ModelSlot[],
  everyMs: number,
  { log, onSwap = () => undefined }: Pick<ModelStoreModules, "log" | "onSwap">,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    for (const slot of slots) {
      if (stopped) return;
      const old = slot.info();
      try {
        if ((await slot.refresh()) === "unchanged") continue;
        const { path: model, provider, sha256 } = slot.info();
        log.info({ model, provider, sha256, before: old.sha256 }, "a model's file was replaced, the new one runs");
        onSwap("swapped", old, slot.info());
      } catch (error) {
        log.error(
          { model: old.path, reason: errorMessage(error), sha256: old.sha256 },
          "a model's file was replaced by one that does not run, the old model stays",
        );
        onSwap("failed", old, slot.info());
      }
    }
  };
  const schedule = (): void => {
    timer = setTimeout(() => {
      looking = look().finally(() => {
        if (!stopped) schedule();
      });
    }, everyMs);
    timer.unref();
  };
  schedule();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    // A model that still has calls keeps the look that replaced it waiting; closing goes on without.
    await withTimeout(looking, closeMs, "Looking for replaced models").catch(() => undefined);
  };
}
