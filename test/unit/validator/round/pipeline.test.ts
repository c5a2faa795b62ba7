import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { jobData } from "../../../../validator/src/queue/jobs.ts";
import { parseRedisUrl } from "../../../../validator/src/queue/redis-url.ts";
import { createWorkers } from "../../../../validator/src/queue/workers.ts";
import { scoreWork } from "../../../../validator/src/round/pipeline.ts";
import type { SettledRound } from "../../../../validator/src/round/settle.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answer, answerSum, startMiner, type TestMiner } from "../support/miner.ts";
import { planOf } from "../support/plan.ts";
import { createRoundPart, type RoundPart, type RoundPartOptions, shortTiming } from "../support/round-part.ts";
import { freshPrefix } from "../support/state.ts";
import { sumSubnetWith } from "../support/subnet.ts";

const validator = keypairFromUri("//Validator").address;
let server: TestRedis;
const parts: RoundPart[] = [];
const miners: TestMiner[] = [];
beforeAll(async () => {
  server = await startTestRedis();
});
afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.close()));
  await Promise.all(miners.splice(0).map((miner) => miner.close()));
});
afterAll(() => server.stop());

async function miner(behave: Parameters<typeof startMiner>[1]): Promise<TestMiner> {
  const started = await startMiner(`//Pipeline//${miners.length}`, behave);
  miners.push(started);
  return started;
}

async function part(
  view: Metagraph,
  block: () => number,
  prefix = freshPrefix(),
  choices: Pick<RoundPartOptions, "takeoverMs" | "roundMs"> = {},
): Promise<RoundPart & { settled: SettledRound[] }> {
  const built = await idlePart(view, block, prefix, choices);
  built.workers.run();
  return built;
}

/** The same without workers. */
async function idlePart(
  view: Metagraph,
  block: () => number,
  prefix: string,
  choices: Pick<RoundPartOptions, "takeoverMs" | "roundMs"> = {},
): Promise<RoundPart & { settled: SettledRound[] }> {
  const settled: SettledRound[] = [];
  const built = await createRoundPart({
    url: server.url,
    prefix,
    head: () => ({ number: block(), hash: `0x${block()}` }),
    metagraph: () => view,
    ...choices,
    onSettled: (round) => settled.push(round),
  });
  parts.push(built);
  return { ...built, settled };
}

function network(): Promise<Metagraph> {
  return (async () => {
    const right = await miner(answerSum);
    const wrong = await miner((asked) => answer(asked, { sum: -1 }));
    const mute = await miner(() => undefined);
    return metagraph([
      neuron({ uid: 0, hotkey: validator, validatorPermit: true, totalStakeRao: 10n }),
      neuron({ uid: 1, hotkey: right.keypair.address, axon: localAxon(right.port) }),
      neuron({ uid: 2, hotkey: wrong.keypair.address, axon: localAxon(wrong.port) }),
      neuron({ uid: 3, hotkey: mute.keypair.address, axon: localAxon(mute.port) }),
      neuron({ uid: 4, hotkey: "5Offline" }),
      neuron({ uid: 5, hotkey: "5OtherValidator", validatorPermit: true, totalStakeRao: 5n }),
    ]);
  })();
}

