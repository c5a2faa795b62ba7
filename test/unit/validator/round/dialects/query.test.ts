import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import { afterEach, describe, expect, it } from "vitest";
import type { Spoken } from "../../../../../validator/src/round/dialects/spoken.ts";
import type { Outcome } from "../../../../../validator/src/round/outcome.ts";
import { createMinerPools, type MinerPools } from "../../../../../validator/src/round/pools.ts";
import { queryChunk } from "../../../../../validator/src/round/query.ts";
import type { DialectStore } from "../../../../../validator/src/store/dialect-store.ts";
import type { RoundStore } from "../../../../../validator/src/store/round-store.ts";
import { startMiner, type TestMiner } from "../../support/miner.ts";
import { planOf } from "../../support/plan.ts";
import { sumSubnet } from "../../support/subnet.ts";

const open: (TestMiner | MinerPools)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

describe("the dialects of a chunk of miners", () => {
  it("are read once before it is asked and kept once after, and the next round asks nobody twice", async () => {
    const miner = await startMiner("//Sdk10", ({ request, response, body }) => {
      if (request.url !== "/Sum") return void response.writeHead(404).end("{}");
      const { a, b } = JSON.parse(body.toString()) as { a: number; b: number };
      response.end(JSON.stringify({ sum: a + b }));
    });
    const pools = createMinerPools();
    open.push(miner, pools);
    const kept = new Map<string, Spoken>();
    const calls: string[] = [];
    const dialects: DialectStore = {
      of: (hotkeys) => {
        calls.push(`of ${hotkeys.length}`);
        return Promise.resolve(new Map(kept));
      },
      keep: (learnt) => {
        calls.push(`keep ${learnt.size}`);
        for (const [hotkey, spoken] of learnt) kept.set(hotkey, spoken);
        return Promise.resolve();
      },
    };
    const outcomes: Outcome[] = [];
    const rounds = {
      stagedHotkeys: () => Promise.resolve(new Set<string>()),
      stage: (_round: number, _task: string, staged: readonly (readonly [string, Outcome])[]) => {
        outcomes.push(...staged.map(([, outcome]) => outcome));
        return Promise.resolve("staged" as const);
      },
    } as unknown as RoundStore;
    const tried: DialectName[] = [];
    const ask = (round: number) =>
      queryChunk(
        {
          plan: {
            ...planOf(round, []),
            miners: [
              { hotkey: miner.keypair.address, uid: 3, endpoint: { ip: "0.0.0.1", port: miner.port, ipType: 4 } },
            ],
          },
          taskId: "sum",
          chunk: 0,
        },
        { allowPrivate: true, acceptUnsigned: true },
        {
          subnet: sumSubnet,
          rounds,
          dialects,
          pools,
          keypair: keypairFromUri("//Asker"),
          nowMs: () => 0,
          onDialect: (dialect) => tried.push(dialect),
        },
        new AbortController().signal,
      );
    expect(await ask(1)).toEqual({ asked: 1, known: 0, skipped: 0 });
    expect(await ask(2)).toEqual({ asked: 1, known: 0, skipped: 0 });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["answered", "answered"]);
    expect(tried).toEqual(["btauth", "axon", "axon"]);
    expect(calls).toEqual(["of 1", "keep 1", "of 1", "keep 0"]);
  });
});
