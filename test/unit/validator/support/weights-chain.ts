import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { Submission } from "@subnetkit/chain/client/submit";
import type { HashedWeights, WeightsSetup } from "@subnetkit/chain/client/weights";
import { weightsCommitHash } from "@subnetkit/chain/client/weights-commit-hash";
import type { BlockTraces, WaitingCommit, WeightsStanding } from "@subnetkit/chain/client/weights-traces";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import type {
  PreparedWeights,
  PrepareRequest,
  SendOptions,
  WeightsChain,
} from "../../../../validator/src/weights/chain-view.ts";
import type { GuardRecord } from "../../../../validator/src/weights/guard-record.ts";
import type { WeightsLedger } from "../../../../validator/src/weights/ledger.ts";
import type { LedgerEntry } from "../../../../validator/src/weights/ledger-entry.ts";
import { metagraph, neuron } from "./metagraph.ts";

type Row = { readonly uids: readonly number[]; readonly values: readonly number[] };

/** What was sent, and what of it was prepared when. */
export type FakeSubmission = PrepareRequest & { readonly hotkeys: readonly string[]; readonly nonce: number };

/** A chain of one subnet with tempo 20 whose blocks a test moves by hand. Epochs run at multiples of 20; reveals one epoch after the commit. */
export class FakeWeightsChain implements WeightsChain {
  block = 0;
  permit = true;
  commitReveal = true;
  version = 4;
  lastUpdate = 0;
  registeredAt = 0;
  rateLimit = 0;
  nonce = 0;
  /** Extrinsics of ours in the pool that this writer knows nothing of. */
  pooled = 0;
  hotkeys: string[] = ["own", "a", "b"];
  /** Whom the uids belonged to before a block. */
  before: { readonly block: number; readonly hotkeys: readonly string[] } | undefined;
  submissions: FakeSubmission[] = [];
  reveals: (readonly HashedWeights[])[] = [];
  rows: Row = { uids: [], values: [] };
  pending: { reveal: number; weights: Row }[] = [];
  commits: WaitingCommit[] = [];
  /** Weight extrinsics by block. */
  bodies = new Map<number, { txHash: string; nonce: number; call: string; reveals: boolean }[]>();
  /** What the next submissions come to, first in first out; empty means included. */
  results: Submission[] = [];
  beforeInclusion: () => void = () => undefined;
  private readonly prepared = new WeakMap<PreparedWeights, PrepareRequest>();
  private counter = 0;

  get epochIndex(): number {
    return Math.floor(this.block / 20);
  }

  moveTo(block: number): { number: number; hash: string } {
    this.block = block;
    for (const { reveal, weights } of this.pending) if (block >= reveal && block < reveal + 20) this.rows = weights;
    this.commits = this.commits.filter(({ kind, epoch }) => kind === "hash" || epoch >= this.epochIndex);
    return this.best();
  }

  best(): Head {
    return { number: this.block, hash: hashAt(this.block) };
  }

  async finalized() {
    return this.best();
  }

  async hashOf(number: number) {
    return number <= this.block ? hashAt(number) : undefined;
  }

  async epoch(at: string) {
    const epochIndex = Math.floor(numberOf(at) / 20);
    return { lastEpochBlock: epochIndex * 20, tempo: 20, epochIndex };
  }

