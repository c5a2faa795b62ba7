import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answerSum, startMiner, type TestMiner } from "../support/miner.ts";
import { createRoundPart, type RoundPart, shortTiming } from "../support/round-part.ts";
import { freshPrefix } from "../support/state.ts";

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

describe("trap 11: an outage longer than the lock of a job", () => {
  it("lets two workers do the same work, and its scores still count once", async () => {
    const validator = keypairFromUri("//Validator").address;
    // The slow one still thinks about the first question when the work is taken over.
    let questions = 0;
    const quick = await startMiner("//Outage//quick", answerSum);
    const slow = await startMiner("//Outage//slow", (asked) => {
      questions += 1;
      setTimeout(() => answerSum(asked), questions === 1 ? 4_000 : 0);
    });
    miners.push(quick, slow);
    const view = metagraph([
      neuron({ uid: 0, hotkey: validator, validatorPermit: true }),
      ...miners.map(({ keypair, port }, i) => neuron({ uid: i + 1, hotkey: keypair.address, axon: localAxon(port) })),
    ]);
    const prefix = freshPrefix();
    const events: string[] = [];
    const start = async (): Promise<RoundPart> => {
      const part = await createRoundPart({
        url: server.url,
        prefix,
        head: () => ({ number: 10, hash: "0x10" }),
        metagraph: () => view,
        roundMs: 60_000,
        timeoutMs: 20_000,
        onEvent: (what, queue) => events.push(`${what} ${queue}`),
      });
      parts.push(part);
      part.workers.run();
      return part;
    };
    const one = await start();
    await start();
    await one.queues.addPlan(1);
    await until("the slow miner to be asked", () => slow.asked() === 1);
    server.freeze();
    const from = performance.now();
    await until("an outage", () => performance.now() - from > shortTiming.lockMs + 500);
    server.thaw();
    await until("round 1", async () => (await one.rounds.lastSettled()) === 1, 15_000);
    await until("idle queues", async () => Object.values(await one.queues.waiting()).every((count) => count === 0));
    expect(events.filter((what) => what === "started query").length).toBeGreaterThan(1);
    expect(slow.asked()).toBeGreaterThan(1);
    const standings = await one.scores.standings();
    expect([...standings.values()].map(({ ema }) => ema)).toEqual([0.5, 0.5]);
    expect(await one.rounds.summaries(10)).toMatchObject([{ round: 1, answered: 2, skipped: 0 }]);
  });
});
