/** A subnet whose neurons come, go and change places while a validator runs, the validator itself among them. */
import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { ema } from "@subnetkit/shared/scoring";
import { createLogger } from "@subnetkit/shared/log/logger";
import fc from "fast-check";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forgetGone } from "../../../../validator/src/round/pipeline.ts";
import { makePlan } from "../../../../validator/src/round/plan.ts";
import { createRoundStore } from "../../../../validator/src/store/round-store.ts";
import { createScoreStore } from "../../../../validator/src/store/score-store.ts";
import {
  changedHands,
  type ComputedWeights,
  computeWeights,
  remapWeights,
} from "../../../../validator/src/weights/compute.ts";
import { createWeightsWriter } from "../../../../validator/src/weights/writer.ts";
import type { WriterEvent } from "../../../../validator/src/weights/writer-events.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { planOf, scoreOf, summaryOf } from "../support/plan.ts";
import { client, freshKeys } from "../support/state.ts";
import { sumSubnet } from "../support/subnet.ts";
import { FakeWeightsChain, memoryLedger } from "../support/weights-chain.ts";

const { signal } = new AbortController();
const log = createLogger({ name: "test", level: "silent" });

/** A subnet of these hotkeys in the order of their uids; ourselves is "own". */
function subnetOf(hotkeys: readonly string[]): Metagraph {
  return metagraph(
    hotkeys.map((hotkey, uid) =>
      neuron({ uid, hotkey, ...(hotkey === "own" ? { validatorPermit: true } : { axon: localAxon(uid + 1) }) }),
    ),
  );
}

const shape = { kind: "linear" } as const;

/** A hotkey's part of a row, 0 for one without a weight. */
function weightOf(row: ComputedWeights | undefined, hotkey: string): number {
  return row?.values[row.hotkeys.indexOf(hotkey)] ?? 0;
}

