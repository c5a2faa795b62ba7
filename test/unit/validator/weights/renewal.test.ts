import type { AppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";
import { fateOf } from "../../../../validator/src/evidence/weights-entry.ts";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import type { WeightsProposal } from "../../../../validator/src/weights/proposal.ts";
import { isRenewable, renewalBlocks, strayWeights } from "../../../../validator/src/weights/renewal.ts";
import { createWeightsWriter } from "../../../../validator/src/weights/writer.ts";
import type { WriterEvent } from "../../../../validator/src/weights/writer-events.ts";
import { metagraph, neuron } from "../support/metagraph.ts";
import { FakeWeightsChain, memoryLedger } from "../support/weights-chain.ts";

const { signal } = new AbortController();
const rejected = { kind: "rejected", code: 1010, name: "Payment", message: "no", remedy: "Fund it." } as const;

/** A writer with three miners, one of which leaves in some test. */
function setUp(chain = new FakeWeightsChain(), ledger = memoryLedger()) {
  chain.hotkeys = ["own", "a", "b", "c"];
  const events: WriterEvent[] = [];
  const stops: AppError[] = [];
  const proposals: WeightsProposal[] = [];
  const lines: string[] = [];
  const scores = new Map([
    ["a", 1],
    ["b", 0.5],
    ["c", 0.2],
  ]);
  const writer = createWeightsWriter(
    { ownHotkey: "own", shape: { kind: "linear" }, versionKey: 1n, blockMs: 250, submitFrom: 0.25, takeOver: false },
    {
      chain,
      ledger,
      scores: async () => ({ scores, lastSettled: 3, roundsCounted: 4 }),
      onEvent: (event) => events.push(event),
      onDoppelganger: (error) => stops.push(error),
      beforeSubmit: async (proposal) => void proposals.push(proposal),
      log: createLogger({
        name: "test",
        level: "info",
        destination: { write: (line) => void lines.push(line) },
      }),
    },
  );
  const run = async (from: number, to: number): Promise<void> => {
    for (let block = from; block <= to; block++)
      await writer.onHead(chain.moveTo(Math.max(block, chain.block)), signal);
  };
  const newest = async (): Promise<LedgerEntry | undefined> => (await ledger.entries())[0];
  const told = (): number => lines.filter((line) => line.includes("cannot be sent anew")).length;
  return { chain, ledger, events, stops, proposals, scores, writer, run, newest, told };
}

const rows = ({ submissions }: FakeWeightsChain) => submissions.map(({ weights }) => weights.uids);

describe("a uid that changes hands after its weights came on chain", () => {
  it("gets its predecessor's weights in no tempo: they are sent anew late in the tempo, once for all changes", async () => {
    const { chain, events, proposals, writer, run, newest, stops } = setUp();
    await run(100, 106);
    expect(rows(chain)).toEqual([[1, 2, 3]]);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    await run(107, 110);
    chain.hotkeys = ["own", "newcomer", "b", "another"];
    await run(111, 114);
    expect(chain.submissions).toHaveLength(1);
    await run(115, 119);
    expect(rows(chain)).toEqual([[1, 2, 3], [2]]);
    expect(await newest()).toMatchObject({
      epoch: 5,
      state: "effective",
      attempts: 2,
      uids: [2],
      includedBlock: 116,
      txHashes: ["0xt4"],
      replacedBlocks: [106],
      replacedTxHashes: ["0xt2"],
    });
    expect((await newest())?.anew).toBeUndefined();
    expect(proposals.map(({ epoch, attempt, earlier }) => [epoch, attempt, earlier])).toEqual([
      [5, 1, undefined],
      [5, 2, undefined],
    ]);
    await run(120, 122);
    expect(chain.rows.uids).toEqual([2]);
    expect(writer.view()).toMatchObject({ lastSubmittedBlock: 116, lastRevealedBlock: 120 });
    await run(123, 139);
    expect(events.map(({ type }) => type)).toEqual([
      "weights.submitted",
      "weights.finalized",
      "weights.submitted",
      "weights.finalized",
      "weights.revealed",
      "weights.submitted",
      "weights.finalized",
    ]);
    expect(stops).toEqual([]);
  });

  it("before they are in a block: they are sent anew too, and an heir of the ledger has nothing to wonder about", async () => {
    const { chain, ledger, run, newest, stops } = setUp();
    chain.beforeInclusion = () => {
      const landings = chain.submissions.length;
      if (landings === 1) chain.hotkeys = ["own", "newcomer", "b", "c"];
      if (landings === 2) chain.hotkeys = ["own", "newcomer", "another", "c"];
    };
    await run(100, 119);
    expect(rows(chain)).toEqual([[1, 2, 3], [2, 3], [3]]);
    expect(await newest()).toMatchObject({ epoch: 5, state: "effective", attempts: 3, replacedBlocks: [106, 116] });
    const heir = setUp(chain, ledger);
    chain.hotkeys = ["own", "newcomer", "another", "c"];
    await heir.writer.load();
    await heir.run(120, 139);
    expect([stops, heir.stops]).toEqual([[], []]);
    expect(await newest()).toMatchObject({ epoch: 6, state: "effective", attempts: 1 });
  });

  it("changes nothing of what counts when the chain refuses the new ones", async () => {
    const { chain, events, writer, run, newest } = setUp();
    await run(100, 110);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    chain.results = [rejected, rejected, rejected, rejected];
    await run(111, 119);
    expect(chain.submissions.length).toBeGreaterThan(1);
    const entry = await newest();
    expect(entry).toMatchObject({
      state: "effective",
      attempts: 1,
      includedBlock: 106,
      uids: [1, 2, 3],
      anew: { state: "failed", problem: "Payment", uids: [2, 3] },
    });
    expect(fateOf(entry!)).toMatchObject({ state: "failed", attempt: entry?.anew?.attempts, problem: "Payment" });
    expect(writer.view()).toMatchObject({ lastSubmittedBlock: 106 });
    chain.results = [];
    await run(120, 121);
    expect(writer.view()).toMatchObject({ lastRevealedBlock: 120 });
    const revealed = await newest();
    expect(revealed).toMatchObject({ epoch: 5, state: "revealed" });
    expect(fateOf(revealed!)).toMatchObject({ state: "revealed", attempt: 1 });
    expect(events.map(({ type }) => type)).not.toContain("weights.failed");
  });

  it("finds the new ones on chain after a crash between sending and knowing", async () => {
    const { chain, ledger, run } = setUp();
    await run(100, 110);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    const send = chain.submit.bind(chain);
    chain.submit = async (prepared, options) => {
      await send(prepared, options);
      throw new Error("killed");
    };
    await expect(run(115, 115)).rejects.toThrow("killed");
    chain.submit = send;
    const second = setUp(chain, ledger);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    await second.writer.load();
    expect(await second.newest()).toMatchObject({ state: "effective", anew: { state: "submitted" } });
    await second.run(117, 119);
    expect(chain.submissions).toHaveLength(2);
    expect(await second.newest()).toMatchObject({ state: "effective", uids: [2, 3], includedBlock: 116 });
    expect(second.stops).toEqual([]);
  });

  it("is left to it, and said so once, where the rate limit is as long as the tempo", async () => {
    const { chain, run, told } = setUp();
    chain.rateLimit = 20;
    await run(100, 106);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    await run(107, 119);
    expect([chain.submissions.length, told()]).toEqual([1, 1]);
    await run(120, 139);
    expect([chain.submissions.length, told()]).toEqual([2, 1]);
  });

  it("of somebody without a weight costs no commit", async () => {
    const { chain, scores, run } = setUp();
    scores.delete("c");
    await run(100, 106);
    chain.hotkeys = ["own", "a", "b", "newcomer"];
    await run(107, 119);
    expect(chain.submissions).toHaveLength(1);
  });
});

describe("a hash commit whose uids change hands", () => {
  it("is followed by another, and the newest alone is opened", async () => {
    const { chain, run, newest, stops } = setUp();
    chain.version = 2;
    await run(100, 110);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    await run(111, 119);
    expect(chain.commits).toHaveLength(2);
    await run(120, 124);
    expect(chain.reveals).toMatchObject([[{ uids: [2, 3] }]]);
    expect(chain.rows.uids).toEqual([2, 3]);
    const entry = (await newest())!;
    expect(entry).toMatchObject({ epoch: 5, state: "revealed" });
    expect(stops).toEqual([]);
  });

  it("is opened itself when the other never lands", async () => {
    const { chain, run, newest } = setUp();
    chain.version = 2;
    await run(100, 110);
    chain.hotkeys = ["own", "newcomer", "b", "c"];
    chain.results = [rejected, rejected, rejected, rejected];
    await run(111, 119);
    chain.results = [];
    await run(120, 124);
    expect(chain.reveals).toMatchObject([[{ uids: [1, 2, 3] }]]);
    expect(await newest()).toMatchObject({ epoch: 5, state: "revealed" });
  });
});

describe("stray weights", () => {
  const entry = {
    version: 1,
    epoch: 1,
    state: "effective",
    mode: "timelocked",
    uids: [1, 2, 3],
    values: [9, 0, 5],
    hotkeys: ["a", "b", "c"],
    basedOnRound: 1,
    intentBlock: 9,
    includedBlock: 10,
    attempts: 1,
  } satisfies LedgerEntry;
  const held = (...hotkeys: (readonly [string, number])[]) =>
    metagraph(hotkeys.map(([hotkey, registeredAt], uid) => neuron({ uid, hotkey, registeredAt })));

  it("are those above zero that another holds, and those whose uid is gone", () => {
    expect(strayWeights(entry, held(["own", 0], ["a", 0], ["b", 0], ["c", 0]))).toEqual([]);
    expect(strayWeights(entry, held(["own", 0], ["x", 12], ["y", 12], ["c", 0]))).toEqual([1]);
    expect(strayWeights(entry, held(["own", 0], ["a", 0]))).toEqual([2, 3]);
  });

  it("that were set directly count only for who came before they landed", () => {
    const plain = { ...entry, mode: "plain", state: "revealed" } as const;
    expect(strayWeights(plain, held(["own", 0], ["x", 9], ["b", 0], ["z", 10]))).toEqual([1]);
  });

  it("are answered while they may still be replaced, and three times at most", () => {
    expect(isRenewable({ ...entry, replacedBlocks: [5, 7] })).toBe(true);
    expect(isRenewable({ ...entry, replacedBlocks: [5, 7, 9] })).toBe(false);
    expect(isRenewable({ ...entry, state: "revealed" })).toBe(false);
    expect(isRenewable({ ...entry, state: "revealed", mode: "plain" })).toBe(true);
  });

  it("are looked for in the last quarter of a short tempo, in ten blocks of a long one", () => {
    expect([renewalBlocks(360), renewalBlocks(20), renewalBlocks(8)]).toEqual([10, 5, 2]);
  });
});