describe("a round, from plan to scores, over real queues and real miners", () => {
  it("pays the right answer, and nothing for a wrong one, silence or being offline", async () => {
    const view = await network();
    const { queues, rounds, scores, settled } = await part(view, () => 70);
    await queues.addPlan(7);
    await until("round 7", async () => (await rounds.lastSettled()) === 7);
    const standings = await scores.standings();
    const byUid = view.neurons.map(({ hotkey }) => standings.get(hotkey)?.ema);
    expect(byUid).toEqual([undefined, 0.5, 0, 0, 0, undefined]);
    expect(view.neurons.slice(1, 5).map(({ hotkey }) => standings.get(hotkey)?.seen?.outcome)).toEqual([
      "answered",
      "answered",
      "late",
      "unreachable",
    ]);
    expect(await rounds.summaries(1)).toMatchObject([
      { round: 7, of: 4, answered: 2, late: 1, unreachable: 1, skipped: 0 },
    ]);
    expect(settled.filter(({ result }) => result === "applied")).toHaveLength(1);
    expect(await rounds.open()).toEqual([]);
  });

  it("asks each miner once when two processes plan and work the same round", async () => {
    const view = await network();
    const prefix = freshPrefix();
    const one = await part(view, () => 80, prefix);
    const two = await part(view, () => 81, prefix);
    await Promise.all([one, two, one, two].map(({ queues }) => queues.addPlan(8)));
    await until("round 8", async () => (await one.rounds.lastSettled()) === 8);
    const applied = () => [...one.settled, ...two.settled].filter(({ result }) => result === "applied");
    // Redis knows of the settle before the process that did it hears so, and both may come again: one must remain.
    await until("the settle to be told", () => applied().length > 0);
    await until("idle queues", async () => Object.values(await one.queues.waiting()).every((count) => count === 0));
    expect(miners.map((each) => each.asked())).toEqual([1, 1, 1]);
    expect(applied()).toHaveLength(1);
    expect((await one.scores.standings()).get(view.neurons[1]!.hotkey)?.ema).toBe(0.5);
  });

  it("does nothing when a finished round is asked for again", async () => {
    const view = await network();
    const { queues, rounds, scores } = await part(view, () => 90);
    await queues.addPlan(9);
    await until("round 9", async () => (await rounds.lastSettled()) === 9);
    await queues.addPlan(9);
    await queues.addRound(planOf(9, [view.neurons[1]!.hotkey]));
    await queues.addLateSettle(9);
    await until("an idle queue", async () => Object.values(await queues.waiting()).every((count) => count === 0));
    await queues.addPlan(10);
    expect(miners.map((each) => each.asked())).toEqual([1, 1, 1]);
    expect((await scores.standings()).get(view.neurons[1]!.hotkey)?.ema).toBe(0.5);
  });

  it("plans a round that another machine saw first as soon as its block comes here", async () => {
    const view = await network();
    let block = 79;
    const { queues, rounds } = await part(view, () => block);
    await queues.addPlan(8);
    await queues.addPlan(7);
    await until("round 7", async () => (await rounds.lastSettled()) === 7);
    expect(await rounds.plan(8)).toBeUndefined();
    block = 80;
    await until("round 8", async () => (await rounds.lastSettled()) === 8);
  });

  it("drops a plan that comes too late for its round", async () => {
    const view = await network();
    const { queues, rounds } = await part(view, () => 130);
    await queues.addPlan(12);
    await queues.addPlan(13);
    await until("round 13", async () => (await rounds.lastSettled()) === 13);
    expect(await rounds.plan(12)).toBeUndefined();
    expect(miners.map((each) => each.asked())).toEqual([1, 1, 1]);
  });

  it("keeps asking a scored miner that stopped announcing itself, so that it pays for it", async () => {
    const right = await miner(answerSum);
    const own = neuron({ uid: 0, hotkey: validator, validatorPermit: true });
    const online = neuron({ uid: 1, hotkey: right.keypair.address, axon: localAxon(right.port), totalStakeRao: 9n });
    let view = metagraph([own, online]);
    let block = 10;
    const { queues, rounds, scores } = await part(
      new Proxy(view, { get: (_target, key) => view[key as keyof Metagraph] }),
      () => block,
    );
    await queues.addPlan(1);
    await until("round 1", async () => (await rounds.lastSettled()) === 1);
    view = metagraph([own, { ...online, axon: undefined }]);
    block = 20;
    await queues.addPlan(2);
    await until("round 2", async () => (await rounds.lastSettled()) === 2);
    expect((await scores.standings()).get(online.hotkey)?.ema).toBe(0.25);
  });
});

describe("several rounds at once", () => {
  it("are counted in their order when a later one is ready first, and no job is put off for it", async () => {
    const prefix = freshPrefix();
    const { rounds, scores, queues } = await idlePart(metagraph([]), () => 10, prefix);
    const hotkeys = ["a", "b"];
    let started = 0;
    let open = (): void => undefined;
    const bothWait = new Promise<void>((resolve) => (open = resolve));
    const told: string[] = [];
    const log = createLogger({ name: "test", level: "silent" });
    const workers = createWorkers(
      {
        async query(job) {
          const { round } = jobData.query.parse(job.data);
          if (round === 1) await bothWait;
          await rounds.stage(
            round,
            "sum",
            hotkeys.map((hotkey) => [hotkey, { kind: "answered", latencyMs: 1, body: { sum: -1 } }] as const),
          );
        },
        ...scoreWork({
          subnet: sumSubnetWith(400),
          rounds,
          scores,
          nowMs: () => 2_000,
          log,
          onSettled: ({ result, summary }) => told.push(`${summary.round} ${result}`),
        }),
      },
      { address: parseRedisUrl(server.url), prefix, timing: shortTiming },
      {
        onError: () => undefined,
        onStarted: (queue) => {
          if (queue === "settle") started += 1;
          if (started === 2) open();
        },
        onFinished: () => undefined,
        onFailed: () => undefined,
        onStalled: () => undefined,
        onLockLost: () => undefined,
      },
    );
    for (const round of [1, 2, 3]) {
      const plan = planOf(round, hotkeys);
      await rounds.pin(plan);
      await queues.addRound(plan);
    }
    workers.run();
    await until("round 3", async () => (await rounds.lastSettled()) === 3);
    await workers.close(2_000);
    expect(told).toEqual(["1 applied", "2 applied", "3 applied"]);
    expect((await scores.standings()).get("a")?.seen?.latencies).toEqual([1, 1, 1]);
  });
});

describe("repairing", () => {
  it("settles a planned round whose jobs were never added", async () => {
    const view = await network();
    const { queues, rounds } = await part(view, () => 150);
    const hotkey = view.neurons[1]!.hotkey;
    await rounds.pin(planOf(15, [hotkey]));
    await queues.startTick(300);
    await until("round 15", async () => (await rounds.lastSettled()) === 15);
  });

  it("gives up a round that can never be settled, and goes on with the next", async () => {
    const view = await network();
    const { queues, rounds } = await part(view, () => 170, freshPrefix(), { takeoverMs: 100, roundMs: 500 });
    await rounds.pin(planOf(16, ["5Gone"], { tasks: [{ id: "unknown", share: 1 }], deadlineMs: 1 }));
    await queues.addPlan(17);
    await queues.startTick(300);
    await until("round 17", async () => (await rounds.lastSettled()) === 17);
    expect(await rounds.open()).toEqual([]);
  });
});
