import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { Model } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel } from "@subnetkit/shared/runtime/text-model";
import type { ModelSource } from "@subnetkit/shared/subnet/model-entry";
import { type BatchListener, batchingModel } from "./batching.ts";
import { type ModelKind, modelKindOf } from "./model-kind.ts";
import type { Runtimes } from "./runtimes.ts";
import { fileSha256 } from "./sources/fetch-model.ts";
import type { LocatedModel } from "./sources/locate-model.ts";
import { createSwappable, createSwappableText, type Swappable } from "./swappable.ts";

/** Keeps a run of a small network well below a millisecond: 64 rows of the digits model take 0.2 ms. */
const defaultBatchRows = 64;

/** A model that runs, for status pages and metrics. */
export type ModelInfo = {
  readonly path: string;
  readonly runtime: ModelKind;
  readonly provider: string;
  readonly sha256: string;
};

/** A loaded model in its place, where another can take over. */
export type ModelSlot = {
  readonly model:
    | { readonly kind: "tensors"; readonly tensors: Model }
    | { readonly kind: "text"; readonly text: TextModel };
  info(): ModelInfo;
  /**
   * Looks whether the files have changed since the last look, and stopped changing; then loads what is there beside what runs, and lets it take over.
   * Resolves when the old model is closed. Throws what loading throws; the old model stays then.
   */
  refresh(): Promise<"unchanged" | "swapped">;
  close(): Promise<void>;
};

type Loaded<T> = { readonly swap: Swappable<T>; readonly load: () => Promise<T> };

/** Loads a model by its kind. Throws the coded errors of its runtime. */
export async function openModelSlot(
  source: ModelSource,
  located: LocatedModel,
  modules: { readonly runtimes: Runtimes; readonly onBatch?: BatchListener | undefined },
): Promise<ModelSlot> {
  const { runtimes, onBatch } = modules;
  const { file, sha256 } = located;
  const kind = modelKindOf(source, file);
  const batching = (model: Model): Model =>
    batchingModel(model, { maxRows: source.batch ?? defaultBatchRows }, onBatch);
  const seen = sha256 === undefined && kind !== "openai" ? await fingerprint(file) : undefined;
  switch (kind) {
    case "onnx":
    case "tfjs": {
      const runtime = await (kind === "onnx" ? runtimes.onnx() : runtimes.tfjs());
      const swap = createSwappable(batching(await runtime.load(file, { sha256 })));
      const load = async (): Promise<Model> => {
        const next = await runtime.load(file, { serving: true });
        await mustFit(swap.model, next, file);
        await mustRunAsWell(swap.model, next, file);
        return batching(next);
      };
      return slot({ kind: "tensors", tensors: swap.model }, { swap, load });
    }
    case "transformers": {
      const swap = createSwappableText(await runtimes.transformers(file, { sha256 }));
      return slot(
        { kind: "text", text: swap.model },
        {
          swap,
          load: async () => {
            const next = await runtimes.transformers(file, {});
            await mustRunAsWell(swap.model, next, file);
            return next;
          },
        },
      );
    }
    case "openai": {
      const swap = createSwappableText(await runtimes.openai(source));
      return slot({ kind: "text", text: swap.model }, { swap, load: () => runtimes.openai(source) });
    }
    default:
      return assertNever(kind);
  }

  function slot<T extends Model | TextModel>(model: ModelSlot["model"], { swap, load }: Loaded<T>): ModelSlot {
    let running = seen;
    let before = seen;
    return {
      model,
      info: () => ({ path: source.path, runtime: kind, provider: swap.model.provider, sha256: swap.model.sha256 }),
      refresh: async () => {
        if (running === undefined) return "unchanged";
        const now = await fingerprint(file);
        const settled = now === before;
        before = now;
        if (now === running || !settled) return "unchanged";
        running = now;
        if ((await fileSha256(file)) === swap.model.sha256) return "unchanged";
        const next = await load();
        if (next.sha256 === swap.model.sha256) {
          await next.close();
          return "unchanged";
        }
        await swap.replace(next);
        return "swapped";
      },
      close: () => swap.model.close(),
    };
  }
}

/** A model that solvers were not written for must not take over: it is closed again. */
async function mustFit(old: Model, next: Model, file: string): Promise<void> {
  const same = (a: readonly string[], b: readonly string[]): boolean => a.join("\0") === b.join("\0");
  if (same(old.inputs, next.inputs) && same(old.outputs, next.outputs)) return;
  await next.close();
  const problem = `its inputs or outputs are called otherwise (${next.inputs.join(", ")} to ${next.outputs.join(", ")})`;
  throw appError("E_MODEL_BROKEN", { file, problem });
}

/** A GPU that has no room for both, above all, must not be exchanged for the processor by a swap that nobody watches. */
async function mustRunAsWell(
  old: Pick<Model, "provider">,
  next: Pick<Model, "provider" | "close">,
  file: string,
): Promise<void> {
  const { provider } = next;
  if (!processors.has(provider) || processors.has(old.provider)) return;
  await next.close();
  const problem = `it would run on ${provider}, the old one runs on ${old.provider}; start the miner again to have it so`;
  throw appError("E_MODEL_BROKEN", { file, problem });
}

const processors = new Set(["cpu", "wasm"]);

/** Changes whenever a file, or any file of a folder, is written or replaced. */
async function fingerprint(file: string): Promise<string> {
  const one = async (name: string): Promise<string> => {
    const found = await stat(name).catch(() => undefined);
    return found === undefined ? `${name}: gone` : `${name}: ${found.ino} ${found.size} ${found.mtimeMs}`;
  };
  const names = await readdir(file, { recursive: true }).catch(() => []);
  if (names.length === 0) return one(file);
  return (await Promise.all(names.toSorted().map((name) => one(path.join(file, name))))).join("\n");
}
