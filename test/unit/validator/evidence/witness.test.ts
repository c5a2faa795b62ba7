import { rmSync } from "node:fs";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { EvidenceLog } from "../../../../validator/src/evidence/evidence-log.ts";
import { replayEvidence } from "../../../../validator/src/evidence/replay.ts";
import { createWitness } from "../../../../validator/src/evidence/witness.ts";
import { challengeOf, taskOf } from "../../../../validator/src/round/challenge.ts";
import { settleRound } from "../../../../validator/src/round/settle.ts";
import { createRoundStore } from "../../../../validator/src/store/round-store.ts";
import { createScoreStore } from "../../../../validator/src/store/score-store.ts";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { planOf } from "../support/plan.ts";
import { client, freshKeys } from "../support/state.ts";
import { sumSubnet } from "../support/subnet.ts";
import { memoryLedger } from "../support/weights-chain.ts";
import { freshDirectory, miners, openLog } from "./support.ts";

let server: TestRedis;
let redis: Redis;
let directory: string;
let evidence: EvidenceLog;
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => {
  directory = freshDirectory();
  evidence = openLog(directory);
});
afterEach(() => {
  evidence.close();
  rmSync(directory, { recursive: true, force: true });
});

const log = createLogger({ name: "test", level: "silent" });
const { signal } = new AbortController();

function validator() {
  const keys = freshKeys();
  const rounds = createRoundStore(redis, keys);
  const scores = createScoreStore(redis, keys);
  const written: string[] = [];
  const witness = createWitness({
    log,
    evidence,
    rounds,
    subnet: sumSubnet,
    onWritten: (kind, ok) => written.push(`${kind} ${ok}`),
  });
  const modules = { subnet: sumSubnet, rounds, scores, nowMs: () => 2_000 };
  /** Plans a round and has everybody answer, miner-b wrongly. */
  async function ask(round: number): Promise<void> {
    const plan = planOf(round, miners, { alpha: 0.3 });
    await rounds.pin(plan);
    const { challenge } = await challengeOf(plan, taskOf(sumSubnet, "sum"));
    const sum = challenge.key as number;
    const answer = (hotkey: string) =>
      ({ kind: "answered", latencyMs: 10.125, body: { sum: hotkey === "miner-b" ? -1 : sum } }) as const;
    await rounds.stage(
      round,
      "sum",
      miners.map((hotkey) => [hotkey, answer(hotkey)] as const),
    );
  }
  const settle = (round: number, watched = true) =>
    settleRound(round, watched ? { ...modules, witness } : modules, signal);
  return { keys, rounds, scores, witness, written, ask, settle };
}

const replay = () => replayEvidence({ directory }, { subnet: sumSubnet });

describe("a witness", () => {
  it("writes what Redis computed, so that a replay finds every average bit for bit", async () => {
    const { ask, settle, scores, written } = validator();
    for (const round of [0, 1, 2, 3, 4]) {
      await ask(round);
      await settle(round);
    }
    expect(written).toEqual(new Array(5).fill("round true"));
    expect(await replay()).toMatchObject({
      difference: null,
      roundsVerified: 5,
      firstRound: 0,
      lastRound: 4,
      gaps: [],
    });
    expect((await scores.standings()).get("miner-a")?.ema).toBe(
      [1, 1, 1, 1, 1].reduce((old, score) => 0.3 * score + (1 - 0.3) * old, 0),
    );
  });

  it("writes a round once, however often a job settles it", async () => {
    const { ask, settle } = validator();
    await ask(0);
    expect((await settle(0)).result).toBe("applied");
    expect((await settle(0)).result).toBe("already");
    expect(await replay()).toMatchObject({ entries: 2, roundsVerified: 1 });
  });

  it("writes a round after all that a crash kept from it, by the job that is run again or with the next round", async () => {
    const { ask, settle } = validator();
    await ask(0);
    await settle(0);
    await ask(1);
    await settle(1, false);
    expect((await settle(1)).result).toBe("already");
    await ask(2);
    await settle(2, false);
    await ask(3);
    await settle(3, false);
    await ask(4);
    await settle(4);
    expect((await settle(3)).result).toBe("already");
    expect(await replay()).toMatchObject({ difference: null, roundsVerified: 5, gaps: [] });
  });

  it("lets rounds go on when nothing can be written, and counts what is missing", async () => {
    const { ask, settle, rounds, witness, written } = validator();
    evidence.appendRound = () => {
      throw new Error("no space left");
    };
    await ask(0);
    expect((await settle(0)).result).toBe("applied");
    expect(await rounds.lastSettled()).toBe(0);
    expect([witness.missing(), written]).toEqual([1, ["round false"]]);
  });

  it("leaves what became of weights, and writes the ledger first", async () => {
    const { witness } = validator();
    const ledger = memoryLedger();
    const watched = witness.ledger(ledger);
    const entry: LedgerEntry = {
      version: 1,
      epoch: 5,
      state: "intent",
      mode: "plain",
      uids: [1],
      values: [65_535],
      hotkeys: ["miner-a"],
      basedOnRound: 1,
      intentBlock: 100,
      attempts: 1,
    };
    await watched.put(entry);
    await watched.put({ ...entry, state: "included", includedBlock: 101, txHash: "0x12" });
    expect(ledger.writes.map(({ state }) => state)).toEqual(["intent", "included"]);
    expect(evidence.head().seq).toBe(1);
    expect(await watched.entries()).toHaveLength(1);
  });
});
