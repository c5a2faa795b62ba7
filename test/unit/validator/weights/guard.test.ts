import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";
import { createDoppelgangerGuard } from "../../../../validator/src/weights/guard.ts";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import type { WriterEvent } from "../../../../validator/src/weights/writer-events.ts";
import { FakeWeightsChain, memoryLedger } from "../support/weights-chain.ts";

const log = createLogger({ name: "test", level: "silent" });

/** A chain on which the hotkey was registered at block 100, at block 130. */
function setUp(options: { takeOver?: boolean; entries?: LedgerEntry[] } = {}) {
  const chain = new FakeWeightsChain();
  chain.registeredAt = 100;
  chain.lastUpdate = 100;
  chain.moveTo(130);
  const ledger = memoryLedger();
  const events: WriterEvent[] = [];
  let entries = options.entries ?? [];
  const make = (takeOver = options.takeOver ?? false) => {
    const guard = createDoppelgangerGuard(
      { ownHotkey: "own", takeOver },
      { chain, ledger, entries: () => entries, onEvent: (event) => events.push(event), log },
    );
    return {
      load: guard.load,
      look: async (block = chain.block) => {
        chain.moveTo(block);
        return await guard.look(chain.best(), await chain.epoch(chain.best().hash), await chain.standing());
      },
    };
  };
  const own = (block: number): void => {
    chain.block = block - 1;
    const txHash = `0xown${block}`;
    entries = [...entries, entryOf({ epoch: Math.floor(block / 20), txHashes: [txHash], includedBlock: block })];
    chain.include({ mode: "plain", weights: { uids: [1], values: [1] }, versionKey: 1n }, txHash, undefined);
  };
  return { chain, ledger, events, make, own, ...make() };
}

function entryOf(change: Partial<LedgerEntry>): LedgerEntry {
  return {
    version: 1,
    epoch: 6,
    state: "effective",
    mode: "timelocked",
    uids: [1],
    values: [65_535],
    hotkeys: ["a"],
    basedOnRound: 1,
    intentBlock: 110,
    attempts: 1,
    ...change,
  };
}

describe("the state that a guard finds", () => {
  it("is explained for a hotkey that only registered, whatever else it signed", async () => {
    const { chain, look } = setUp();
    expect(await look()).toEqual({ kind: "clear" });
    const busy = setUp();
    busy.chain.nonce = 3;
    expect([chain.nonce, await busy.look()]).toEqual([0, { kind: "clear" }]);
  });

  it("is explained by a ledger that names the block, the commit or the extrinsic", async () => {
    const byBlock = setUp({ entries: [entryOf({ includedBlock: 120 })] });
    byBlock.chain.lastUpdate = 120;
    byBlock.chain.nonce = 1;
    expect(await byBlock.look()).toEqual({ kind: "clear" });

    const byExtrinsic = setUp({ entries: [entryOf({ state: "submitted", txHashes: ["0xt"] })] });
    byExtrinsic.chain.lastUpdate = 120;
    byExtrinsic.chain.nonce = 1;
    byExtrinsic.chain.bodies.set(120, [{ txHash: "0xt", nonce: 0, call: "c", reveals: false }]);
    byExtrinsic.chain.commits = [{ kind: "timelocked", hash: "0xh", epoch: 6, block: 120 }];
    expect(await byExtrinsic.look()).toMatchObject({ kind: "quiet" });
    const named = setUp({ entries: [entryOf({ state: "submitted", txHashes: ["0xt"], hashes: ["0xh"] })] });
    Object.assign(named.chain, { ...byExtrinsic.chain, block: 130 });
    expect(await named.look()).toEqual({ kind: "clear" });
  });

  it("is explained by what the ledger says was replaced later: its block, or its extrinsic", async () => {
    const replaced: Partial<LedgerEntry> = { state: "submitted", txHashes: ["0xnext"], nonce: 1 };
    const found = (change: Partial<LedgerEntry>) => {
      const network = setUp({ entries: [entryOf({ ...replaced, ...change })] });
      network.chain.lastUpdate = 120;
      network.chain.nonce = 1;
      network.chain.bodies.set(120, [{ txHash: "0xfirst", nonce: 0, call: "c", reveals: false }]);
      return network.look();
    };
    expect(await found({ replacedBlocks: [120], replacedTxHashes: [] })).toEqual({ kind: "clear" });
    expect(await found({ replacedBlocks: [], replacedTxHashes: ["0xfirst"] })).toEqual({ kind: "clear" });
    expect(await found({ replacedBlocks: [119], replacedTxHashes: ["0xother"] })).toMatchObject({ kind: "quiet" });
  });

  it("does not take an extrinsic that was replaced for somebody else's, when it shows up after a restart", async () => {
    const first = { txHash: "0xfirst", nonce: 0, call: "c", reveals: false };
    const seen = { block: 118, nonce: 0 };
    const entries = [entryOf({ state: "submitted", txHashes: ["0xnext"], replacedTxHashes: ["0xfirst"], nonce: 1 })];
    const { chain, ledger, make } = setUp({ entries });
    await ledger.putGuard({ version: 1, seen });
    const restarted = make();
    await restarted.load();
    expect(await restarted.look(130)).toEqual({ kind: "clear" });
    // In the chain that a reorganisation leaves, the first attempt lands once more.
    chain.moveTo(131);
    chain.bodies.set(131, [first]);
    Object.assign(chain, { lastUpdate: 131, nonce: 1 });
    expect(await restarted.look(132)).toEqual({ kind: "clear" });
    chain.block = 139;
    chain.foreign();
    await expect(restarted.look(141)).rejects.toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER" });
  });

  it("is watched for one tempo when nothing explains it, also over a restart, and accepted when that was quiet", async () => {
    const { chain, look, make } = setUp();
    chain.lastUpdate = 121;
    chain.nonce = 4;
    expect(await look(130)).toEqual({ kind: "quiet", until: 150 });
    expect(await look(140)).toEqual({ kind: "quiet", until: 150 });
    const second = make();
    await second.load();
    expect(await second.look(145)).toEqual({ kind: "quiet", until: 150 });
    expect(await second.look(150)).toEqual({ kind: "clear" });
    const third = make();
    await third.load();
    expect(await third.look(151)).toEqual({ kind: "clear" });
  });

  it("is watched anew when it changed while nobody looked", async () => {
    const { chain, look, make } = setUp();
    chain.lastUpdate = 121;
    chain.nonce = 4;
    await look(130);
    chain.lastUpdate = 139;
    chain.nonce = 5;
    const second = make();
    await second.load();
    expect(await second.look(140)).toEqual({ kind: "quiet", until: 160 });
  });

  it("is left alone on a take-over, which the ledger remembers", async () => {
    const { chain, ledger, look } = setUp({ takeOver: true });
    chain.lastUpdate = 128;
    chain.nonce = 4;
    // Far enough from the other's submission that it cannot take ours for an accident.
    expect(await look(130)).toEqual({ kind: "quiet", until: 132 });
    expect(await look(132)).toEqual({ kind: "clear" });
    expect((await ledger.guard())?.takenOver).toEqual({ block: 130, lastUpdate: 128, nonce: 4 });
  });
});

