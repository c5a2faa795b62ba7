// Our part of a mixed subnet: a Redis, and our miners and validators as the processes that a user runs. And what the chain's epochs are held
// against: the same epoch by the reference form. One JSON command per line on stdin, one JSON answer per line on stdout.

import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { connectChain } from "@subnetkit/chain/client/connect";
import type { BlockRef, ChainClient } from "@subnetkit/chain/client/chain-client";
import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { runEpoch } from "@subnetkit/shared/consensus/epoch";
import { createLogger } from "@subnetkit/shared/log/logger";
import { readEpochInput } from "@subnetkit/validator/preview/read-epoch";
import { z } from "zod";
import { provisionRedis } from "../../../cli/src/local/redis/provision.ts";
import { type RunningRedis, startRedis } from "../../../cli/src/local/redis/start.ts";
import { compileSubnet } from "../../../cli/src/local/network/subnet-file.ts";
import { type Child, type ChildEvent, startChild } from "../../../cli/src/local/supervisor/child.ts";

const [url = "", root = "", dist = ""] = process.argv.slice(2);
const folder = path.join(process.env["HOME"] ?? "", "network");
const cacheDir = path.join(root, ".subnetkit", "cache", "redis");
const source = path.join(root, "test", "interop", "mixed", "subnet.ts");
mkdirSync(folder, { recursive: true });

type Running = { readonly child: Child; readonly log: string; readonly events: ChildEvent[] };
const running = new Map<string, Running>();

/** Starts a process of ours as the local network's supervisor does, and waits until it says that it is ready. */
async function start(
  program: "miner" | "validator",
  name: string,
  config: Record<string, unknown>,
): Promise<ChildEvent> {
  const file = path.join(folder, `${name}.json`);
  const log = path.join(folder, `${name}.log`);
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const events: ChildEvent[] = [];
  let ready: (event: ChildEvent) => void = () => undefined;
  const said = new Promise<ChildEvent>((resolve) => {
    ready = resolve;
  });
  const child = startChild(
    {
      command: process.execPath,
      args: [path.join(dist, `${program}.js`), "--config", file],
      env: process.env,
      cwd: root,
    },
    openSync(log, "a"),
    (event) => {
      events.push(event);
      if (event.type === "process.ready") ready(event);
    },
  );
  running.set(name, { child, log, events });
  const ended = child.exited.then(({ code }) => {
    throw new Error(`${name} ended with ${code}: ${lastLines(log)}`);
  });
  ended.catch(() => undefined);
  return Promise.race([said, ended]);
}

const lastLines = (file: string): string => readFileSync(file, "utf8").trim().split("\n").slice(-5).join("\n");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** A Redis for our validators, or why there is none. */
async function openRedis(): Promise<RunningRedis | { readonly problem: string }> {
  try {
    const server = await provisionRedis({ cacheDir, log: () => undefined });
    return await startRedis(server, { port: await freePort(), dataDir: path.join(folder, "redis") });
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const subnet = await compileSubnet(
  { definition: source, solvers: source, folder: path.dirname(source) },
  { root, buildDir: path.join(root, ".subnetkit", "build") },
);

let client: Promise<ChainClient> | undefined;
const connection = (): Promise<ChainClient> =>
  (client ??= connectChain({
    endpoints: [url],
    log: createLogger({ name: "network", level: "silent" }),
    signal: new AbortController().signal,
  }));

/** A client whose newest block is another: what reads the head reads that one. */
async function clientAt(number: number): Promise<ChainClient> {
  const real = await connection();
  const hash = z.string().parse(await real.rpc("chain_getBlockHash", [number]));
  const head: BlockRef = { number, hash, parentHash: "" };
  return { ...real, head: () => head };
}

const neuron = z.object({ netuid: z.number(), name: z.string(), hotkeyFile: z.string() });

const commands = {
  /** Starts one of our miners; gives its port. */
  miner: async (input: unknown) => {
    const { netuid, name, hotkeyFile, variant } = neuron.extend({ variant: z.string() }).parse(input);
    const port = await freePort();
    await start("miner", name, {
      chainEndpoints: [url],
      netuid,
      hotkeyFile,
      subnetDefinition: subnet.definitionFile,
      solvers: subnet.solversFile,
      variant,
      host: "127.0.0.1",
      port,
      metricsPort: 0,
      announceIp: "0.0.0.1",
    });
    return { port };
  },
  /** Starts one of our validators. It counts unsigned answers, since axons of SDK 10 sign none. */
  validator: async (input: unknown) => {
    const { netuid, name, hotkeyFile } = neuron.parse(input);
    await start("validator", name, {
      name,
      chainEndpoints: [url],
      netuid,
      hotkeyFile,
      subnetDefinition: subnet.definitionFile,
      redisUrl: "url" in redis ? redis.url : "",
      allowPrivate: true,
      acceptUnsigned: true,
      takeOver: true,
    });
    return {};
  },
  /** What one of them told its supervisor, and the end of its log. */
  told: async (input: unknown) => {
    const { name } = z.object({ name: z.string() }).parse(input);
    const found = running.get(name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return { events: found.events, log: lastLines(found.log) };
  },
  /**
   * The epoch of a block by the reference form, from the state of the block before it. `rowsAt` is the block whose weights it counts: its own
   * where timelocked rows are opened first.
   */
  epoch: async (input: unknown) => {
    const { netuid, block, rowsAt } = z
      .object({ netuid: z.number(), block: z.number(), rowsAt: z.number() })
      .parse(input);
    const before = await clientAt(block - 1);
    const counted = await clientAt(rowsAt);
    const metagraph = await fetchMetagraph(before, netuid, { at: before.head().hash });
    const epoch = await readEpochInput(before, metagraph);
    const { weights } = await readEpochInput(counted, metagraph);
    const { consensus, incentive, dividends, validatorTrust } = runEpoch({ ...epoch, block, weights });
    return { consensus, incentive, dividends, validatorTrust };
  },
} as const;

async function stop(): Promise<void> {
  for (const { child } of running.values()) child.signalGroup("SIGTERM");
  const timer = setTimeout(() => {
    for (const { child } of running.values()) child.signalGroup("SIGKILL");
  }, 8_000);
  await Promise.all([...running.values()].map(({ child }) => child.exited));
  clearTimeout(timer);
  await client?.then((open) => open.close());
  if ("url" in redis) await redis.stop();
}

const redis = await openRedis();
process.stdout.write(`${JSON.stringify({ problem: "url" in redis ? null : redis.problem })}\n`);
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { command, input } = z
    .object({ command: z.enum(Object.keys(commands) as [keyof typeof commands]), input: z.unknown() })
    .parse(JSON.parse(line));
  void Promise.resolve(commands[command](input)).then(
    (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
    (error: unknown) => process.stdout.write(`${JSON.stringify({ failed: String(error) })}\n`),
  );
});
lines.on("close", () => void stop().finally(() => process.exit(0)));
