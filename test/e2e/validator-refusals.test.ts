/** What is wrong with a validator's surroundings, as its operator meets it: a real process, a real Redis, a development chain. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundleForNode } from "../support/bundle.ts";
import { temporaryFolder } from "../support/cli.ts";
import { startTestRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";
import { type DevSubnet, startDevSubnet } from "../unit/chain/client/support/dev-subnet.ts";
import { subnetModule } from "../unit/cli/validator/support.ts";
import { client } from "../unit/validator/support/state.ts";

type Said = { readonly type: string; readonly [field: string]: unknown };
type Run = { readonly child: ChildProcess; readonly said: Said[]; readonly exited: Promise<number | null> };

let bundle: string;
let subnet: DevSubnet;
let redis: TestRedis;
let count = 0;
const folder = temporaryFolder();
const children: ChildProcess[] = [];
const key = path.join(folder.path, "hotkey");
const definition = path.join(folder.path, "sums.mjs");
/** Registered on the subnet, without stake. */
const validator = keypairFromUri("//Refused//validator");

beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true });
  writeFileSync(definition, subnetModule);
  const source = path.resolve(import.meta.dirname, "../../validator/src");
  let worker: string;
  [bundle, worker, subnet, redis] = await Promise.all([
    bundleForNode(path.join(source, "main.ts")),
    bundleForNode(path.join(source, "round/scorer/score-worker.ts")),
    startDevSubnet(),
    startTestRedis(),
    writeKeyfile(key, "//Refused//validator"),
    writeKeyfile(`${key}-stranger`, "//Refused//stranger"),
  ]);
  // Side by side, as a build has them.
  const built = path.join(path.dirname(bundle), `refusals-${process.pid}`);
  mkdirSync(built, { recursive: true });
  renameSync(worker, path.join(built, "score-worker.js"));
  renameSync(bundle, path.join(built, "validator.js"));
  bundle = path.join(built, "validator.js");
  await subnet.register(validator);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(async () => {
  await subnet.close();
  await redis.stop();
  folder.remove();
  rmSync(path.dirname(bundle), { recursive: true, force: true });
});

/** Starts a validator with these settings beside those that are right. */
function start(settings: Record<string, unknown> = {}): Run {
  count += 1;
  const file = path.join(folder.path, `config-${count}.json`);
  const config = {
    chainEndpoints: [subnet.chain.url],
    netuid: subnet.netuid,
    hotkeyFile: key,
    subnetDefinition: definition,
    redisUrl: redis.url,
    redisPrefix: `{refusals:${count}}`,
    ...settings,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const child = spawn(process.execPath, [bundle, "--config", file], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { ...process.env, SUBNETKIT_EVENTS_FD: "3" },
  });
  children.push(child);
  const said: Said[] = [];
  let rest = "";
  (child.stdio[3] as Readable).setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines.map((line) => JSON.parse(line) as Said));
  });
  return { child, said, exited: new Promise((resolve) => child.once("close", resolve)) };
}

const put = (values: unknown): Promise<unknown> => subnet.chain.rpc("dev_setStorage", [{ SubtensorModule: values }]);

/** Changes something for the time of one run, and undoes it. */
type Circumstance = { readonly make: () => Promise<unknown>; readonly undo: () => Promise<unknown> };

async function policy(value: string): Promise<void> {
  const control = client(redis.port);
  await control.config("SET", "maxmemory-policy", value);
  control.disconnect();
}
const evicting: Circumstance = { make: () => policy("allkeys-lru"), undo: () => policy("noeviction") };
const newer: Circumstance = {
  make: () => put({ WeightsVersionKey: [[[subnet.netuid], "9"]] }),
  undo: () => put({ WeightsVersionKey: [[[subnet.netuid], "0"]] }),
};

describe("a validator does not start", () => {
  it.each<[string, string, number, Record<string, unknown>, Circumstance?]>([
    ["with an unknown wallet", "E_KEYFILE_READ", 3, { hotkeyFile: "/nowhere/hotkey" }],
    ["without Redis", "E_REDIS_UNREACHABLE", 5, { redisUrl: "redis://127.0.0.1:1" }],
    ["on a Redis that evicts", "E_REDIS_EVICTS", 3, {}, evicting],
    ["on another network", "E_CHAIN_WRONG_GENESIS", 3, { genesisHash: `0x${"11".repeat(32)}` }],
    ["on a subnet that is not there", "E_SUBNET_UNKNOWN", 3, { netuid: 99 }],
    ["with code that the subnet has replaced", "E_VALIDATOR_VERSION", 3, {}, newer],
    ["with a door for users and no list of them", "E_ORGANIC_TOKENS", 3, { organicPort: 0 }],
    ["with a setting nobody knows", "E_CONFIG_UNKNOWN_KEY", 3, { organicPorts: 1 }],
  ])("%s: %s, exit code %i and what to do, in one line", async (_what, code, exitCode, settings, circumstance) => {
    await circumstance?.make();
    try {
      const { said, exited } = start(settings);
      expect(await exited).toBe(exitCode);
      expect(said).toMatchObject([{ type: "error", code }]);
      const { message, remedy } = said[0] as Said & { message: string; remedy: string };
      for (const text of [message, remedy]) expect(text).toMatch(/^.{10,300}$/);
    } finally {
      await circumstance?.undo();
    }
  });
});

describe("a validator runs and says what it lacks", () => {
  const stakeless: Circumstance = {
    make: () => put({ StakeThreshold: "1000" }),
    undo: () => put({ StakeThreshold: "0" }),
  };
  it.each<[string, boolean, RegExp, Record<string, unknown>, Circumstance?]>([
    [
      "a registration",
      false,
      /not registered on the subnet: register it with burned_register/,
      { hotkeyFile: `${key}-stranger` },
    ],
    ["a permit", true, /no validator permit on subnet \d+\. Wait for the next epoch/, {}],
    ["stake", true, /has 0 of stake on subnet \d+; setting weights takes 0\.000001\. Add stake/, {}, stakeless],
  ])("%s", async (_what, ready, reason, settings, circumstance) => {
    await circumstance?.make();
    try {
      const { said, exited, child } = start(settings);
      const up = await until("it to be up", () => said.find(({ type }) => type === "process.ready"), 60_000);
      const health = async () => {
        const answer = await fetch(`http://127.0.0.1:${String(up["metricsPort"])}/health`);
        return (await answer.json()) as { ready: boolean; degraded: boolean; reasons: string[] };
      };
      // Redis and chain have been heard of a moment after that.
      const found = await until("what it lacks", async () => {
        const now = await health();
        return now.ready === ready && now.reasons.some((one) => reason.test(one)) ? now : undefined;
      });
      expect(found.degraded).toBe(true);
      child.kill("SIGTERM");
      expect(await exited).toBe(0);
    } finally {
      await circumstance?.undo();
    }
  });
});
