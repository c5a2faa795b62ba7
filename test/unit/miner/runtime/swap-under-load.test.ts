import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createRuntimes } from "@subnetkit/miner/runtime/create-runtimes";
import { type ModelStore, openModels } from "@subnetkit/miner/runtime/model-store";
import { createLogger } from "@subnetkit/shared/log/logger";
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { bundleForNode } from "../../../support/bundle.ts";
import { startPublicServer } from "../../../support/miner/public-server.ts";
import { until } from "../../../support/until.ts";
import { bodyOf, open } from "../support/miner-server.ts";
import { matmulModel } from "./support/matmul-model.ts";

const log = createLogger({ name: "test", destination: { write: () => undefined } });
/** Makes files too large to be loaded in this thread while requests are answered: the first model runs here, the next ones in threads. */
const width = 540;
const multiply = defineTask({
  id: "multiply",
  request: z.object({ x: z.number() }),
  response: z.object({ y: z.number() }),
  limits: { timeoutMs: 20_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { x: 1 }, key: 0 }),
  scorer: { kind: "each", score: () => 1 },
});
const subnet = defineSubnet({ name: "multiply", version: 1, description: "Multiplies.", tasks: { multiply } });

let folder: string;
let store: ModelStore;
let server: Awaited<ReturnType<typeof startPublicServer>>;
const swaps: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-swap-"));
  const source = path.join(import.meta.dirname, "../../../../miner/src/runtime/thread/model-worker.ts");
  const workerUrl = pathToFileURL(await bundleForNode(source));
  await replace(matmulModel({ width, rows: "N", times: 1, value: 2 }));
  store = await openModels(
    { folder, models: ["a.onnx"], checkMs: 20 },
    {
      runtimes: createRuntimes({ workerUrl, providers: ["cpu"] }, { log }),
      fetchFile: () => Promise.reject(new Error("nothing is fetched")),
      log,
      onSwap: (outcome) => swaps.push(outcome),
    },
  );
  const solvers = defineSolvers<typeof subnet>({
    multiply: async ({ x }) => {
      const row = { type: "float32", dims: [1, width], data: new Float32Array(width).fill(x) } as const;
      const { y } = await (await store.get("a.onnx")).run({ x: row });
      return { y: Number(y?.data[0]) };
    },
  });
  server = await startPublicServer({ subnet, solvers, dialects: ["btauth"] });
});
afterAll(async () => {
  server.stop.abort();
  await server.server.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** Puts a file in place in one step, as the guide says. */
async function replace(bytes: Uint8Array): Promise<void> {
  await writeFile(path.join(folder, "new"), bytes);
  await rename(path.join(folder, "new"), path.join(folder, "a.onnx"));
}

test("models that take over one after the other, in this thread and then in others, drop no request of callers who ask all the time", async () => {
  const seen = new Map<string, number>();
  let over = false;
  const caller = async (): Promise<void> => {
    while (!over) {
      const response = await open(server.port, "multiply", { x: 1 });
      const said = `${response.statusCode} ${await bodyOf(response)}`;
      seen.set(said, (seen.get(said) ?? 0) + 1);
    }
  };
  const callers = [1, 2, 3, 4].map(caller);
  const answers = (y: number) => (): boolean => (seen.get(`200 {"y":${y}}`) ?? 0) > 20;
  await until("answers of the first model", answers(2));
  await replace(matmulModel({ width, rows: "N", times: 1, value: 3 }));
  await until("answers of the second model", answers(3));
  await replace(Buffer.from("this is no model"));
  await until("a look at what is no model", () => swaps.includes("failed"));
  await replace(matmulModel({ width, rows: "N", times: 1, value: 5 }));
  await until("answers of the third model", answers(5));
  over = true;
  await Promise.all(callers);
  expect([...seen.keys()]).toEqual(['200 {"y":2}', '200 {"y":3}', '200 {"y":5}']);
  expect(swaps).toEqual(["swapped", "failed", "swapped"]);
});
