import type { Model, Tensor } from "@subnetkit/shared/runtime/model-runtime";
import { joinRows, rowsOf, splitRows, stackable } from "./rows.ts";

type Inputs = Readonly<Record<string, Tensor>>;
type Outputs = Readonly<Record<string, Tensor>>;

/** How batches are made. */
export type BatchingOptions = {
  /** Most rows in one run, whatever the model says of itself. */
  readonly maxRows: number;
};

/** A model that may know how many rows one run should have at most, by how long its runs take; asked before each batch. */
export type BatchableModel = Model & { readonly rowLimit?: () => number };

/** Told after each run how many rows of how many calls it held. */
export type BatchListener = (batch: { readonly rows: number; readonly calls: number; readonly runMs: number }) => void;

type Call = {
  readonly inputs: Inputs;
  readonly rows: number;
  readonly resolve: (outputs: Outputs) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Puts calls that come while the model runs into one batch for its next run. Adaptive, without a timer: a busy model takes everything that came
 * meanwhile, so that batches grow with the load; an idle one starts with the next turn of the event loop, so that callers who ask together get one run;
 * and where nobody had company the last time, at once, so that a single caller waits for nobody. Calls
 * whose tensors cannot be stacked run in batches of their own. A batch that fails runs again call by call: one bad request fails nobody else's.
 *
 * Only for models whose first dimension counts independent rows (`anyRows`); another model is returned as it is. Two batches of different sizes may
 * round the last bit of a float differently.
 */
export function batchingModel(
  model: BatchableModel,
  { maxRows }: BatchingOptions,
  onBatch: BatchListener = () => undefined,
): Model {
  if (!model.anyRows) return model;
  const waiting: Call[] = [];
  let running = false;
  /** Whether calls had company when the model was last busy. */
  let crowded = true;

  const runAlone = async ({ inputs, rows, resolve, reject }: Call): Promise<void> => {
    const startedMs = performance.now();
    try {
      // The arrays are the caller's own.
      const outputs = await model.run(inputs, { giveAway: false });
      onBatch({ rows, calls: 1, runMs: performance.now() - startedMs });
      resolve(outputs);
    } catch (error) {
      reject(error);
    }
  };

  const runTogether = async (calls: readonly Call[]): Promise<void> => {
    const startedMs = performance.now();
    const rows = calls.reduce((sum, call) => sum + call.rows, 0);
    try {
      const joined = joinRows(calls.map(({ inputs }) => inputs));
      const outputs = await model.run(joined, { giveAway: true });
      const parts = splitRows(
        outputs,
        calls.map((call) => call.rows),
      );
      onBatch({ rows, calls: calls.length, runMs: performance.now() - startedMs });
      for (const [i, call] of calls.entries()) call.resolve(parts[i] as Outputs);
    } catch {
      for (const call of calls) await runAlone(call);
    }
  };

  /** The first call and the next ones that stack with it, in their order, up to the limit. */
  const takeBatch = (): Call[] => {
    const first = waiting.shift() as Call;
    const batch = [first];
    const most = Math.min(maxRows, model.rowLimit?.() ?? maxRows);
    let rows = first.rows;
    for (let i = 0; i < waiting.length && rows < most; ) {
      const call = waiting[i] as Call;
      if (rows + call.rows > most || !stackable(first.inputs, call.inputs)) {
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
    crowded = false;
    while (waiting.length > 0) {
      const batch = takeBatch();
      const [first] = batch;
      if (batch.length > 1) {
        crowded = true;
        await runTogether(batch);
      } else if (first !== undefined) await runAlone(first);
    }
    running = false;
  };

  /** What nobody waits before or with: without a place in the line, which costs a lone caller of a small model a twentieth of its run. */
  const runLone = async (inputs: Inputs, rows: number): Promise<Outputs> => {
    running = true;
    const startedMs = performance.now();
    try {
      const outputs = await model.run(inputs, { giveAway: false });
      onBatch({ rows, calls: 1, runMs: performance.now() - startedMs });
      return outputs;
    } finally {
      if (waiting.length > 0) void drain();
      else running = false;
    }
  };

  return {
    inputs: model.inputs,
    outputs: model.outputs,
    // A model can move to another thread, and be loaded again, while it is in use.
    get provider() {
      return model.provider;
    },
    get sha256() {
      return model.sha256;
    },
    anyRows: model.anyRows,
    close: () => model.close(),
    run: (inputs) => {
      const rows = rowsOf(inputs);
      // Misshapen: the model's own error says what is wrong with it.
      if (rows === undefined) return model.run(inputs);
      if (!running && !crowded) return runLone(inputs, rows);
      return new Promise((resolve, reject) => {
        waiting.push({ inputs, rows, resolve, reject });
        if (running) return;
        running = true;
        setImmediate(() => void drain());
      });
    },
  };
}
