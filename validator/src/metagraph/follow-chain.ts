import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { finalizedHead, subscribeFinalizedHeads } from "@subnetkit/chain/client/finalized-heads";
import { fetchMetagraph, type Metagraph } from "@subnetkit/chain/client/metagraph";
import { readFingerprints } from "@subnetkit/chain/client/neuron-certificates";
import { weightsSetup } from "@subnetkit/chain/client/weights";
import { type BlockClock, createBlockClock, type Head } from "@subnetkit/shared/clock/block-clock";
import { type AppError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import { watchClock } from "../status/clock-check.ts";
import { createStandingWatch } from "../status/standing.ts";
import { createMetagraphSync, type MetagraphSync } from "./sync.ts";

export type FollowChainOptions = {
  readonly endpoints: readonly string[];
  /** Refuse every chain but this one. */
  readonly genesisHash: string | undefined;
  readonly netuid: number;
  readonly hotkey: string;
  /** What our weights are sent with. */
  readonly versionKey: bigint;
  readonly roundBlocks: number;
  /** Go by final blocks, or by the newest. */
  readonly heads: "finalized" | "best";
  /** Also read which TLS keys miners publish. */
  readonly certificates: boolean;
};

/** The chain as rounds and weights see it: its time, who is on the subnet, and what it asks of this validator. */
export type FollowedChain = {
  readonly client: ChainClient;
  readonly clock: BlockClock;
  readonly metagraph: MetagraphSync;
  /** Fingerprints of the TLS keys that hotkeys publish, as of the metagraph. */
  readonly fingerprints: () => ReadonlyMap<string, Uint8Array>;
  /** What keeps the validator from setting weights, or its clock from being right. */
  readonly problems: () => readonly AppError[];
};

/** Connects, and reads the subnet once. The clock stands until it is started. Closed again with the lifecycle. */
export async function followChain(
  options: FollowChainOptions,
  { lifecycle, log }: { readonly lifecycle: Lifecycle; readonly log: Logger },
): Promise<FollowedChain> {
  const { endpoints, genesisHash, netuid, hotkey, versionKey, roundBlocks, heads } = options;
  const { signal } = lifecycle;
  const pinned = genesisHash === undefined ? {} : { genesisHash };
  const client = await connectChain({ endpoints, log, signal, ...pinned });
  lifecycle.onClose("chain", () => client.close());

  const clock = createBlockClock({
    subscribe: (onHead) => (heads === "best" ? client.subscribeHeads(onHead) : subscribeFinalizedHeads(client, onHead)),
    signal,
    onError: (duty, error, failures) =>
      log[failures === 1 ? "warn" : "debug"]({ duty, reason: errorMessage(error) }, "a duty failed in this block"),
  });

  let fingerprints: ReadonlyMap<string, Uint8Array> = new Map();
  async function fetch({ hash: at }: Head): Promise<Metagraph> {
    const metagraph = await fetchMetagraph(client, netuid, { at });
    const hotkeys = metagraph.neurons.map((neuron) => neuron.hotkey);
    if (options.certificates) fingerprints = await readFingerprints(client, netuid, hotkeys, { at });
    return metagraph;
  }
  const metagraph = createMetagraphSync(
    { everyBlocks: Math.max(1, Math.floor(roundBlocks / 2)) },
    { clock, fetch, log },
  );
  const head = heads === "best" ? client.head() : await finalizedHead(client);
  await metagraph.refresh(head);
  const standing = createStandingWatch(
    { hotkey, versionKey, everyBlocks: roundBlocks },
    { clock, metagraph, setup: (at) => weightsSetup(client, netuid, at), log },
  );
  await standing.look(head);
  const wallClock = await watchClock({ client, log, nowMs: Date.now }, signal);
  return {
    client,
    clock,
    metagraph,
    fingerprints: () => fingerprints,
    problems: () => [...standing.problems(), ...wallClock.problems()],
  };
}
