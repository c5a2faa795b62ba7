import { stat } from "node:fs/promises";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { LoadOptions, Model, ModelRuntime } from "@subnetkit/shared/runtime/model-runtime";
import type { BatchableModel } from "./batching.ts";
import type { Expected, LocalModel, LocalRuntime } from "./onnx.ts";
import { createRowBudget, type RowBudget } from "./row-budget.ts";
import { joinRows, rowsOf, sliceRows } from "./rows.ts";
import { createSwappable } from "./swappable.ts";
import type { ModelThread } from "./thread/model-thread.ts";
import { threadModel } from "./thread/thread-model.ts";

/** Where a model may run. Half of what the event loop may ever be held (20 ms), so that two runs in one turn still fit. */
export type PlacementOptions = {
  /** A model whose run with one row takes longer gets a thread. */
  readonly mostRowMs?: number;
  /** Longest a run in this thread should take: caps its rows. */
  readonly mostRunMs?: number;
  /** Whether something else than the processor may run models: each is tried in a process of its own then, and stays there where it does. */
  readonly gpu?: boolean;
};

/** Largest file to load here while requests are served: reading, hashing and parsing it holds the event loop, however short a run is. */
const mostLoadBytes = 1 << 20;

/** Runs that must have been seen before a model is moved: one slow run may be somebody else's fault. */
const runsToMove = 5;

/**
 * Keeps the event loop free: small models run in this thread, where a run costs no hand-over, all others in threads of their own. A model stays here
 * only when its run with one row is short and nothing but the number of rows can make it longer; calls with many rows are then run in parts. It is moved
 * later when its runs turn out longer. While requests are served, a model is loaded and measured in a thread first.
 *
 * What a GPU runs never runs here, however short it is: a run with as many rows as none before had compiles or tunes for it first, which takes longer
 * than any run.
 */
export function placedRuntime(
  { mostRowMs = 5, mostRunMs = 10, gpu = false }: PlacementOptions,
  modules: {
    readonly local: LocalRuntime;
    readonly openThread: (file: string, expected: Expected) => Promise<ModelThread>;
    readonly log: Logger;
  },
): ModelRuntime & { load(file: string, options?: LoadOptions): Promise<BatchableModel> } {
  const { local, openThread, log } = modules;
  const fits = ({ provider, steady, warmRunMs }: Pick<LocalModel, "provider" | "steady" | "warmRunMs">): boolean =>
    provider === "cpu" && steady && warmRunMs <= mostRowMs;

  const moving = (file: string, model: LocalModel): BatchableModel => {
    const { sha256 } = model;
    const budget = createRowBudget({ budgetMs: mostRunMs, firstMs: model.warmRunMs });
    let runs = 0;
    let threaded: BatchableModel | undefined;
    let move: Promise<void> | undefined;
    let closed = false;
    const place = createSwappable(
      inParts(model, budget, () => {
        runs++;
        if (move !== undefined || runs < runsToMove || budget.perRowMs() <= mostRunMs) return;
        log.warn({ model: file, runMs: Math.round(budget.perRowMs()) }, "a model got slow, moving it to a thread");
        move = openThread(file, { sha256 }).then(
          async (thread) => {
            if (closed) return thread.close();
            threaded = threadModel(thread);
            return place.replace(threaded);
          },
          (error: unknown) => log.error({ model: file, reason: errorMessage(error) }, "a model cannot be moved"),
        );
      }),
    );
    const { inputs, outputs, anyRows, run } = place.model;
    return {
      inputs,
      outputs,
      anyRows,
      run,
      get provider() {
        return place.model.provider;
      },
      get sha256() {
        return place.model.sha256;
      },
      rowLimit: () => threaded?.rowLimit?.() ?? budget.rows(),
      close: async () => {
        closed = true;
        await move;
        await place.model.close();
      },
    };
  };

  return {
    name: local.name,
    load: async (file, { serving = false, ...expected } = {}) => {
      if (!serving && !gpu) {
        const model = await local.load(file, expected);
        if (fits(model)) return moving(file, model);
        const { sha256 } = model;
        await model.close();
        return threadModel(await openThread(file, { sha256 }));
      }
      const thread = await openThread(file, expected);
      const { sha256 } = thread.facts();
      if (!fits(thread.facts()) || (serving && (await bytesOf(file)) > mostLoadBytes)) return threadModel(thread);
      const model = await local.load(file, { sha256 }).finally(() => thread.close());
      return moving(file, model);
    },
  };
}

async function bytesOf(file: string): Promise<number> {
  return (await stat(file)).size;
}

/** Runs calls with more rows than the budget allows part by part, with a turn of the event loop between. */
function inParts(model: LocalModel, budget: RowBudget, onRun: () => void): Model {
  const runOnce = async (inputs: Parameters<Model["run"]>[0], rows: number): ReturnType<Model["run"]> => {
    const { outputs, runMs } = await model.timedRun(inputs);
    budget.observe(rows, runMs);
    onRun();
    return outputs;
  };
  return {
    ...model,
    run: async (inputs) => {
      const rows = model.anyRows ? rowsOf(inputs) : undefined;
      if (rows === undefined || rows <= budget.rows()) return runOnce(inputs, rows ?? 1);
      const parts: Awaited<ReturnType<Model["run"]>>[] = [];
      for (let from = 0; from < rows; ) {
        const to = Math.min(rows, from + budget.rows());
        parts.push(await runOnce(sliceRows(inputs, from, to), to - from));
        from = to;
      }
      return joinRows(parts);
    },
  };
}
