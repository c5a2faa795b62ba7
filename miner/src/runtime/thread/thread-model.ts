import { appError } from "@subnetkit/shared/errors/app-error";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { BatchableModel } from "../batching.ts";
import { createRowBudget } from "../row-budget.ts";
import type { ModelThread } from "./model-thread.ts";

/** A batch in a thread delays only the calls in it and those behind it. */
const threadBatchMs = 50;

/** A model of tensors in a thread of its own: its runs block nothing here but the copy of their inputs. */
export function threadModel(thread: ModelThread): BatchableModel {
  const { inputs, outputs, anyRows, warmRunMs } = thread.facts();
  const budget = createRowBudget({ budgetMs: threadBatchMs, firstMs: warmRunMs });
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
      const mine = giveAway ? given : copyOf(given);
      const buffers = new Set(Object.values(mine).map(({ data }) => data.buffer as ArrayBuffer));
      const result = await thread.call((id) => ({ kind: "run", id, inputs: mine }), { transfer: [...buffers] });
      if (result.kind !== "tensors") throw appError("E_INTERNAL", { what: "a run gave no tensors" });
      const rows = Object.values(result.outputs)[0]?.dims[0] ?? 1;
      budget.observe(anyRows ? rows : 1, result.runMs);
      return result.outputs;
    },
    close: thread.close,
  };
}

function copyOf(tensors: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  );
}
