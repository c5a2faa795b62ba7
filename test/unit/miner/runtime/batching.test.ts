import { batchingModel } from "@subnetkit/miner/runtime/batching";
import type { Model, Tensor } from "@subnetkit/shared/runtime/model-runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const tensor = (rows: number, columns: number, start = 0): Tensor => ({
  type: "float32",
  dims: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => start + i),
});

/** Doubles every value, one run per turn of the event loop; fails on a batch that holds a negative value. */
function doubler(anyRows = true) {
  const runs: number[] = [];
  const model: Model = {
    inputs: ["x"],
    outputs: ["y"],
    provider: "cpu",
    sha256: "",
    anyRows,
    run: async ({ x }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (x?.type !== "float32") throw new Error("no x");
      runs.push(x.dims[0] ?? 0);
      if (x.data.some((value) => value < 0)) throw new Error("negative");
      return { y: { type: "float32", dims: x.dims, data: x.data.map((value) => value * 2) } };
    },
    close: async () => undefined,
  };
  return { model, runs };
}

const valuesOf = (outputs: Readonly<Record<string, Tensor>>) => Array.from(outputs["y"]?.data as Float32Array);

describe("batchingModel", () => {
  test("gives every caller its own rows, however calls are spread over time and sizes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 30 }),
        async (calls) => {
          const { model, runs } = doubler();
          const batching = batchingModel(model, { maxRows: 16 });
          const answers: Promise<number[]>[] = [];
          for (const [i, [rows, pause]] of calls.entries()) {
            if (pause) await new Promise((resolve) => setImmediate(resolve));
            answers.push(batching.run({ x: tensor(rows, 2, i * 100) }).then(valuesOf));
          }
          expect(await Promise.all(answers)).toEqual(
            calls.map(([rows], i) => Array.from({ length: rows * 2 }, (_, k) => (i * 100 + k) * 2)),
          );
          expect(runs.every((rows) => rows <= 16)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("runs one call at once, and what comes meanwhile as one batch", async () => {
    const { model, runs } = doubler();
    const batching = batchingModel(model, { maxRows: 64 });
    const first = batching.run({ x: tensor(1, 2) });
    await new Promise((resolve) => setImmediate(resolve));
    const rest = Array.from({ length: 10 }, () => batching.run({ x: tensor(1, 2) }));
    await Promise.all([first, ...rest]);
    expect(runs).toEqual([1, 10]);
  });

  test("starts at once for a caller without company, and waits a turn again after callers came together", async () => {
    const { model, runs } = doubler();
    const batching = batchingModel(model, { maxRows: 64 });
    const call = () => batching.run({ x: tensor(1, 2) });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await call();
    await turn();
    const alone = call();
    await turn();
    expect(runs).toEqual([1, 1]);
    await alone;
    await turn();
    await Promise.all([call(), call(), call()]);
    expect(runs).toEqual([1, 1, 1, 2]);
    await turn();
    await Promise.all([call(), call(), call()]);
    expect(runs).toEqual([1, 1, 1, 2, 3]);
  });

  test("keeps a call that is larger than a batch whole", async () => {
    const { model, runs } = doubler();
    await batchingModel(model, { maxRows: 4 }).run({ x: tensor(9, 2) });
    expect(runs).toEqual([9]);
  });

  test("never stacks rows of different shapes", async () => {
    const { model, runs } = doubler();
    const batching = batchingModel(model, { maxRows: 64 });
    const answers = await Promise.all([2, 3, 2].map((columns) => batching.run({ x: tensor(1, columns) })));
    expect(answers.map(({ y }) => y?.dims)).toEqual([
      [1, 2],
      [1, 3],
      [1, 2],
    ]);
    expect(runs).toEqual([2, 1]);
  });

  test("fails only the call that is at fault", async () => {
    const { model } = doubler();
    const batching = batchingModel(model, { maxRows: 64 });
    const results = await Promise.allSettled([0, -5, 7].map((start) => batching.run({ x: tensor(1, 2, start) })));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("hands misshapen input to the model itself, whose error says what is wrong", async () => {
    const { model } = doubler();
    const batching = batchingModel(model, { maxRows: 64 });
    await expect(batching.run({})).rejects.toThrow("no x");
  });

  test("leaves a model alone whose first dimension is not a number of rows", () => {
    const { model } = doubler(false);
    expect(batchingModel(model, { maxRows: 64 })).toBe(model);
  });

  test("says how large each batch was", async () => {
    const { model } = doubler();
    const batches: number[][] = [];
    const batching = batchingModel(model, { maxRows: 3 }, ({ rows, calls }) => batches.push([rows, calls]));
    await Promise.all([1, 1, 2].map((rows) => batching.run({ x: tensor(rows, 1) })));
    expect(batches).toEqual([
      [2, 2],
      [2, 1],
    ]);
  });
});
