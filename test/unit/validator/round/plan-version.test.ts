import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { planSchema } from "../../../../validator/src/round/plan-record.ts";
import { foreignPatienceMs } from "../../../../validator/src/round/plan-version.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answerSum, startMiner, type TestMiner } from "../support/miner.ts";
import { createRoundPart, type RoundPart } from "../support/round-part.ts";
import { freshPrefix } from "../support/state.ts";
import { sumSubnet } from "../support/subnet.ts";

const validator = keypairFromUri("//Validator").address;
let server: TestRedis;
let miner: TestMiner;
const parts: RoundPart[] = [];
beforeAll(async () => {
  server = await startTestRedis();
  miner = await startMiner("//Version", answerSum);
});
afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.close()));
});
afterAll(async () => {
  await miner.close();
  await server.stop();
});

const newer = { ...sumSubnet, version: sumSubnet.version + 1 } as SubnetDefinition;

/** A process with a version of the subnet; it sees block 170, round 17. */
async function processOf(subnet: SubnetDefinition, prefix: string, nowMs: () => number = Date.now) {
  const lines: Record<string, unknown>[] = [];
  const settled: string[] = [];
  const view = metagraph([
    neuron({ uid: 0, hotkey: validator, validatorPermit: true }),
    neuron({ uid: 1, hotkey: miner.keypair.address, axon: localAxon(miner.port) }),
  ]);
  const part = await createRoundPart({
    url: server.url,
    prefix,
    head: () => ({ number: 170, hash: "0xaa" }),
    metagraph: () => view,
    subnet,
    nowMs,
    roundMs: 5_000,
    takeoverMs: 200,
    onSettled: ({ result }) => settled.push(result),
    log: createLogger({
      name: "test",
      level: "debug",
      destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
    }),
  });
  parts.push(part);
  const left = () => lines.filter(({ code }) => code === "E_PLAN_VERSION");
  return { ...part, left, settled };
}

/** Has a process of a version plan round 17, and stops it before it asks anybody. */
async function planned(subnet: SubnetDefinition, prefix: string): Promise<void> {
  const planner = await processOf(subnet, prefix);
  const plan = planSchema.parse({
    version: 1,
    netuid: 2,
    subnet: { name: subnet.name, version: subnet.version },
    round: 17,
    block: 170,
    blockHash: "0xaa",
    seed: "seed",
    alpha: 0.5,
    plannedAtMs: Date.now(),
    deadlineMs: Date.now() + 20_000,
    tasks: [{ id: "sum", share: 1 }],
    miners: [{ hotkey: miner.keypair.address, uid: 1, endpoint: { ip: "127.0.0.1", port: miner.port, ipType: 4 } }],
  });
  await planner.rounds.pin(plan);
  await planner.queues.addRound(plan);
  await planner.close();
  parts.splice(parts.indexOf(planner), 1);
}

describe("a round that was planned under another version of the subnet", () => {
  it("names that version in its plan", async () => {
    const prefix = freshPrefix();
    const one = await processOf(newer, prefix);
    one.workers.run();
    await one.queues.addPlan(17);
    await until("the round is counted", async () => (await one.rounds.lastSettled()) === 17);
    expect((await one.rounds.plan(17))?.subnet).toEqual({ name: "sums", version: sumSubnet.version + 1 });
    expect(one.left()).toEqual([]);
  });

  it("is left to a process that has it, asked and counted once by that one, and the leaving is said once", async () => {
    const prefix = freshPrefix();
    await planned(sumSubnet, prefix);
    const asked = miner.asked();
    const other = await processOf(newer, prefix);
    other.workers.run();
    await until("the other version has met the job twice", () => other.left().length >= 2);
    expect(miner.asked()).toBe(asked);
    const right = await processOf(sumSubnet, prefix);
    right.workers.run();
    await until("the round is counted", async () => (await right.rounds.lastSettled()) === 17);
    expect(miner.asked()).toBe(asked + 1);
    expect(right.settled).toContain("applied");
    expect(other.settled).toEqual([]);
    expect((await right.scores.standings()).get(miner.keypair.address)?.ema).toBe(0.5);
    expect(other.left().filter(({ level, queue }) => level === "warn" && queue === "query")).toMatchObject([
      { round: 17, queue: "query", planned: `sums ${sumSubnet.version}`, ours: `sums ${sumSubnet.version + 1}` },
    ]);
  });

  it("is given up when no such process comes in time: nobody is asked, nobody's score moves, and the next round is counted", async () => {
    const prefix = freshPrefix();
    await planned(sumSubnet, prefix);
    const asked = miner.asked();
    let later = 0;
    const other = await processOf(newer, prefix, () => Date.now() + later);
    other.workers.run();
    await until("the other version has met the job", () => other.left().length >= 1);
    later = 20_000 + foreignPatienceMs + 1_000;
    await other.queues.startTick(200);
    await until("the round is given up", async () => (await other.rounds.open()).length === 0);
    expect(await other.rounds.lastSettled()).toBe(-1);
    expect((await other.scores.standings()).size).toBe(0);
    expect(miner.asked()).toBe(asked);
  });
});
