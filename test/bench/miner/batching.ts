import { batchingModel } from "@subnetkit/miner/runtime/batching";
import { createOnnxRuntime } from "@subnetkit/miner/runtime/onnx";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Model } from "@subnetkit/shared/runtime/model-runtime";
import type { ServerAnswers } from "./process.ts";

const modelFile = "subnets/src/digits/model/large.onnx";
/** Of one image of 8 by 8. */
const pixels = 64;
const runMs = 400;

/** Callers that each ask for one image and wait for its answer, on the digits model: one by one, and through the adaptive batches. */
export async function measureBatching(): Promise<ServerAnswers["batching"]> {
  const runtime = await createOnnxRuntime({ log: createLogger({ name: "bench", level: "error" }) });
  const model = await runtime.load(modelFile);
  const results: { callers: number; plain: number; batched: number; meanRows: number }[] = [];
  for (const callers of [1, 32, 128]) {
    let rows = 0;
    let runs = 0;
    const batching = batchingModel(model, { maxRows: 64 }, (batch) => {
      rows += batch.rows;
      runs++;
    });
    const samples: { plain: number; batched: number }[] = [];
    // In turn, so that both see the same machine.
    for (let k = 0; k < 3; k++)
      samples.push({ plain: await perSecond(model, callers), batched: await perSecond(batching, callers) });
    const middle = (of: (sample: { plain: number; batched: number }) => number): number =>
      samples.map(of).sort((a, b) => a - b)[1] ?? Number.NaN;
    results.push({
      callers,
      plain: middle(({ plain }) => plain),
      batched: middle(({ batched }) => batched),
      meanRows: rows / runs,
    });
  }
  await model.close();
  return results;
}

/** Runs per second of processor time: the other load of a machine does not count. */
async function perSecond(model: Model, callers: number): Promise<number> {
  const name = model.inputs[0] ?? "pixels";
  let done = 0;
  const before = process.cpuUsage();
  const endMs = performance.now() + runMs;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < endMs) {
        await model.run({ [name]: { type: "float32", dims: [1, pixels], data: new Float32Array(pixels).fill(0.5) } });
        done++;
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (done * 1e6) / (user + system);
}
