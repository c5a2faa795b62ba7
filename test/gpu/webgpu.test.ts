import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { compileSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { cloneRoot } from "@subnetkit/cli/system/clone-root";
import { createRuntimes } from "@subnetkit/miner/runtime/create-runtimes";
import type { OnnxProvider } from "@subnetkit/miner/runtime/providers";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Model, Tensor } from "@subnetkit/shared/runtime/model-runtime";
import { writeText } from "@subnetkit/shared/runtime/text-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleForNode } from "../support/bundle.ts";
import { isGone, until } from "../support/processes.ts";
import { type DevSubnet, startDevSubnet } from "../unit/chain/client/support/dev-subnet.ts";
import { bodyOf, open } from "../unit/miner/support/miner-server.ts";

const root = cloneRoot();
const digits = (size: string): string => path.join(root, "subnets/src/digits/model", `${size}.onnx`);
const gpt2 = path.join(root, "test/vectors/gpt2-export");
const log = createLogger({ name: "test", destination: { write: () => undefined } });

const folder = makeFolder();
const workerUrl = pathToFileURL(path.join(folder, "model-worker.js"));
await bundleAs(path.join(root, "miner/src/runtime/thread/model-worker.ts"), "model-worker.js");

const runtimes = (providers: readonly OnnxProvider[]) => createRuntimes({ workerUrl, providers }, { log });

/** Why WebGPU cannot be had here; undefined where it can. */
const problem = await (async () => (await runtimes(["webgpu"]).onnx()).load(digits("small")))().then(
  async (model) => void (await model.close()),
  errorMessage,
);
if (problem !== undefined) console.log(`WebGPU is not tried: ${problem}`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("WebGPU is there, or it is coded why not", () => {
  // Runs where all others are skipped, so that what they need is removed there too.
  expect(problem ?? "does not run").toContain("does not run");
});

const pixels = (rows: number, seed = 0): Tensor => ({
  type: "float32",
  dims: [rows, 64],
  data: Float32Array.from({ length: rows * 64 }, (_, i) => (((i + seed) * 7919) % 17) / 16),
});

describe.skipIf(problem !== undefined)("models on WebGPU", () => {
  test("give what they give on the processor, several of them at once and with any number of rows", async () => {
    const open = async (providers: readonly OnnxProvider[]): Promise<readonly Model[]> => {
      const onnx = await runtimes(providers).onnx();
      return Promise.all(["small", "medium", "large"].map((size) => onnx.load(digits(size))));
    };
    const [there, here] = [await open(["webgpu"]), await open(["cpu"])];
    expect(there.map(({ provider }) => provider)).toEqual(["webgpu", "webgpu", "webgpu"]);
    const compare = async (model: Model, other: Model): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const input = { pixels: pixels(1 + ((i * 13) % 64), i) };
        const [one, two] = [await model.run(input), await other.run(input)];
        const wanted = [...(two["probabilities"]?.data ?? [])].map(Number);
        const given = [...(one["probabilities"]?.data ?? [])].map(Number);
        expect(given.length).toBe(wanted.length);
        expect(Math.max(...given.map((value, k) => Math.abs(value - (wanted[k] as number))))).toBeLessThan(1e-5);
      }
    };
    await Promise.all(there.map((model, i) => compare(model, here[i] as Model)));
    for (const model of [...there, ...here]) await model.close();
  });

  test("write the text that they write on the processor, answers at the same time too", async () => {
    const { signal } = new AbortController();
    const [there, here] = [
      await runtimes(["webgpu"]).transformers(gpt2, {}),
      await runtimes(["cpu"]).transformers(gpt2, {}),
    ];
    expect(there.provider).toBe("webgpu");
    const prompts = ["The miner", "A model", "The file"];
    const write = (model: typeof there) =>
      Promise.all(prompts.map((prompt) => writeText(model, { prompt, maxTokens: 20, temperature: 0 }, { signal })));
    expect(await write(there)).toEqual(await write(here));
    await there.close();
    await here.close();
  });
});

