import { rmSync } from "node:fs";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { replayEvidence } from "../../../../validator/src/evidence/replay.ts";
import { createWitness } from "../../../../validator/src/evidence/witness.ts";
import { organicBounds, type OrganicPair } from "../../../../validator/src/organic/organic-pair.ts";
import { addPairs } from "../../../../validator/src/organic/add-pairs.ts";
import { createOrganicQueue, takePairs } from "../../../../validator/src/organic/organic-queue.ts";
import { scoreRound } from "../../../../validator/src/round/score.ts";
import { settleRound } from "../../../../validator/src/round/settle.ts";
import { stateKeys } from "../../../../validator/src/store/keys.ts";
import { createRoundStore } from "../../../../validator/src/store/round-store.ts";
import { createScoreStore } from "../../../../validator/src/store/score-store.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { freshDirectory, openLog, opening } from "../evidence/support.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answer, answerSum, startMiner, type TestMiner } from "../support/miner.ts";
import { planOf } from "../support/plan.ts";
import { createRoundPart } from "../support/round-part.ts";
import { client, freshKeys, freshPrefix } from "../support/state.ts";
import { ask, organicSubnet, serve, validator } from "./support.ts";

let server: TestRedis;
let redis: Redis;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

let count = 0;
function pair(fields: Partial<OrganicPair> = {}): OrganicPair {
  count += 1;
  const outcome = { kind: "answered", latencyMs: 5, body: { sum: 3 } } as const;
  const id = count.toString(16).padStart(16, "0");
  return { id, taskId: "sum", hotkey: "a", atMs: 1_000, request: '{"a":1,"b":2}', outcome, ...fields };
}

