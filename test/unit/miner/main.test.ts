import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { compileSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { cloneRoot } from "@subnetkit/cli/system/clone-root";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { readSignedStream } from "@subnetkit/shared/protocol/read-signed-stream";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForNode } from "../../support/bundle.ts";
import { until } from "../../support/until.ts";
import { type DevSubnet, startDevSubnet } from "../chain/client/support/dev-subnet.ts";
import { answered, bodyOf, open } from "./support/miner-server.ts";

const root = cloneRoot();
// As in support/miner-server.ts, whose requests these are.
const hotkey = keypairFromUri("//Miner");
const validator = keypairFromUri("//Validator");

/** Streams a first word at once and a second one when a file is there. */
const source = `
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { z } from "zod";
const talk = defineTask({
  id: "talk",
  request: z.object({ file: z.string() }),
  response: z.string(),
  limits: { timeoutMs: 30_000, maxResponseBytes: 1_000 },
  streaming: { chunk: z.string(), assemble: (chunks) => chunks.join("") },
  challenge: () => ({ request: { file: "" }, key: "" }),
  scorer: { kind: "each", score: () => 1 },
});
const subnet = defineSubnet({ name: "talk", version: 1, description: "Talks.", tasks: { talk } });
export default subnet;
export const solvers = defineSolvers<typeof subnet>({
  async *talk({ file }) {
    yield "first ";
    while (!existsSync(file)) await delay(10);
    yield "second";
  },
});
`;

type Ready = { readonly type: string; readonly port: number; readonly metricsPort: number };

let subnet: DevSubnet;
let bundle: string | undefined;
let folder: string;
let flags: string[];
const children: ChildProcess[] = [];

beforeAll(async () => {
  mkdirSync(path.join(root, ".subnetkit", "tmp"), { recursive: true });
  folder = mkdtempSync(path.join(root, ".subnetkit", "tmp", "miner-"));
  const file = path.join(folder, "talk.ts");
  writeFileSync(file, source);
  await writeKeyfile(path.join(folder, "hotkey"), "//Miner");
  // One after the other: compiling a subnet ends esbuild's service, which both use.
  bundle = await bundleForNode(path.join(root, "miner/src/main.ts"));
  const files = { definition: file, solvers: file, folder };
  const compiled = await compileSubnet(files, { root, buildDir: path.join(folder, "build") });
  subnet = await startDevSubnet();
  await subnet.register(validator);
  flags = [
    `--chain-endpoints=${subnet.chain.url}`,
    `--netuid=${subnet.netuid}`,
    `--hotkey-file=${path.join(folder, "hotkey")}`,
    `--subnet-definition=${compiled.definitionFile}`,
    `--solvers=${compiled.solversFile}`,
    "--host=127.0.0.1",
    "--port=0",
    "--metrics-port=0",
    "--no-require-permit",
    "--metagraph-refresh-blocks=1",
    `--state-folder=${path.join(folder, "state")}`,
  ];
}, 60_000);

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await subnet?.close();
  rmSync(folder, { recursive: true, force: true });
  if (bundle !== undefined) rmSync(bundle, { force: true });
});

/** Starts a miner as the supervisor does. `event` waits for one of its events. */
function start(...more: string[]) {
  const child = spawn(process.execPath, [bundle ?? "", ...flags, ...more], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    env: { ...process.env, SUBNETKIT_EVENTS_FD: "3" },
  });
  children.push(child);
  const exit = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const log: string[] = [];
  createInterface(child.stdout as Readable).on("line", (line) => log.push(line));
  const events = createInterface(child.stdio[3] as Readable);
  const event = <T extends { type: string }>(type: string): Promise<T> =>
    new Promise((resolve, reject) => {
      events.on("line", (line) => {
        const told = JSON.parse(line) as T;
        if (told.type === type) resolve(told);
      });
      void exit.then((code) => reject(new Error(`the miner exited with ${code} before ${type}:\n${log.join("\n")}`)));
    });
  return { child, exit, event };
}

/** Asks for a stream until the miner takes it: what is signed in its first two seconds it has to refuse, since it could be a replay. */
async function openStream(port: number, file: string) {
  return until("the miner to take a request", async () => {
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { file }, { accept: streamContentType, nonceNs });
    if (response.statusCode === 200) return { response, nonceNs };
    const refusal = await bodyOf(response);
    if (!refusal.includes("E_AUTH_REPLAY")) throw new Error(refusal);
    return undefined;
  });
}