describe.skipIf(problem !== undefined)("a whole miner on WebGPU", () => {
  let subnet: DevSubnet;
  let child: ChildProcess;
  let port: number;
  let metricsPort: number;
  const lines: string[] = [];

  beforeAll(async () => {
    const file = path.join(folder, "subnet.ts");
    writeFileSync(file, source);
    copyFileSync(digits("small"), path.join(folder, "digits.onnx"));
    await writeKeyfile(path.join(folder, "hotkey"), "//Miner");
    const bundle = await bundleAs(path.join(root, "miner/src/main.ts"), "miner.js");
    const buildDir = path.join(folder, "build");
    const compiled = await compileSubnet({ definition: file, solvers: file, folder }, { root, buildDir });
    subnet = await startDevSubnet();
    await subnet.register(keypairFromUri("//Validator"));
    await subnet.register(keypairFromUri("//Miner"));
    child = spawn(
      process.execPath,
      [
        bundle,
        `--chain-endpoints=${subnet.chain.url}`,
        `--netuid=${subnet.netuid}`,
        `--hotkey-file=${path.join(folder, "hotkey")}`,
        `--subnet-definition=${compiled.definitionFile}`,
        `--solvers=${compiled.solversFile}`,
        `--model-folder=${folder}`,
        "--model-providers=cuda,webgpu,cpu",
        "--model-check-ms=50",
        "--host=127.0.0.1",
        "--port=0",
        "--metrics-port=0",
        "--no-require-permit",
        "--requests-per-second=10000",
        "--request-burst=100000",
        "--address-requests-per-second=10000",
        "--address-request-burst=100000",
        `--state-folder=${path.join(folder, "state")}`,
      ],
      // The driver in software has no device file; naming it makes it one that is there.
      {
        stdio: ["ignore", "pipe", "inherit", "pipe"],
        env: { VK_DRIVER_FILES: softwareVulkan(), ...process.env, SUBNETKIT_EVENTS_FD: "3" },
      },
    );
    createInterface(child.stdout as Readable).on("line", (line) => lines.push(line));
    const ready = await new Promise<{ port: number; metricsPort: number }>((resolve, reject) => {
      createInterface(child.stdio[3] as Readable).on("line", (line) => {
        const event = JSON.parse(line) as { type: string; port: number; metricsPort: number };
        if (event.type === "process.ready") resolve(event);
      });
      child.once("close", () => reject(new Error(lines.join("\n"))));
    });
    ({ port, metricsPort } = ready);
    await until("the miner to take a request", async () => (await ask()).status === 200);
  });
  afterAll(async () => {
    child?.kill("SIGKILL");
    await subnet?.close();
  });

  const ask = async (): Promise<{ status: number | undefined; body: string }> => {
    const response = await open(port, "classify", { pixels: Array.from(pixels(1).data, Number) });
    return { status: response.statusCode, body: await bodyOf(response) };
  };
  const health = async () =>
    (await (await fetch(`http://127.0.0.1:${metricsPort}/health`)).json()) as {
      ready: boolean;
      degraded: boolean;
      info: { provider: string; models: readonly { provider: string; sha256: string }[] };
    };
  const publicReasons = async () =>
    ((await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { reasons: readonly string[] }).reasons;
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  /** The process in which the model runs; undefined while there is none, or two. */
  const modelProcess = (): number | undefined => {
    const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  };

  test("says in the log, in its health and in its metrics what runs the model, and why nothing better does", async () => {
    const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said).toContainEqual(expect.objectContaining({ msg: "model loaded and warm", provider: "webgpu" }));
    const better = { msg: "a better execution provider cannot run the model", better: "cuda", provider: "webgpu" };
    expect(said).toContainEqual(expect.objectContaining(better));
    expect(await health()).toMatchObject({
      ready: true,
      info: { provider: "webgpu", models: [{ provider: "webgpu" }] },
    });
    expect(await metrics()).toMatch(/subnetkit_miner_model_info\{[^}]*provider="webgpu"[^}]*\} 1/);
  });

  test("another file takes over while it is asked all the time, and no request is refused", async () => {
    const before = (await health()).info.models[0]?.sha256;
    let over = false;
    const statuses = new Map<number | undefined, number>();
    const caller = async (): Promise<void> => {
      while (!over) {
        const { status } = await ask();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const callers = [1, 2, 3, 4].map(caller);
    copyFileSync(digits("large"), path.join(folder, "next.onnx"));
    renameSync(path.join(folder, "next.onnx"), path.join(folder, "digits.onnx"));
    await until("the new model", async () => (await health()).info.models[0]?.sha256 !== before);
    over = true;
    await Promise.all(callers);
    expect([...statuses.keys()]).toEqual([200]);
    expect((await health()).info.provider).toBe("webgpu");
  });

  test("a driver that takes its process with it costs a refusal in words, not the miner; again and again, it costs the GPU", async () => {
    await until("one process", () => modelProcess() !== undefined);
    const first = modelProcess() as number;
    process.kill(first, "SIGSEGV");
    await until("degraded", async () => (await publicReasons()).includes("model-down"));
    const answers = new Set<string>();
    await until("an answer again", async () => {
      const { status, body } = await ask();
      answers.add(status === 200 ? "200" : `${status} ${(JSON.parse(body) as { error: { code: string } }).error.code}`);
      return status === 200;
    });
    for (const answer of answers) expect(["200", "503 E_MODEL_UNAVAILABLE"]).toContain(answer);
    expect(await publicReasons()).not.toContain("model-down");
    expect((await health()).info.provider).toBe("webgpu");

    let last = first;
    await until(
      "a fall back",
      async () => {
        const pid = modelProcess();
        if ((await health()).info.provider === "cpu") return true;
        if (pid !== undefined && pid !== last && !(await publicReasons()).includes("model-down")) {
          last = pid;
          process.kill(pid, "SIGSEGV");
        }
        return false;
      },
      60_000,
    );
    expect((await ask()).status).toBe(200);
    expect(await publicReasons()).toContain("model-fell-back");
    const now = await metrics();
    expect(now).toMatch(/subnetkit_miner_model_info\{[^}]*provider="cpu"[^}]*\} 1/);
    expect(now).not.toMatch(/subnetkit_miner_model_info\{[^}]*provider="webgpu"/);
  });

  test("leaves no process behind, even where it is killed", async () => {
    const pid = modelProcess() as number;
    child.kill("SIGKILL");
    await until("its model's process to end", () => isGone(pid));
  });
});

