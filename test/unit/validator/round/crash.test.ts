import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForNode } from "../../../support/bundle.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answerSum, startMiner, type TestMiner } from "../support/miner.ts";
import { createRoundPart, type RoundPart } from "../support/round-part.ts";
import type { RoundWorkerInput } from "../support/round-worker.ts";
import { freshPrefix } from "../support/state.ts";

const validator = keypairFromUri("//Validator").address;
let server: TestRedis;
let script: string;
const children: ChildProcess[] = [];
const miners: TestMiner[] = [];
beforeAll(async () => {
  [server, script] = await Promise.all([
    startTestRedis(),
    bundleForNode(path.join(import.meta.dirname, "../support/round-worker.ts")),
  ]);
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(miners.map((miner) => miner.close()));
  await server.stop();
  rmSync(script, { force: true });
});

async function startWorker(input: RoundWorkerInput): Promise<ChildProcess> {
  const child = spawn(process.execPath, [script, JSON.stringify(input)], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout!, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

async function network(): Promise<{ input: RoundWorkerInput; part: RoundPart }> {
  const quick = await startMiner("//Crash//quick", answerSum);
  // The slow one answers its first request never: the worker dies while it waits. The second request is answered.
  let requests = 0;
  const slow = await startMiner("//Crash//slow", (asked) => {
    requests += 1;
    if (requests > 1) answerSum(asked);
  });
  miners.push(quick, slow);
  const prefix = freshPrefix();
  const input = {
    url: server.url,
    prefix,
    validator,
    miners: [quick, slow].map(({ keypair, port }) => ({ hotkey: keypair.address, port })),
  };
  const view = metagraph([
    neuron({ uid: 0, hotkey: validator, validatorPermit: true }),
    ...input.miners.map(({ hotkey, port }, i) => neuron({ uid: i + 1, hotkey, axon: localAxon(port) })),
  ]);
  const part = await createRoundPart({
    url: server.url,
    prefix,
    head: () => ({ number: 10, hash: "0x10" }),
    metagraph: () => view,
    roundMs: 60_000,
    timeoutMs: 20_000,
  });
  return { input, part };
}

describe("kill -9 of a worker in the middle of a round", () => {
  it("ends in the round being counted exactly once, and asks only who is missing", async () => {
    const { input, part } = await network();
    const [quick, slow] = [miners.at(-2)!, miners.at(-1)!];
    const first = await startWorker(input);
    await part.queues.addPlan(1);
    await until("the quick answer to be kept", async () => (await part.rounds.stagedHotkeys(1, "sum")).size === 1);
    expect(slow.asked()).toBe(1);
    await kill(first);
    expect(await part.rounds.lastSettled()).toBe(-1);

    await startWorker(input);
    await until("round 1", async () => (await part.rounds.lastSettled()) === 1, 15_000);
    expect(quick.asked()).toBe(1);
    expect(slow.asked()).toBe(2);
    const standings = await part.scores.standings();
    expect([...standings.values()].map(({ ema }) => ema)).toEqual([0.5, 0.5]);
    expect(await part.rounds.summaries(10)).toHaveLength(1);
    await part.close();
  });
});
