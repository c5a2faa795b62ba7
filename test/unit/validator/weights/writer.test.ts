import type { AppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";
import type { WeightsLedger } from "../../../../validator/src/weights/ledger.ts";
import { createWeightsWriter } from "../../../../validator/src/weights/writer.ts";
import type { WriterEvent } from "../../../../validator/src/weights/writer-events.ts";
import { FakeWeightsChain, memoryLedger } from "../support/weights-chain.ts";

const signal = new AbortController().signal;

function setUp(chain = new FakeWeightsChain(), ledger: WeightsLedger = memoryLedger(), takeOver = false) {
  const events: WriterEvent[] = [];
  const stops: AppError[] = [];
  const state = {
    scores: new Map([
      ["a", 1],
      ["b", 0.5],
    ]),
    lastSettled: 3,
    roundsCounted: 4,
  };
  const writer = createWeightsWriter(
    { ownHotkey: "own", shape: { kind: "linear" }, versionKey: 1n, blockMs: 250, submitFrom: 0.5, takeOver },
    {
      chain,
      ledger,
      scores: async () => state,
      onEvent: (event) => events.push(event),
      onDoppelganger: (error) => stops.push(error),
      log: createLogger({ name: "test", level: "silent" }),
    },
  );
  // What fails in a block is the block clock's to report; the next block comes all the same.
  const failures: unknown[] = [];
  const run = async (from: number, to: number): Promise<void> => {
    for (let block = from; block <= to; block++)
      await writer
        .onHead(chain.moveTo(Math.max(block, chain.block)), signal)
        .catch((error: unknown) => failures.push(error));
  };
  return { chain, ledger: ledger as ReturnType<typeof memoryLedger>, events, stops, state, writer, run, failures };
}

const types = (events: readonly WriterEvent[]) => events.map(({ type }) => type);

describe("one tempo", () => {
  it("is served once, in its second half, and seen revealed in the next", async () => {
    const { chain, events, writer, run } = setUp();
    await run(100, 109);
    expect(chain.submissions).toHaveLength(0);
    expect(writer.view()).toMatchObject({ waitingFor: "later in the tempo", nextAttempt: 110 });
    await run(110, 119);
    expect(chain.submissions).toHaveLength(1);
    expect(chain.submissions[0]).toMatchObject({
      mode: "timelocked",
      weights: { uids: [1, 2], values: [65_535, 32_768] },
      versionKey: 1n,
    });
    expect(writer.view()).toMatchObject({
      lastSubmittedBlock: 111,
      lastRevealedBlock: undefined,
      waitingFor: "next epoch",
    });
    await run(120, 121);
    expect(writer.view().lastRevealedBlock).toBe(120);
    expect(types(events)).toEqual(["weights.submitted", "weights.finalized", "weights.revealed"]);
  });

  it("follows every other one: one submission in each of ten tempos, with the same scores too", async () => {
    const { chain, events, run } = setUp();
    await run(100, 299);
    expect(chain.submissions).toHaveLength(10);
    expect(types(events).filter((type) => type === "weights.failed")).toEqual([]);
  });

  it("is written to the ledger before the chain hears of it", async () => {
    const { chain, ledger, run, failures } = setUp();
    chain.submit = async () => {
      expect(ledger.writes.at(-1)).toMatchObject({ epoch: 5, state: "intent", hotkeys: ["a", "b"], basedOnRound: 3 });
      throw new Error("the process dies here");
    };
    await run(110, 110);
    expect(ledger.writes).toHaveLength(1);
    expect(failures).toEqual([new Error("the process dies here")]);
  });

  it("sets weights directly on a subnet without commit-reveal", async () => {
    const { chain, events, writer, run } = setUp();
    chain.commitReveal = false;
    await run(110, 113);
    expect(chain.submissions.map(({ mode }) => mode)).toEqual(["plain"]);
    expect(writer.view()).toMatchObject({ lastSubmittedBlock: 111, lastRevealedBlock: 111 });
    expect(types(events)).toEqual(["weights.submitted", "weights.finalized"]);
  });
});

describe("waiting", () => {
  it("names the validator permit, and goes on as soon as it is there", async () => {
    const { chain, writer, run } = setUp();
    chain.permit = false;
    await run(110, 115);
    expect(writer.view()).toMatchObject({ waitingFor: "validator permit", nextAttempt: 120 });
    chain.permit = true;
    await run(116, 116);
    expect(chain.submissions).toHaveLength(1);
  });

  it("names the first settled round, scores above zero, registration and the rate limit", async () => {
    const { chain, state, writer, run } = setUp();
    state.roundsCounted = 0;
    await run(110, 110);
    expect(writer.view().waitingFor).toBe("a settled round");
    state.roundsCounted = 4;
    state.scores = new Map([["a", 0]]);
    await run(111, 111);
    expect(writer.view().waitingFor).toBe("a miner with a score above zero");
    state.scores = new Map([["a", 1]]);
    chain.hotkeys = ["a"];
    await run(112, 112);
    expect(writer.view().waitingFor).toBe("registration");
    chain.hotkeys = ["own", "a"];
    chain.rateLimit = 100;
    chain.lastUpdate = 20;
    await run(113, 113);
    expect(writer.view()).toMatchObject({ waitingFor: "the rate limit", nextAttempt: 119 });
    expect(chain.submissions).toHaveLength(0);
  });

  it("sends nothing that would land in the next epoch", async () => {
    const { chain, writer, run } = setUp();
    await run(118, 119);
    expect(chain.submissions).toHaveLength(0);
    expect(writer.view().waitingFor).toBe("next epoch");
  });
});

describe("somebody else with the same hotkey", () => {
  it("stops it for good, before anything is sent", async () => {
    const { chain, stops, run } = setUp();
    await run(105, 105);
    chain.foreign();
    await run(107, 139);
    expect(stops).toMatchObject([{ code: "E_VALIDATOR_DOPPELGANGER", exitCode: 3 }]);
    expect(chain.submissions).toHaveLength(0);
  });

  it("is waited out for a quiet tempo, with the blocks to wait in view, unless the operator takes over", async () => {
    const used = (): FakeWeightsChain => Object.assign(new FakeWeightsChain(), { lastUpdate: 95, nonce: 9 });
    const { chain, writer, run } = setUp(used());
    await run(110, 111);
    expect(writer.view()).toMatchObject({ waitingFor: "a quiet tempo", nextAttempt: 130 });
    await run(112, 131);
    expect(chain.submissions).toHaveLength(1);
    const bold = setUp(used(), memoryLedger(), true);
    await bold.run(110, 111);
    expect(bold.chain.submissions).toHaveLength(1);
  });
});

describe("trouble", () => {
  const rejected = { kind: "rejected", code: 1010, name: "Payment", message: "no", remedy: "Fund it." } as const;

  it("tries again within the tempo after a refusal, with growing pauses", async () => {
    const { chain, events, writer, run } = setUp();
    chain.results = [rejected, rejected];
    await run(110, 119);
    expect(chain.submissions).toHaveLength(3);
    expect(types(events)).toEqual([
      "weights.submitted",
      "weights.failed",
      "weights.submitted",
      "weights.failed",
      "weights.submitted",
      "weights.finalized",
    ]);
    expect(events[1]).toMatchObject({ reason: "Payment", remedy: "Fund it." });
    expect(writer.view().lastSubmittedBlock).toBeDefined();
  });

  it("finds a submission whose answer was lost, and does not send it twice", async () => {
    const { chain, events, run } = setUp();
    const send = chain.submit.bind(chain);
    chain.submit = async (prepared, options) => {
      await send(prepared, options);
      return { kind: "timedOut", txHash: "0xabc", afterMs: 1 };
    };
    await run(110, 119);
    expect(chain.submissions).toHaveLength(1);
    expect(types(events)).toEqual(["weights.submitted", "weights.finalized"]);
  });

  it("sends again when the chain shows nothing of a submission", async () => {
    const { chain, events, run } = setUp();
    chain.results = [{ kind: "timedOut", txHash: "0xabc", afterMs: 1 }];
    await run(110, 119);
    expect(chain.submissions).toHaveLength(2);
    expect(types(events)).toEqual(["weights.submitted", "weights.failed", "weights.submitted", "weights.finalized"]);
  });

  it("after a restart knows what it sent and does not send it again", async () => {
    const chain = new FakeWeightsChain();
    const ledger = memoryLedger();
    const first = setUp(chain, ledger);
    const send = chain.submit.bind(chain);
    chain.submit = async (prepared, options) => {
      await send(prepared, options);
      throw new Error("the process dies after the chain took it");
    };
    await first.run(110, 110);
    chain.submit = send;
    const second = setUp(chain, ledger);
    await second.writer.load();
    await second.run(112, 119);
    expect(chain.submissions).toHaveLength(1);
    expect(second.writer.view().lastSubmittedBlock).toBe(111);
  });

  it("gives nothing to a uid that changed hands between the block it believes and the newest", async () => {
    const { chain, writer } = setUp();
    const believed = chain.moveTo(112);
    chain.moveTo(115);
    chain.before = { block: 114, hotkeys: ["own", "a", "b"] };
    chain.hotkeys = ["own", "newcomer", "b"];
    await writer.onHead(believed, signal);
    expect(chain.submissions).toMatchObject([{ weights: { uids: [2], values: [65_535] }, hotkeys: ["b"] }]);
  });

  it("uses one nonce for all attempts until one of them is on chain", async () => {
    const { chain, ledger, run } = setUp();
    chain.results = [{ kind: "timedOut", txHash: "0xabc", afterMs: 1 }, rejected];
    await run(110, 119);
    expect(chain.submissions.map(({ nonce }) => nonce)).toEqual([0, 0, 0]);
    await run(120, 139);
    expect(chain.submissions.map(({ nonce }) => nonce)).toEqual([0, 0, 0, 1]);
    expect(ledger.writes.at(-1)?.nonce).toBeUndefined();
  });

  it("lets an unknown extrinsic in the pool land first, but not for ever", async () => {
    const { chain, run } = setUp();
    chain.pooled = 1;
    await run(110, 111);
    expect(chain.submissions).toHaveLength(0);
    await run(112, 112);
    expect(chain.submissions.map(({ nonce }) => nonce)).toEqual([1]);
  });

  it("closes a gap before a nonce that can no longer be reached", async () => {
    const { chain, ledger, run } = setUp();
    chain.nonce = 7;
    chain.results = [{ kind: "timedOut", txHash: "0xabc", afterMs: 1 }];
    await run(110, 110);
    // The extrinsic before it left the chain in a reorganisation and did not come back.
    chain.nonce = 6;
    await run(111, 119);
    expect(chain.submissions.map(({ nonce }) => nonce)).toEqual([7, 6]);
    expect(ledger.writes.at(-1)).toMatchObject({ epoch: 5, state: "effective" });
  });

  it("gets a new nonce after its extrinsic failed in a block", async () => {
    const { chain, run } = setUp();
    const failure = { pallet: "subtensorModule", name: "CommittingWeightsTooFast", docs: "" };
    const included = { txHash: "0x1", blockHash: "0x111", blockNumber: 111, events: [], feeRao: 0n };
    chain.results = [{ kind: "dispatchFailed", error: failure, remedy: "Wait.", ...included }];
    await run(110, 110);
    chain.nonce = 1;
    await run(112, 119);
    expect(chain.submissions.map(({ nonce }) => nonce)).toEqual([0, 1]);
  });

  it("reports a commit that was never revealed, once", async () => {
    const { chain, events, run } = setUp();
    await run(110, 119);
    chain.pending = [];
    chain.permit = false;
    await run(120, 145);
    expect(events.filter(({ type }) => type === "weights.failed")).toMatchObject([
      { reason: "not revealed in time", epoch: 5 },
    ]);
  });

  it("sets the last good weights again when no score is above zero", async () => {
    const { chain, state, run } = setUp();
    await run(110, 119);
    state.scores = new Map();
    await run(120, 139);
    expect(chain.submissions).toHaveLength(2);
    expect(chain.submissions[1]?.hotkeys).toEqual(["a", "b"]);
  });

  it("sets the last good weights again while no round is settled", async () => {
    const { chain, state, run } = setUp();
    await run(110, 119);
    Object.assign(state, { scores: new Map(), lastSettled: -1, roundsCounted: 0 });
    await run(120, 139);
    expect(chain.submissions[1]?.hotkeys).toEqual(["a", "b"]);
  });

  it("survives a chain that fails in one block", async () => {
    const { chain, run, failures } = setUp();
    const setup = chain.setup.bind(chain);
    let silences = 1;
    chain.setup = async () => {
      if (silences-- > 0) throw new Error("no answer");
      return await setup();
    };
    await run(110, 112);
    expect(failures).toEqual([new Error("no answer")]);
    expect(chain.submissions).toHaveLength(1);
  });
});
