import type { Row } from "../chain/measure.ts";
import { startServer } from "./process.ts";

/** Adaptive micro-batches against one run per call, on the digits model, by processor time of the server's process. */
export async function batches(): Promise<Row[]> {
  const server = await startServer("signed");
  try {
    return (await server.ask("batching")).map(({ callers, plain, batched, meanRows }) => ({
      what: `digits model, batched over one by one, ${callers} caller${callers === 1 ? "" : "s"}`,
      cpu: batched / plain,
      wall: batched / plain,
      unit: "times",
      budget: callers === 1 ? 0.9 : 2.5,
      better: "more",
      note: `${Math.round(plain).toLocaleString("en-US")} and ${Math.round(batched).toLocaleString("en-US")} images/s, ${meanRows.toFixed(1)} per run`,
    }));
  } finally {
    await server.stop();
  }
}