describe("the miner as a process", () => {
  it("that is not registered says what it costs and how, and exits with 4", async () => {
    const { exit, event } = start();
    const told = await event<{ type: string; code: string; message: string; remedy: string }>("error");
    expect(told.code).toBe("E_MINER_NOT_REGISTERED");
    expect(told.message).toMatch(/registering costs [\d.]+ TAO/);
    expect(told.remedy).toContain(`btcli subnets register --netuid ${subnet.netuid} --network ${subnet.chain.url}`);
    expect(await exit).toBe(4);
  }, 30_000);

  it("finishes what it streams after SIGTERM, refuses new work, and exits with 0", async () => {
    await subnet.register(hotkey);
    const { child, exit, event } = start();
    const { port, metricsPort } = await event<Ready>("process.ready");
    const release = path.join(folder, "release");
    const { response, nonceNs } = await openStream(port, release);
    let first: (chunk: unknown) => void = () => undefined;
    const firstChunk = new Promise((resolve) => {
      first = resolve;
    });
    const stated = { ...answered("talk", { file: release }, nonceNs), miner: hotkey.address, maxBytes: 1_000 };
    const outcome = readSignedStream(response, { ...stated, onChunk: (chunk) => first(chunk) });
    expect(await firstChunk).toBe("first ");

    child.kill("SIGTERM");
    const health = async () => (await fetch(`http://127.0.0.1:${port}/health`)).json() as Promise<object>;
    await expect.poll(health).toMatchObject({ ready: false, reasons: ["draining"] });
    expect((await fetch(`http://127.0.0.1:${metricsPort}/ready`)).status).toBe(503);
    const refused = await open(port, "talk", { file: release });
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "10"]);
    expect(await bodyOf(refused)).toContain("E_MINER_STOPPING");

    writeFileSync(release, "");
    expect(await outcome).toEqual({ kind: "complete", chunks: ["first ", "second"] });
    expect(await exit).toBe(0);
    // From where its caller has proven to ask is there for the next process.
    const known = readFileSync(path.join(folder, "state", `known-${subnet.netuid}-${hotkey.address}.json`), "utf8");
    expect(JSON.parse(known)).toMatchObject({ known: [[validator.address, "127.0.0.1", expect.any(Number)]] });
  }, 60_000);

  it("gives up what takes longer than drainMs, and still exits with 0", async () => {
    const { child, exit, event } = start("--drain-ms=200");
    const { port } = await event<Ready>("process.ready");
    const { response, nonceNs } = await openStream(port, path.join(folder, "never"));
    child.kill("SIGTERM");
    const stated = {
      ...answered("talk", { file: path.join(folder, "never") }, nonceNs),
      miner: hotkey.address,
      maxBytes: 1_000,
    };
    expect(await readSignedStream(response, stated)).toMatchObject({ kind: "failed", code: "E_MINER_STOPPING" });
    expect(await exit).toBe(0);
  }, 60_000);

  it("that loses its place refuses with its code, finishes what it had begun, and exits with 4", async () => {
    const { exit, event } = start();
    const { port } = await event<Ready>("process.ready");
    const release = path.join(folder, "release-2");
    const { response, nonceNs } = await openStream(port, release);
    const error = event<{ type: string; code: string }>("error");
    // Uid 0 is the owner's, 1 the validator's.
    const keys = [[[subnet.netuid, 2], keypairFromUri("//Usurper").address]];
    await subnet.client.rpc("dev_setStorage", [{ SubtensorModule: { Keys: keys } }]);
    let told = false;
    void error.then(() => {
      told = true;
    });
    // However few of them it looks at, while it reads what another one has changed.
    const oneMore = async (): Promise<boolean> => {
      await subnet.blocks(1);
      return told;
    };
    await expect.poll(oneMore, { timeout: 40_000, interval: 100 }).toBe(true);
    expect((await error).code).toBe("E_MINER_DEREGISTERED");
    const refused = await open(port, "talk", { file: release });
    expect(refused.statusCode).toBe(503);
    expect(await bodyOf(refused)).toContain("E_MINER_DEREGISTERED");
    writeFileSync(release, readFileSync(path.join(folder, "talk.ts")));
    const stated = { ...answered("talk", { file: release }, nonceNs), miner: hotkey.address, maxBytes: 1_000 };
    expect(await readSignedStream(response, stated)).toMatchObject({ kind: "complete" });
    expect(await exit).toBe(4);
  }, 60_000);
});