describe("the queue of answers to users", () => {
  it("takes each once, bounded in number and length, oldest first", async () => {
    const queue = createOrganicQueue(redis, freshKeys());
    const first = pair();
    expect([await queue.offer(first), await queue.offer(first)]).toEqual(["queued", "queued"]);
    expect(await queue.oldest(10)).toHaveLength(1);
    expect(await queue.offer(pair({ request: "x".repeat(organicBounds.pairChars) }))).toBe("large");
    for (let i = 1; i < organicBounds.waiting; i++) await queue.offer(pair());
    expect(await queue.offer(pair())).toBe("full");
    expect((await queue.oldest(1))[0]?.pair).toEqual(first);
  });

  it("gives a round the oldest pairs of miners it asks, and forgets those that no round will take", () => {
    const waiting = [
      pair({ hotkey: "b" }),
      pair(),
      pair({ atMs: -organicBounds.maxAgeMs }),
      pair({ taskId: "gone" }),
      pair(),
      pair(),
    ].map((one) => ({ pair: one, text: one.id }));
    const taken = takePairs(waiting, { perRound: 2, asked: new Set(["a"]), tasks: new Set(["sum"]), nowMs: 1_000 });
    expect(taken.pairs).toEqual([waiting[1]!.pair, waiting[4]!.pair]);
    expect(taken.texts).toEqual([1, 2, 3, 4].map((i) => waiting[i]!.text));
  });

  it("is not held up by pairs of miners that are not asked, and does not fill with them", () => {
    const take = (waiting: readonly OrganicPair[]) => {
      const texts = waiting.map((one) => ({ pair: one, text: one.id }));
      return takePairs(texts, { perRound: 2, asked: new Set(["a"]), tasks: new Set(["sum"]), nowMs: 1_000 });
    };
    const foreign = (length: number) => Array.from({ length }, () => pair({ hotkey: "unasked" }));
    const [own, before] = [[pair(), pair()], foreign(organicBounds.waiting / 2)];
    expect(take([...before, ...own])).toEqual({ pairs: own, texts: own.map(({ id }) => id) });
    // Where there will soon be no room, the oldest of them go, until half is free again.
    const crowd = foreign(organicBounds.waiting - 2);
    const { pairs, texts } = take([...crowd, ...own]);
    expect(pairs).toEqual(own);
    expect(texts).toHaveLength(organicBounds.waiting / 2);
    expect(texts.slice(2)).toEqual(crowd.slice(0, organicBounds.waiting / 2 - 2).map(({ id }) => id));
  });

  it("gives a round pairs from behind any number of others", async () => {
    const queue = createOrganicQueue(redis, freshKeys());
    for (let i = 0; i < 40; i++) await queue.offer(pair({ hotkey: "unasked", atMs: Date.now() }));
    const own = pair({ atMs: Date.now() });
    await queue.offer(own);
    const { plan } = await addPairs(
      planOf(1, ["a"]),
      { perRound: 1, nowMs: Date.now() },
      { queue, subnet: organicSubnet },
    );
    expect(plan.organic).toEqual([own]);
  });

  it("loses a pair to one round when two are planned at the same moment", async () => {
    const keys = freshKeys();
    const queue = createOrganicQueue(redis, keys);
    const rounds = createRoundStore(redis, keys);
    await queue.offer(pair());
    const [waiting] = await queue.oldest(1);
    const organic = [waiting!.pair!];
    expect((await rounds.pin(planOf(1, ["a"], { organic }), [waiting!.text])).kind).toBe("pinned");
    // Read before the first one was pinned.
    expect(await rounds.pin(planOf(2, ["a"], { organic }), [waiting!.text])).toEqual({ kind: "taken" });
    expect([await rounds.plan(2), await rounds.open()]).toEqual([undefined, [1]]);
  });

  it("gives up what it cannot read instead of keeping rounds from being planned", async () => {
    const keys = freshKeys();
    const queue = createOrganicQueue(redis, keys);
    await redis.rpush(keys.organic, "{", '{"id":"of another version"}');
    const waiting = await queue.oldest(2);
    const taken = takePairs(waiting, { perRound: 2, asked: new Set(), tasks: new Set(), nowMs: 0 });
    expect(taken).toEqual({ pairs: [], texts: ["{", '{"id":"of another version"}'] });
  });

  it("loses a pair to exactly one plan, whoever pins and however often", async () => {
    const keys = freshKeys();
    const queue = createOrganicQueue(redis, keys);
    const rounds = createRoundStore(redis, keys);
    for (let i = 0; i < 3; i++) await queue.offer(pair());
    const waiting = await queue.oldest(2);
    const plan = planOf(1, ["a"], { organic: waiting.map((one) => one.pair!) });
    const texts = waiting.map(({ text }) => text);
    const other = planOf(1, ["a"], { alpha: 0.25 });
    const answers = await Promise.all([rounds.pin(plan, texts), rounds.pin(other, []), rounds.pin(plan, texts)]);
    for (const one of answers) expect(one).toMatchObject({ kind: "pinned", plan: { organic: plan.organic } });
    expect(await queue.oldest(10)).toHaveLength(1);
    // A planner that lost takes nothing out.
    const late = await queue.oldest(1);
    await rounds.pin(planOf(1, ["a"], { organic: [late[0]!.pair!] }), [late[0]!.text]);
    expect(await queue.oldest(10)).toHaveLength(1);
  });
});

describe("the score of a round with answers to users", () => {
  const outcome = (sum: number) => ({ kind: "answered", latencyMs: 5, body: { sum } }) as const;
  const challenge = { request: { a: 1, b: 1 }, key: 2 };
  const score = (organic: OrganicPair[], outcomes = new Map([["a", outcome(2)]])) =>
    scoreRound(planOf(1, ["a", "b"], { organic }), organicSubnet, [{ taskId: "sum", challenge, outcomes }]).scores;

  it("is the mean of the challenge and the answers, the same in any run", () => {
    expect(score([])).toMatchObject([{ hotkey: "a", score: 1 }]);
    const wrong = { outcome: outcome(0) };
    expect(
      score([pair(), pair(wrong), pair({ outcome: { kind: "late", latencyMs: 400, phase: "headers" } })]),
    ).toMatchObject([{ hotkey: "a", score: 0.5 }]);
    expect(score([pair(wrong)])).toEqual(score([pair(wrong)]));
  });

  it("leaves out what cannot be judged, other tasks, and miners that were not asked", () => {
    const left = [
      pair({ request: '{"a":5000,"b":2}', outcome: outcome(0) }),
      pair({ taskId: "other" }),
      pair({ hotkey: "b" }),
      pair({ hotkey: "c" }),
    ];
    expect(score(left)).toMatchObject([{ hotkey: "a", score: 1 }]);
  });
});

