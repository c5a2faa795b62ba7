import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beaconVerify } from "@subnetkit/shared/crypto/beacon";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createBeacon } from "../../../../../../chain/src/node/runtime/drand/create-beacon.ts";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { startTestChain, type TestChain } from "../../test-chain.ts";
import { World } from "../subtensor/world.ts";

const S = subtensorModule.storage;
const vectors = path.resolve(import.meta.dirname, "../../../../../vectors");
const recording = path.join(vectors, "quicknet-pulses.jsonl");
const pulses = readFileSync(recording, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as { round: number; signature: string; randomness: string });
/** What the Python SDK's own encryption made for quicknet's round 1000 and the zero account, which has uid 0 of netuid 1 from genesis. */
const sdk = JSON.parse(readFileSync(path.join(vectors, "sdk-timelocked-commit.json"), "utf8")) as {
  round: number;
  hotkey: string;
  commit: string;
};

async function withChain(drandPulses: string | undefined, test: (chain: TestChain) => Promise<void>): Promise<void> {
  const chain = await startTestChain({ mode: "manual", drand: "quicknet", drandPulses });
  try {
    await test(chain);
    expect(chain.faults).toEqual([]);
  } finally {
    await chain.close();
  }
}

/** Stores the SDK's commit in epoch 0 of netuid 1 and puts the subnet into epoch 1, in which it is to be revealed. */
function commit({ node }: TestChain, round = BigInt(sdk.round)): void {
  node.producer.produceEdited(({ state }) => {
    const entry: [string, bigint, Uint8Array, bigint] = [`0x${sdk.hotkey}`, 1n, hexToBytes(`0x${sdk.commit}`), round];
    state.put(S.TimelockedWeightCommits, [1, 0n], [entry]);
    state.put(S.SubnetEpochIndex, [1], 1n);
    state.put(S.LastEpochBlock, [1], 1n);
  });
}

describe("quicknet mode", () => {
  it("has quicknet's key, and recorded pulses that are quicknet's", () => {
    const { public_key } = new World({ genesis: { drand: "quicknet" } }).state.get(drand.storage.BeaconConfig);
    expect(pulses.length).toBeGreaterThanOrEqual(6);
    for (const { round, signature, randomness } of pulses) {
      const bytes = hexToBytes(`0x${signature}`);
      expect(beaconVerify(public_key, BigInt(round), bytes), `round ${round}`).toBe(true);
      expect(beaconVerify(public_key, BigInt(round) + 1n, bytes)).toBe(false);
      expect(sha256Hex(bytes).replace(/^0x/, "")).toBe(randomness);
    }
  });

  it("opens what the Python SDK encrypted with the recorded pulse, and applies the weights", () =>
    withChain(recording, async (chain) => {
      const { node } = chain;
      commit(chain);
      expect(node.chain.headState().get(drand.storage.LastStoredRound)).toBe(0n);
      await node.producer.produce(3, () => false);
      const state = node.chain.headState();
      expect(state.get(drand.storage.LastStoredRound)).toBe(1_000n);
      expect(state.get(drand.storage.Pulses, 1_000n)?.signature).toHaveLength(48);
      expect(state.get(S.Weights, 1, 0)).toEqual([[0, 65_535]]);
      expect(state.get(S.TimelockedWeightCommits, 1, 0n)).toEqual([]);
    }));

  it("keeps a commit whose round is not recorded, and writes none of the old rounds that nobody waits for", () =>
    withChain(recording, async (chain) => {
      commit(chain, 1_004n);
      await chain.node.producer.produce(5, () => false);
      const state = chain.node.chain.headState();
      expect(state.get(drand.storage.LastStoredRound)).toBe(0n);
      expect(state.get(S.TimelockedWeightCommits, 1, 0n)).toHaveLength(1);
      expect(state.get(S.Weights, 1, 0)).toEqual([]);
    }));

  it("leaves a recorded pulse out whose signature is another round's", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "quicknet-"));
    try {
      const file = path.join(folder, "pulses.jsonl");
      writeFileSync(file, `${JSON.stringify({ ...pulses[1], round: 1_000 })}\n`);
      await withChain(file, async (chain) => {
        commit(chain);
        await chain.node.producer.produce(3, () => false);
        expect(chain.node.chain.headState().get(drand.storage.LastStoredRound)).toBe(0n);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("plays nothing without a recording, and refuses one for a local beacon", () => {
    const modules = { signer: keypairFromUri("//One"), log: pino({ level: "silent" }) };
    const { state } = new World({ genesis: { drand: "quicknet" } });
    expect(state.get(drand.storage.BeaconConfig)).toMatchObject({ period: 3, genesis_time: 1_692_803_367 });
    expect(createBeacon({ drand: "quicknet" }, modules).pulses(state, 0)).toEqual([]);
    expect(() => createBeacon({ drand: "local", drandPulses: recording }, modules)).toThrow(
      expect.objectContaining({ code: "E_DRAND_PULSES" }),
    );
  });
});
