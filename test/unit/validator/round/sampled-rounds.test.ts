import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answerSum, startMiner, type TestMiner } from "../support/miner.ts";
import { createRoundPart, type RoundPart } from "../support/round-part.ts";
import { freshPrefix } from "../support/state.ts";

let server: TestRedis;
let part: RoundPart | undefined;
const miners: TestMiner[] = [];
beforeAll(async () => {
  server = await startTestRedis();
});
afterEach(async () => {
  await part?.close();
  await Promise.all(miners.splice(0).map((miner) => miner.close()));
});
afterAll(() => server.stop());

describe("rounds of a sample, over real queues and real miners", () => {
  it("ask the stale first, everyone in turn, and leave the scores of the others as they are", async () => {
    for (let i = 0; i < 6; i++) miners.push(await startMiner(`//Sampled//${i}`, answerSum));
    const view = metagraph([
      neuron({ uid: 0, hotkey: keypairFromUri("//Validator").address, validatorPermit: true }),
      ...miners.map(({ keypair, port }, i) => neuron({ uid: i + 1, hotkey: keypair.address, axon: localAxon(port) })),
    ]);
    let block = 0;
    part = await createRoundPart({
      url: server.url,
      prefix: freshPrefix(),
      head: () => ({ number: block, hash: `0x${block}` }),
      metagraph: () => view,
      sampling: { policy: "stale-first", size: 2 },
    });
    const { queues, rounds, scores, workers } = part;
    workers.run();
    const emas = async () => {
      const standings = await scores.standings();
      return miners.map(({ keypair }) => standings.get(keypair.address)?.ema);
    };
    for (const round of [1, 2, 3]) {
      block = round * 10;
      const before = await emas();
      await queues.addPlan(round);
      await until(`round ${round}`, async () => (await rounds.lastSettled()) === round);
      const after = await emas();
      expect(after.filter((ema, i) => ema !== before[i])).toEqual([0.5, 0.5]);
      expect(await rounds.summaries(1)).toMatchObject([{ round, of: 2, answered: 2 }]);
    }
    expect(miners.map((miner) => miner.asked())).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await emas()).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });
});