describe("users' requests beside rounds", () => {
  it("count in the next round, once, and its evidence replays bit for bit", async () => {
    const miners: TestMiner[] = [];
    // Right when the validator draws numbers, wrong for users: they ask for sums of 500 and 1.
    const lazy = ({ a, b }: { a: number; b: number }): number => (a === 500 && b === 1 ? -1 : a + b);
    miners.push(
      await startMiner("//OrganicRounds//0", (asked) =>
        answer(asked, { sum: lazy(JSON.parse(asked.body.toString()) as { a: number; b: number }) }),
      ),
      await startMiner("//OrganicRounds//1", answerSum),
    );
    opened.push(...miners);
    const [cheat, honest] = miners.map(({ keypair }) => keypair.address) as [string, string];
    const prefix = freshPrefix();
    const keys = stateKeys(prefix, 2);
    const view = metagraph([
      neuron({ uid: 0, hotkey: validator.address, validatorPermit: true }),
      ...miners.map(({ keypair, port }, i) => neuron({ uid: i + 1, hotkey: keypair.address, axon: localAxon(port) })),
    ]);
    let block = 10;
    const part = await createRoundPart({
      url: server.url,
      prefix,
      head: () => ({ number: block, hash: `0x${block}` }),
      metagraph: () => view,
      subnet: organicSubnet,
      organicPerRound: 4,
    });
    opened.push(part);
    const users = await serve(redis, keys, { miners: [miners[0]!] });
    opened.push(users);
    expect(await (await ask(users.port, { a: 500, b: 1 })).json()).toEqual({ sum: -1 });
    await until("the pair", () => users.offered.length === 1);

    part.workers.run();
    await part.queues.addPlan(1);
    await until("round 1", async () => (await part.rounds.lastSettled()) === 1);
    const standings = await part.scores.standings();
    // (1 + 0) / 2 and 1, by an average that weighs the newest round by half.
    expect([standings.get(cheat)?.ema, standings.get(honest)?.ema]).toEqual([0.25, 0.5]);
    expect(await users.queue.oldest(10)).toEqual([]);
    expect((await part.rounds.plan(1))?.organic).toHaveLength(1);
    block = 20;
    await part.queues.addPlan(2);
    await until("round 2", async () => (await part.rounds.lastSettled()) === 2);
    expect((await part.scores.standings()).get(cheat)?.ema).toBe(0.625);
  });

  it("leave evidence of what was asked and answered", async () => {
    const directory = freshDirectory();
    const evidence = openLog(directory, undefined, { ...opening, subnet: { name: "sums", version: 3 } });
    const keys = freshKeys();
    const rounds = createRoundStore(redis, keys);
    const scores = createScoreStore(redis, keys);
    const log = createLogger({ name: "test", level: "silent" });
    const witness = createWitness({ log, evidence, rounds, subnet: organicSubnet });
    const plan = planOf(0, ["a", "b"], {
      alpha: 0.3,
      organic: [pair({ outcome: { kind: "answered", latencyMs: 7, body: { sum: 4 } } }), pair({ hotkey: "b" })],
    });
    await rounds.pin(plan);
    await rounds.stage(0, "sum", [
      ["a", { kind: "answered", latencyMs: 5, body: { sum: -1 } }],
      ["b", { kind: "answered", latencyMs: 5, body: { sum: -1 } }],
    ]);
    const modules = { subnet: organicSubnet, rounds, scores, nowMs: () => 2_000, witness };
    await settleRound(0, modules, new AbortController().signal);
    evidence.close();
    const report = await replayEvidence({ directory }, { subnet: organicSubnet });
    expect(report).toMatchObject({ difference: null, roundsVerified: 1 });
    expect((await scores.standings()).get("b")?.ema).toBe(0.3 * 0.5);
    rmSync(directory, { recursive: true, force: true });
    expect(keypairFromUri("//Validator").address).toBe(validator.address);
  });
});