/** Where Mesa's driver in software is described, under a name that differs from one version to the next. */
function softwareVulkan(): string {
  const drivers = "/usr/share/vulkan/icd.d";
  const name = existsSync(drivers) ? readdirSync(drivers).find((file) => file.startsWith("lvp_icd.")) : undefined;
  return name === undefined ? "" : path.join(drivers, name);
}

const source = `
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { z } from "zod";
const classify = defineTask({
  id: "classify",
  request: z.object({ pixels: z.array(z.number()).length(64) }),
  response: z.object({ digit: z.number() }),
  limits: { timeoutMs: 20_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { pixels: new Array(64).fill(0) }, key: 0 }),
  scorer: { kind: "each", score: () => 1 },
});
const subnet = defineSubnet({ name: "gpu", version: 1, description: "Digits.", tasks: { classify } });
export default subnet;
export const models = ["digits.onnx"];
export const solvers = defineSolvers<typeof subnet>({
  classify: async ({ pixels }, { model }) => {
    const input = { type: "float32", dims: [1, 64], data: Float32Array.from(pixels) } as const;
    const { probabilities } = await (await model("digits.onnx")).run({ pixels: input });
    const values = Array.from(probabilities?.data ?? [], Number);
    return { digit: values.indexOf(Math.max(...values)) };
  },
});
`;

/** Inside the clone, so that bundles find its packages. */
function makeFolder(): string {
  mkdirSync(path.join(root, ".subnetkit", "tmp"), { recursive: true });
  return mkdtempSync(path.join(root, ".subnetkit", "tmp", "gpu-"));
}

/** A bundle under the name by which the others look for it. */
async function bundleAs(entry: string, name: string): Promise<string> {
  const file = path.join(folder, name);
  renameSync(await bundleForNode(entry), file);
  return file;
}