  async setup(): Promise<WeightsSetup> {
    return {
      netuid: 2,
      block: this.block,
      commitRevealEnabled: this.commitReveal,
      commitRevealVersion: this.version,
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

  async metagraph(at: string): Promise<Metagraph> {
    const hotkeys = numberOf(at) < (this.before?.block ?? 0) ? (this.before?.hotkeys ?? []) : this.hotkeys;
    const { permit: validatorPermit, lastUpdate, registeredAt } = this;
    return metagraph(
      hotkeys.map((hotkey, uid) =>
        neuron({
          uid,
          hotkey,
          ...(hotkey === "own" ? { validatorPermit, lastUpdate, registeredAt, totalStakeRao: 5n } : {}),
        }),
      ),
      { block: this.block },
    );
  }

  async row() {
    return this.rows;
  }

  async standing(): Promise<WeightsStanding> {
    const uid = this.hotkeys.indexOf("own");
    const { nonce, lastUpdate, registeredAt } = this;
    return { nonce, uid: uid < 0 ? undefined : uid, lastUpdate, registeredAt };
  }

  async waiting() {
    return this.commits;
  }

  async traces(blockHash: string): Promise<BlockTraces> {
    const number = numberOf(blockHash);
    return { number, hash: blockHash, parentHash: hashAt(number - 1), extrinsics: this.bodies.get(number) ?? [] };
  }

  async nextNonce() {
    return this.nonce + this.pooled;
  }

  async prepare(request: PrepareRequest): Promise<PreparedWeights> {
    const made: PreparedWeights = {
      call: undefined,
      ...(request.mode === "plain" ? {} : { commitHash: this.commitHash(request) }),
      ...(request.mode === "timelocked"
        ? { reveal: { round: 99n, firstBlock: (this.epochIndex + 1) * 20, endBlock: (this.epochIndex + 2) * 20 } }
        : {}),
    };
    this.prepared.set(made, request);
    return made;
  }

  async submit(prepared: PreparedWeights, { nonce, onSigned }: SendOptions): Promise<Submission> {
    const request = this.prepared.get(prepared);
    if (request === undefined) throw new Error("weights that were not prepared here");
    const txHash = this.txHash();
    await onSigned({ txHash, nonce });
    this.submissions.push({ ...request, nonce, hotkeys: request.weights.uids.map((uid) => this.hotkeys[uid] ?? "") });
    const result = this.results.shift();
    if (result !== undefined) return result;
    this.beforeInclusion();
    return this.include(request, txHash, prepared.commitHash);
  }

  async reveal(reveals: readonly HashedWeights[], { nonce, onSigned }: SendOptions): Promise<Submission> {
    const txHash = this.txHash();
    await onSigned({ txHash, nonce });
    this.reveals.push(reveals);
    this.block += 1;
    const hashes = reveals.map((one) => this.commitHash({ ...one, mode: "hash", weights: one }));
    this.commits = this.commits.filter(({ hash }) => !hashes.includes(hash));
    this.rows = reveals.at(-1) ?? this.rows;
    return this.landed(txHash, "subtensorModule.revealWeights");
  }

  /** Puts a submission into the next block. */
  include(request: PrepareRequest, txHash: string, commitHash: string | undefined): Submission {
    this.block += 1;
    this.lastUpdate = this.block;
    const { mode, weights } = request;
    if (mode === "plain") this.rows = weights;
    if (mode === "timelocked") this.pending.push({ reveal: (this.epochIndex + 1) * 20, weights });
    if (mode !== "plain" && commitHash !== undefined)
      this.commits.push({ kind: mode, hash: commitHash, epoch: this.epochIndex, block: this.block });
    return this.landed(txHash, "subtensorModule.commit");
  }

  /** Somebody else's weights with our key, in the next block. */
  foreign(): void {
    this.block += 1;
    this.lastUpdate = this.block;
    this.landed(this.txHash(), "subtensorModule.setWeights");
  }

  private landed(txHash: string, call: string): Submission {
    const extrinsic = { txHash, nonce: this.nonce, call, reveals: call.includes("reveal") };
    this.bodies.set(this.block, [...(this.bodies.get(this.block) ?? []), extrinsic]);
    this.nonce += 1;
    const { block: blockNumber } = this;
    return { kind: "finalized", txHash, blockHash: hashAt(blockNumber), blockNumber, events: [], feeRao: 0n };
  }

  private commitHash({ weights, salt = [], versionKey }: PrepareRequest): string {
    this.counter += salt.length === 0 ? 1 : 0;
    const { uids, values } = weights;
    const mark = salt.length === 0 ? [this.counter] : salt;
    return weightsCommitHash({ hotkey: new Uint8Array(32), netuid: 2, uids, values, salt: mark, versionKey });
  }

  private txHash(): string {
    this.counter += 1;
    return `0xt${this.counter}`;
  }
}

const hashAt = (block: number): string => `0x${block}`;
const numberOf = (hash: string): number => Number(hash.slice(2));

/** A ledger in memory that remembers every write in order. */
export function memoryLedger(): WeightsLedger & { readonly writes: LedgerEntry[] } {
  const entries = new Map<number, LedgerEntry>();
  const writes: LedgerEntry[] = [];
  let record: GuardRecord | undefined;
  return {
    writes,
    async put(entry) {
      writes.push(entry);
      entries.set(entry.epoch, entry);
    },
    async entries() {
      return [...entries.values()].sort((a, b) => b.epoch - a.epoch);
    },
    async putGuard(next) {
      record = next;
    },
    async guard() {
      return record;
    },
  };
}
