import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { startCarrier } from "@subnetkit/miner/runtime/thread/carrier";
import { environmentWithoutSettings } from "@subnetkit/shared/config/process-env";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { bundleForNode } from "../../../support/bundle.ts";
import { isGone, until } from "../../../support/processes.ts";
import { matmulModel } from "./support/matmul-model.ts";

const sources = path.join(import.meta.dirname, "../../../../miner/src/runtime/thread");
/** Says who it is and what it knows, then hangs as native code does. */
const hanging = `
process.send({ settings: Object.keys(process.env).filter((name) => name.startsWith("SUBNETKIT_")) });
setTimeout(() => { for (;;); }, 10);
`;

let folder: string;
let carrierFile: string;
let workerFile: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "subnetkit-carrier-"));
  carrierFile = await bundleForNode(path.join(sources, "carrier.ts"));
  workerFile = await bundleForNode(path.join(sources, "model-worker.ts"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Whatever a test has started: none goes by itself where the test fails. */
const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) if (!isGone(pid)) process.kill(pid, "SIGKILL");
});

/** A process of its own that starts a carrier with this worker, prints the first message of it, and exits with the next line that it reads. */
async function startOwner(
  worker: string,
  file = "/nowhere",
): Promise<{ owner: ChildProcess; pid: number; said: Record<string, unknown> }> {
  const script = path.join(folder, "owner.mjs");
  const data = { kind: "onnx", file, providers: ["cpu"] };
  await writeFile(
    script,
    `import { startCarrier } from ${JSON.stringify(pathToFileURL(carrierFile).href)};
import { readFileSync } from "node:fs";
const onMessage = (message) => {
  const child = readFileSync("/proc/self/task/" + process.pid + "/children", "utf8").trim();
  console.log(JSON.stringify({ ...message, pid: Number(child) }));
};
startCarrier("process", new URL(${JSON.stringify(pathToFileURL(worker).href)}), ${JSON.stringify(data)}, { onMessage, onEnd: () => undefined });
process.stdin.once("data", () => process.exit(0));
`,
  );
  const env = { ...environmentWithoutSettings(), SUBNETKIT_MINER_MODEL_KEY: "sesame", SUBNETKIT_LOG: "json" };
  const owner = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"], env });
  const [line] = (await once(createInterface(owner.stdout as Readable), "line")) as [string];
  const { pid, ...said } = JSON.parse(line) as Record<string, unknown> & { pid: number };
  started.push(owner.pid as number, pid);
  return { owner, pid, said };
}

test("a process gets none of the miner's settings, which hold keys, and ends with a miner that exits, though it hangs", async () => {
  const worker = path.join(folder, "hanging.mjs");
  await writeFile(worker, hanging);
  const { owner, pid, said } = await startOwner(worker);
  expect(said).toEqual({ settings: ["SUBNETKIT_LOG"] });
  owner.stdin?.write("exit\n");
  await until("the process to end", () => isGone(pid));
});

test("a process ends with a miner that is killed, though native code holds its thread for a minute", async () => {
  const file = path.join(folder, "endless.onnx");
  await writeFile(file, matmulModel({ width: 1024, rows: 1024, times: 3_000 }));
  const { owner, pid, said } = await startOwner(workerFile, file);
  expect(said).toMatchObject({ kind: "trying", provider: "cpu" });
  owner.kill("SIGKILL");
  await until("the process to end", () => isGone(pid), 10_000);
});

test("those that come and go leave no listener behind", async () => {
  const worker = path.join(folder, "brief.mjs");
  await writeFile(worker, 'process.send({ kind: "trying", provider: "cpu" }, () => process.disconnect());');
  const before = process.listenerCount("exit");
  const data = { kind: "onnx", file: "/nowhere", providers: ["cpu"] } as const;
  let ends = 0;
  const one = async (): Promise<void> => {
    const carrier = startCarrier("process", pathToFileURL(worker), data, {
      onMessage: () => undefined,
      onEnd: () => ends++,
    });
    await carrier.ended;
    carrier.send({ kind: "close" });
    await carrier.kill();
  };
  await Promise.all([one(), one(), one()]);
  expect(ends).toBe(3);
  expect(process.listenerCount("exit")).toBe(before);
});