describe("somebody else's weights", () => {
  it("stop us, with what to do about it", async () => {
    const { chain, look } = setUp();
    await look(130);
    chain.foreign();
    const error = await look(132).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER", exitCode: 3, data: { block: 131 } });
    expect((error as { remedy: string }).remedy).toContain("--take-over");
  });

  it("stop us in the quiet tempo too", async () => {
    const { chain, look } = setUp();
    chain.lastUpdate = 121;
    chain.nonce = 4;
    await look(130);
    chain.foreign();
    await expect(look(132)).rejects.toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER" });
  });

  it("stop us when they came long after our own", async () => {
    const { chain, look, own } = setUp();
    await look(130);
    own(131);
    await look(132);
    chain.block = 135;
    chain.foreign();
    await expect(look(136)).rejects.toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER", data: { block: 136 } });
  });

  it("at the moment of our own stop the one who was second", async () => {
    const { chain, events, look, own } = setUp();
    await look(130);
    own(131);
    chain.foreign();
    expect(await look(133)).toEqual({ kind: "clear" });
    expect(events).toMatchObject([{ type: "weights.contested", block: 132 }]);
    // It did not stop: it is no validator of our kind.
    own(151);
    chain.foreign();
    await expect(look(153)).rejects.toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER" });

    const second = setUp();
    await second.look(130);
    second.chain.foreign();
    second.own(132);
    await expect(second.look(133)).rejects.toMatchObject({ data: { block: 131 } });
  });

  it("are noticed after a jump of more blocks than are read one by one", async () => {
    const { chain, look, own } = setUp();
    await look(130);
    own(131);
    expect(await look(300)).toEqual({ kind: "clear" });
    chain.block = 310;
    chain.foreign();
    await expect(look(500)).rejects.toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER", data: { block: 311 } });
  });

  it("are waited out by a take-over until its own are on chain", async () => {
    const { chain, look, own } = setUp({ takeOver: true });
    await look(130);
    chain.foreign();
    expect(await look(132)).toEqual({ kind: "quiet", until: 135 });
    own(136);
    await look(137);
    chain.block = 150;
    chain.foreign();
    await expect(look(151)).rejects.toMatchObject({ code: "E_VALIDATOR_DOPPELGANGER" });
  });
});