describe("scores and weights over any comings and goings", () => {
  // Some of 24 hotkeys, in any order of uids; a round and a row of weights at each step.
  const step = fc.shuffledSubarray(
    Array.from({ length: 24 }, (_, i) => `m${i}`),
    { minLength: 1 },
  );

  it("stay with the hotkey, wherever it is, and never go to who took its uid", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), fc.nat(23), (steps, ownUid) => {
        const averages = new Map<string, number>();
        let last: ComputedWeights | undefined;
        for (const [round, miners] of steps.entries()) {
          const hotkeys = [...miners];
          hotkeys.splice(Math.min(ownUid, hotkeys.length), 0, "own");
          const view = subnetOf(hotkeys);
          const plan = makePlan({
            round,
            head: { number: round * 10, hash: `0x${round}` },
            metagraph: view,
            subnet: sumSubnet,
            hotkey: "own",
            salt: new Uint8Array(32),
            alpha: 0.3,
            scored: new Set(averages.keys()),
            nowMs: 0,
            roundMs: 1,
          });
          // Everyone who is there is asked, at the uid it has now; nobody who is not.
          expect(plan?.miners.map(({ hotkey, uid }) => [hotkey, uid])).toEqual(
            view.neurons.flatMap(({ hotkey, uid }) => (hotkey === "own" ? [] : [[hotkey, uid]])),
          );
          const before = new Map(averages);
          for (const hotkey of miners)
            averages.set(hotkey, ema(averages.get(hotkey), Number(hotkey.slice(1)) / 23, 0.3));
          for (const [hotkey, average] of before)
            if (!miners.includes(hotkey)) expect(averages.get(hotkey)).toBe(average);

          const remapped = last === undefined ? undefined : remapWeights(last, view, "own");
          for (const hotkey of miners)
            if (weightOf(last, hotkey) === 0) expect(weightOf(remapped, hotkey), "a newcomer in old weights").toBe(0);
          const row = computeWeights({ scores: averages, metagraph: view, ownHotkey: "own", shape });
          const best = Math.max(...miners.map((hotkey) => averages.get(hotkey) ?? 0));
          expect(row === undefined).toBe(best === 0);
          if (row === undefined) continue;
          expect(changedHands(row, view)).toEqual([]);
          expect(row.hotkeys).not.toContain("own");
          for (const hotkey of miners)
            expect(Math.abs(weightOf(row, hotkey) / 65_535 - (averages.get(hotkey) ?? 0) / best)).toBeLessThan(1e-4);
          last = row;
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("a subnet that grows from 8 to 256 miners and shrinks back", () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = client(server.port);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it("keeps every score of who stays, forgets who left long ago, and weighs exactly who is there", async () => {
    const keys = freshKeys();
    const rounds = createRoundStore(redis, keys);
    const scores = createScoreStore(redis, keys);
    const few = Array.from({ length: 8 }, (_, i) => `m${i}`);
    const many = Array.from({ length: 256 }, (_, i) => `m${i}`);
    const standing = async (hotkey: string) => (await scores.standings()).get(hotkey)?.ema;
    async function play(round: number, miners: readonly string[]): Promise<void> {
      const plan = planOf(round, miners, { alpha: 0.5 });
      await rounds.pin(plan);
      const settled = miners.map((hotkey) => scoreOf(hotkey, 1, round));
      expect(await rounds.settle(plan, settled, summaryOf(round))).toBe("applied");
    }
    const weighed = async (hotkeys: readonly string[]) => {
      const averages = new Map([...(await scores.standings())].map(([hotkey, { ema: value }]) => [hotkey, value]));
      const row = computeWeights({
        scores: averages,
        metagraph: subnetOf(["own", ...hotkeys]),
        ownHotkey: "own",
        shape,
      });
      return row?.hotkeys;
    };

    for (const round of [1, 2]) await play(round, few);
    expect(await weighed(few)).toEqual(few);
    for (const round of [3, 4]) await play(round, many);
    expect([await standing("m0"), await standing("m255")]).toEqual([0.9375, 0.75]);
    // In the other order, as after a trim: the uids of the few are others than before.
    const back = [...few].reverse();
    for (const round of [5, 6]) await play(round, back);
    expect(await weighed(back)).toEqual(back);
    expect(await standing("m0")).toBe(1 - 0.5 ** 6);
    expect(await forgetGone(scores, new Set(back), 6, 3)).toBe(0);
    expect(await forgetGone(scores, new Set(back), 7, 3)).toBe(248);
    expect([...(await scores.standings()).keys()].sort()).toEqual([...few].sort());
    // Who comes back after that starts anew.
    await play(8, [...back, "m255"]);
    expect(await standing("m255")).toBe(0.5);
  });
});

describe("the validator itself", () => {
  function writerOn(chain: FakeWeightsChain) {
    const events: WriterEvent[] = [];
    const stops: unknown[] = [];
    const writer = createWeightsWriter(
      { ownHotkey: "own", shape, versionKey: 1n, blockMs: 250, submitFrom: 0.5, takeOver: false },
      {
        chain,
        ledger: memoryLedger(),
        scores: async () => ({ scores: new Map([["a", 1]]), lastSettled: 3, roundsCounted: 4 }),
        onEvent: (event) => events.push(event),
        onDoppelganger: (error) => stops.push(error),
        log,
      },
    );
    const run = async (from: number, to: number): Promise<void> => {
      for (let block = from; block <= to; block++)
        await writer.onHead(chain.moveTo(Math.max(block, chain.block)), signal);
    };
    return { writer, run, stops, submitted: () => chain.submissions.length };
  }

  it("that loses its permit while it runs sends nothing, says why, and goes on in the tempo in which it is back", async () => {
    const chain = new FakeWeightsChain();
    const { writer, run, submitted, stops } = writerOn(chain);
    await run(100, 119);
    expect(submitted()).toBe(1);
    chain.permit = false;
    await run(120, 155);
    expect(submitted()).toBe(1);
    expect(writer.view().waitingFor).toBe("validator permit");
    chain.permit = true;
    await run(160, 179);
    expect([submitted(), stops]).toEqual([2, []]);
  });

  it("that is deregistered and registers again, at another uid, goes on without a quiet tempo", async () => {
    const chain = new FakeWeightsChain();
    const { writer, run, submitted, stops } = writerOn(chain);
    await run(100, 119);
    chain.hotkeys = ["newcomer", "a", "b"];
    chain.lastUpdate = 0;
    await run(120, 135);
    expect([submitted(), writer.view().waitingFor]).toEqual([1, "registration"]);
    chain.hotkeys = ["newcomer", "a", "own"];
    chain.registeredAt = 141;
    chain.lastUpdate = 141;
    await run(141, 159);
    expect(submitted()).toBe(2);
    expect(chain.submissions[1]?.weights).toEqual(expect.objectContaining({ uids: [1], values: [65_535] }));
    await run(160, 179);
    expect([submitted(), stops]).toEqual([3, []]);
  });
});
