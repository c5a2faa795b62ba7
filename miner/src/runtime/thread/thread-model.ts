import { appError } from "@subnetkit/shared/errors/app-error";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { BatchableModel } from "../batching.ts";
import { createRowBudget } from "../row-budget.ts";
import { joinRows, rowsOf, sliceRows } from "../rows.ts";
import type { ModelThread } from "./model-thread.ts";

/** A batch in a thread delays only the calls in it and those behind it. */
const threadBatchMs = 50;

/** Most bytes to send at once: what goes to a process is copied here and back, and 16 MB held this thread for 75 to 120 ms, 4 MB for 4 to 6 ms. */
const mostBytes = 4 << 20;

/**
 * A model of tensors in a thread or process of its own: its runs block nothing here but the copy of their inputs, and calls with many large rows go there
 * in parts.
 */
export function threadModel(thread: ModelThread): BatchableModel {
  const { inputs, outputs, anyRows, warmRunMs } = thread.facts();
  const budget = createRowBudget({ budgetMs: threadBatchMs, firstMs: warmRunMs });
  const runOnce = async (given: Tensors, giveAway: boolean): Promise<Tensors> => {
    const mine = giveAway ? given : copyOf(given);
    const buffers = new Set(Object.values(mine).map(({ data }) => data.buffer as ArrayBuffer));
    const result = await thread.call((id) => ({ kind: "run", id, inputs: mine }), { transfer: [...buffers] });
    if (result.kind !== "tensors") throw appError("E_INTERNAL", { what: "a run gave no tensors" });
    const rows = Object.values(result.outputs)[0]?.dims[0] ?? 1;
    budget.observe(anyRows ? rows : 1, result.runMs);
    return result.outputs;
  };
  return {
    inputs,
    outputs,
    anyRows,
    get provider() {
      return thread.facts().provider;
    },
    get sha256() {
      return thread.facts().sha256;
    },
    rowLimit: budget.rows,
    run: async (given, { giveAway = false } = {}) => {
      const rows = anyRows ? rowsOf(given) : undefined;
      if (rows === undefined) return runOnce(given, giveAway);
      const most = Math.max(1, Math.floor((mostBytes * rows) / bytesOf(given)));
      if (rows <= most) return runOnce(given, giveAway);
      const parts: Tensors[] = [];
      for (let from = 0; from < rows; from += most)
        parts.push(await runOnce(sliceRows(given, from, Math.min(rows, from + most)), false));
      return joinRows(parts);
    },
    close: thread.close,
  };
}

type Tensors = Readonly<Record<string, Tensor>>;

function bytesOf(tensors: Tensors): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
}

function copyOf(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  );
}
