import type { ChainClient } from "@subnetkit/chain/client/chain-client";
import { fetchMetagraph, type Metagraph } from "@subnetkit/chain/client/metagraph";
import { readNumber } from "@subnetkit/chain/client/storage";
import type { Submission } from "@subnetkit/chain/client/submit";
import {
  commitTimelockedWeights,
  readWeights,
  setWeights,
  type WeightVector,
  type WeightsSetup,
  weightsSetup,
} from "@subnetkit/chain/client/weights";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { ComputedWeights } from "./compute.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { EpochFacts } from "./preflight.ts";

/** How to hand weights to the chain. */
export type SubmitWeights = {
  readonly mode: LedgerEntry["mode"];
  readonly weights: ComputedWeights;
  readonly versionKey: bigint;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
};

/** A submission, and for a timelocked commit when it will be revealed. */
export type SubmittedWeights = {
  readonly submission: Submission;
  readonly reveal?: { readonly round: bigint; readonly firstBlock: number; readonly endBlock: number };
};

/** The part of the chain that the weight writer sees; every call has a deadline. */
export interface WeightsChain {
  epoch(): Promise<EpochFacts>;
  setup(): Promise<WeightsSetup>;
  /** At a block hash, or now. */
  metagraph(at?: string): Promise<Metagraph>;
  /** The weights row of a uid. */
  row(uid: number): Promise<WeightVector>;
  submit(request: SubmitWeights): Promise<SubmittedWeights>;
}

/** The real chain through a client, signing with the validator's hotkey. */
export function createWeightsChain(client: ChainClient, netuid: number, hotkey: Keypair, log: Logger): WeightsChain {
  return {
    async epoch() {
      const at = { at: client.head().hash };
      const number = (item: string): Promise<number> => readNumber(client, "subtensorModule", item, [netuid], at);
      const [lastEpochBlock, tempo, epochIndex] = await Promise.all([
        number("lastEpochBlock"),
        number("tempo"),
        number("subnetEpochIndex"),
      ]);
      return { lastEpochBlock, tempo, epochIndex };
    },
    setup: () => weightsSetup(client, netuid),
    metagraph: (at) => fetchMetagraph(client, netuid, at === undefined ? {} : { at }),
    row: (uid) => readWeights(client, netuid, uid),
    async submit({ mode, weights, versionKey, deadlineMs, signal }) {
      const request = { netuid, hotkey, versionKey, uids: weights.uids, values: weights.values };
      const options = { deadlineMs, signal, log, wait: "finalized" } as const;
      if (mode === "plain") return { submission: await setWeights(client, request, options) };
      const { submission, revealRound, window } = await commitTimelockedWeights(client, request, options);
      return { submission, reveal: { round: revealRound, ...window } };
    },
  };
}
