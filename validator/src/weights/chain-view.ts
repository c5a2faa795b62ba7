import type { Call } from "@subnetkit/chain/client/call";
import type { ChainClient } from "@subnetkit/chain/client/chain-client";
import { finalizedHead } from "@subnetkit/chain/client/finalized-heads";
import { fetchMetagraph, type Metagraph } from "@subnetkit/chain/client/metagraph";
import { readNumber } from "@subnetkit/chain/client/storage";
import { type SignedExtrinsic, type Submission, type SubmitOptions, submitCall } from "@subnetkit/chain/client/submit";
import {
  type HashedWeights,
  type LatestRound,
  prepareTimelockedWeights,
  prepareWeights,
  prepareWeightsHash,
  readWeights,
  revealWeights,
  type WeightVector,
  type WeightsSetup,
  weightsSetup,
} from "@subnetkit/chain/client/weights";
import {
  type BlockTraces,
  readBlockTraces,
  readWaitingCommits,
  readWeightsStanding,
  type WaitingCommit,
  type WeightsStanding,
} from "@subnetkit/chain/client/weights-traces";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { ComputedWeights } from "./compute.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { EpochFacts } from "./preflight.ts";

/** Weights to make ready for the chain. */
export type PrepareRequest = {
  readonly mode: LedgerEntry["mode"];
  readonly weights: Pick<ComputedWeights, "uids" | "values">;
  readonly versionKey: bigint;
  /** Hides a hash commit; u16 each. Needed for mode "hash". */
  readonly salt?: readonly number[];
  /** Beacon round that a timelocked commit opens at, at the earliest. */
  readonly notBeforeRound?: bigint;
};

/** Weights ready to be signed: what the ledger must hold before they are. */
export type PreparedWeights = {
  /** What the chain will know a commit by; undefined for weights that are set directly. */
  readonly commitHash?: string;
  /** When a timelocked commit will be revealed. */
  readonly reveal?: { readonly round: bigint; readonly firstBlock: number; readonly endBlock: number };
  readonly call: Call | undefined;
};

/** How to send. */
export type SendOptions = {
  readonly nonce: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Waited for before the node hears of the extrinsic. */
  readonly onSigned: (signed: SignedExtrinsic) => Promise<void>;
};

/** The part of the chain that the weight writer sees; every call has a deadline. `at` is a block hash. */
export interface WeightsChain {
  /** The newest block, final or not. */
  best(): Head;
  finalized(): Promise<Head>;
  /** The block of the present chain at a height; undefined above its head. */
  hashOf(number: number): Promise<string | undefined>;
  epoch(at: string): Promise<EpochFacts>;
  setup(head: Head): Promise<WeightsSetup>;
  metagraph(at: string): Promise<Metagraph>;
  /** The weights row of a uid. */
  row(uid: number, at: string): Promise<WeightVector>;
  /** What the chain holds about our hotkey. */
  standing(at: string): Promise<WeightsStanding>;
  /** Our unrevealed commits; timelocked ones of the epochs named. */
  waiting(epochs: readonly number[], at: string): Promise<readonly WaitingCommit[]>;
  /** The weight calls that our hotkey signed in a block. Throws E_CHAIN_SHAPE when the node no longer has it. */
  traces(blockHash: string): Promise<BlockTraces>;
  /** The nonce after all that the chain and the node's pool hold of us. */
  nextNonce(): Promise<number>;
  prepare(request: PrepareRequest): Promise<PreparedWeights>;
  /** Signs and sends what was prepared, and follows it into a block. */
  submit(prepared: PreparedWeights, options: SendOptions): Promise<Submission>;
  /** Opens hash commits of one epoch. */
  reveal(reveals: readonly HashedWeights[], options: SendOptions): Promise<Submission>;
}

/** The real chain through a client, signing with the validator's hotkey; `latestRound` knows the beacon's newest round when others than the chain are asked. */
export function createWeightsChain(
  client: ChainClient,
  netuid: number,
  hotkey: Keypair,
  log: Logger,
  latestRound?: LatestRound,
): WeightsChain {
  const { address } = hotkey;
  const submitOptions = (options: SendOptions): SubmitOptions => ({ ...options, log, wait: "inBlock" });
  return {
    best: () => client.head(),
    finalized: () => finalizedHead(client),
    async hashOf(number) {
      const hash = await client.rpc("chain_getBlockHash", [number]);
      return typeof hash === "string" ? hash : undefined;
    },
    async epoch(at) {
      const number = (item: string): Promise<number> => readNumber(client, "subtensorModule", item, [netuid], { at });
      const [lastEpochBlock, tempo, epochIndex] = await Promise.all([
        number("lastEpochBlock"),
        number("tempo"),
        number("subnetEpochIndex"),
      ]);
      return { lastEpochBlock, tempo, epochIndex };
    },
    setup: (head) => weightsSetup(client, netuid, head),
    metagraph: (at) => fetchMetagraph(client, netuid, { at }),
    row: (uid, at) => readWeights(client, netuid, uid, { at }),
    standing: (at) => readWeightsStanding(client, netuid, address, { at }),
    waiting: (epochs, at) => readWaitingCommits(client, netuid, address, epochs, { at }),
    traces: (blockHash) => readBlockTraces(client, netuid, address, blockHash),
    nextNonce: async () => Number(await client.rpc("system_accountNextIndex", [address])),
    async prepare({ mode, weights, versionKey, salt, notBeforeRound }) {
      const request = { netuid, hotkey, versionKey, uids: weights.uids, values: weights.values };
      switch (mode) {
        case "plain":
          return { call: await prepareWeights(client, request) };
        case "hash": {
          if (salt === undefined) throw appError("E_INTERNAL", { what: "a hash commit without a salt" });
          return prepareWeightsHash(client, { ...request, salt });
        }
        case "timelocked": {
          const { call, commitHash, revealRound, window } = await prepareTimelockedWeights(
            client,
            notBeforeRound === undefined ? request : { ...request, notBeforeRound },
            latestRound,
          );
          return { call, commitHash, reveal: { round: revealRound, ...window } };
        }
        default:
          return assertNever(mode, "a way to hand weights over");
      }
    },
    async submit({ call }, options) {
      if (call === undefined) throw appError("E_INTERNAL", { what: "weights without a call" });
      return await submitCall(client, call, hotkey, submitOptions(options));
    },
    reveal: (reveals, options) => revealWeights(client, { netuid, hotkey, reveals }, submitOptions(options)),
  };
}
