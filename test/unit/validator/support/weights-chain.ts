import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { Submission } from "@subnetkit/chain/client/submit";
import type { WeightsSetup } from "@subnetkit/chain/client/weights";
import type { SubmitWeights, WeightsChain } from "../../../../validator/src/weights/chain-view.ts";
import type { WeightsLedger } from "../../../../validator/src/weights/ledger.ts";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import { metagraph, neuron } from "./metagraph.ts";

/** A chain of one subnet with tempo 20 whose blocks a test moves by hand. Epochs run at multiples of 20; reveals one epoch after the commit. */
export class FakeWeightsChain implements WeightsChain {
  block = 0;
  permit = true;
  commitReveal = true;
  lastUpdate = 0;
  rateLimit = 0;
  hotkeys: string[] = ["own", "a", "b"];
  submissions: SubmitWeights[] = [];
  rows: { uids: readonly number[]; values: readonly number[] } = { uids: [], values: [] };
  pending: { reveal: number; weights: { uids: readonly number[]; values: readonly number[] } }[] = [];
  /** What the next submissions come to, first in first out; empty means included. */
  results: Submission[] = [];
  beforeInclusion: () => void = () => undefined;

  get epochIndex(): number {
    return Math.floor(this.block / 20);
  }

  moveTo(block: number): { number: number; hash: string } {
    this.block = block;
    for (const { reveal, weights } of this.pending) if (block >= reveal && block < reveal + 20) this.rows = weights;
    return { number: block, hash: `0x${block}` };
  }

  async epoch() {
    return { lastEpochBlock: this.epochIndex * 20, tempo: 20, epochIndex: this.epochIndex };
  }

  async setup(): Promise<WeightsSetup> {
    return {
      netuid: 2,
      block: this.block,
      commitRevealEnabled: this.commitReveal,
      commitRevealVersion: 4,
      revealPeriodEpochs: 1,
      versionKey: 0n,
      rateLimitBlocks: this.rateLimit,
      minAllowedWeights: 1,
      uidCount: this.hotkeys.length,
      tempo: 20,
      nextEpochBlock: (this.epochIndex + 1) * 20,
      stakeThresholdRao: 0n,
    };
  }

  async metagraph(): Promise<Metagraph> {
    return metagraph(
      this.hotkeys.map((hotkey, uid) =>
        neuron({
          uid,
          hotkey,
          ...(hotkey === "own" ? { validatorPermit: this.permit, lastUpdate: this.lastUpdate, totalStakeRao: 5n } : {}),
        }),
      ),
      { block: this.block },
    );
  }

  async row() {
    return this.rows;
  }

  async submit(request: SubmitWeights) {
    this.submissions.push(request);
    const window = { firstBlock: (this.epochIndex + 1) * 20, endBlock: (this.epochIndex + 2) * 20 };
    const reveal = request.mode === "plain" ? {} : { reveal: { round: 99n, ...window } };
    const result = this.results.shift();
    if (result !== undefined) return { submission: result, ...reveal };
    this.beforeInclusion();
    const included = this.include(request, window.firstBlock);
    return { submission: included, ...reveal };
  }

  /** Puts a submission into the next block. */
  include(request: SubmitWeights, revealBlock: number): Submission {
    this.block += 1;
    this.lastUpdate = this.block;
    if (request.mode === "plain") this.rows = request.weights;
    else this.pending.push({ reveal: revealBlock, weights: request.weights });
    return {
      kind: "finalized",
      txHash: "0xabc",
      blockHash: `0x${this.block}`,
      blockNumber: this.block,
      events: [],
      feeRao: 0n,
    };
  }
}

/** A ledger in memory that remembers every write in order. */
export function memoryLedger(): WeightsLedger & { readonly writes: LedgerEntry[] } {
  const entries = new Map<number, LedgerEntry>();
  const writes: LedgerEntry[] = [];
  return {
    writes,
    async put(entry) {
      writes.push(entry);
      entries.set(entry.epoch, entry);
    },
    async entries() {
      return [...entries.values()].sort((a, b) => b.epoch - a.epoch);
    },
  };
}
