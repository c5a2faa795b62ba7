import type { Model, Tensor } from "@subnetkit/shared/runtime/model-runtime";
import { joinRows, rowsOf, splitRows, stackable } from "./rows.ts";

type Inputs = Readonly<Record<string, Tensor>>;
type Outputs = Readonly<Record<string, Tensor>>;

/** How batches are made. */
export type BatchingOptions = {
  /** Most rows in one run: bounds how long a run on this thread blocks the event loop. */
  readonly maxRows: number;
};

/** Told after each run how many rows of how many calls it held. */
export type BatchListener = (batch: { readonly rows: number; readonly calls: number; readonly runMs: number }) => void;

type Call = {
  readonly inputs: Inputs;
  readonly rows: number;
  readonly resolve: (outputs: Outputs) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Puts calls that come while the model runs into one batch for its next run. Adaptive, without a timer: an idle model starts with the next turn of
 * the event loop, so that one caller waits for nobody, and a busy one takes everything that came meanwhile, so that batches grow with the load. Calls
 * whose tensors cannot be stacked run in batches of their own. A batch that fails runs again call by call: one bad request fails nobody else's.
 *
 * Only for models whose first dimension counts independent rows (`anyRows`); another model is returned as it is. Two batches of different sizes may
 * round the last bit of a float differently.
 */
export function batchingModel(
  model: Model,
  { maxRows }: BatchingOptions,
  onBatch: BatchListener = () => undefined,
): Model {
  if (!model.anyRows) return model;
  const waiting: Call[] = [];
  let running = false;

  const runBatch = async (calls: readonly Call[]): Promise<void> => {
    const startedMs = performance.now();
    const rows = calls.reduce((sum, call) => sum + call.rows, 0);
    try {
      const outputs = await model.run(joinRows(calls.map(({ inputs }) => inputs)));
      const parts = splitRows(
        outputs,
        calls.map((call) => call.rows),
      );
      onBatch({ rows, calls: calls.length, runMs: performance.now() - startedMs });
      for (const [i, call] of calls.entries()) call.resolve(parts[i] as Outputs);
    } catch (error) {
      if (calls.length === 1) calls[0]?.reject(error);
      else for (const call of calls) await runBatch([call]);
    }
  };

  /** The first call and the next ones that stack with it, in their order, up to `maxRows`. */
  const takeBatch = (): Call[] => {
    const first = waiting.shift() as Call;
    const batch = [first];
    let rows = first.rows;
    for (let i = 0; i < waiting.length && rows < maxRows; ) {
      const call = waiting[i] as Call;
      if (rows + call.rows > maxRows || !stackable(first.inputs, call.inputs)) {
        i++;
        continue;
      }
      waiting.splice(i, 1);
      batch.push(call);
      rows += call.rows;
    }
    return batch;
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) await runBatch(takeBatch());
    running = false;
  };

  return {
    ...model,
    run: (inputs) =>
      new Promise((resolve, reject) => {
        const rows = rowsOf(inputs);
        if (rows === undefined) {
          // Misshapen: the model's own error says what is wrong with it.
          model.run(inputs).then(resolve, reject);
          return;
        }
        waiting.push({ inputs, rows, resolve, reject });
        if (running) return;
        running = true;
        setImmediate(() => void drain());
      }),
  };
}
