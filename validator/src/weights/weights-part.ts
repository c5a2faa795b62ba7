import type { ChainClient } from "@subnetkit/chain/client/connect";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { AppError } from "@subnetkit/shared/errors/app-error";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { createAnchorChain, createEvidenceAnchor, type EvidenceAnchor } from "../evidence/anchor.ts";
import { createAnchorClaim } from "../evidence/claim-anchor.ts";
import type { Witness } from "../evidence/witness.ts";
import type { ValidatorMetrics } from "../metrics.ts";
import { readEpochInput } from "../preview/read-epoch.ts";
import { createWeightsWatch, type WeightsWatch } from "../preview/watch-weights.ts";
import type { RedisClient } from "../queue/connection.ts";
import type { StateKeys } from "../store/keys.ts";
import { processPlace } from "../store/process-place.ts";
import type { Replicate } from "../store/replicate.ts";
import { createWriterLease, type WriterLease } from "../store/writer-lease.ts";
import { createWeightsChain } from "./chain-view.ts";
import { createDrandBeacon } from "./drand-beacon.ts";
import { createLeasedWriter, type LeasedWriter } from "./leased-writer.ts";
import { createWeightsWriter, type WriterModules, type WriterOptions } from "./writer.ts";

export type WeightsPartOptions = Omit<WriterOptions, "ownHotkey" | "blockMs"> & {
  readonly name: string;
  readonly netuid: number;
  /** A process that holds the lease and is not heard of for so long is replaced, milliseconds. */
  readonly leaseMs: number;
  /** HTTP servers of drand that are asked for the beacon's newest round; none: what the chain has heard of it. */
  readonly drandEndpoints: readonly string[];
  /** Blocks between two commits of the evidence log's head; undefined for none. */
  readonly evidenceCommitBlocks: number | undefined;
};

export type WeightsPartModules = Pick<WriterModules, "scores" | "onEvent"> & {
  readonly client: ChainClient;
  readonly keypair: Keypair;
  readonly redis: RedisClient;
  readonly keys: StateKeys;
  readonly replicate: Replicate | undefined;
  readonly witness: Witness | undefined;
  readonly metrics: Metrics<ValidatorMetrics>;
  readonly lifecycle: Lifecycle;
  readonly onDoppelganger: (error: AppError) => void;
  readonly log: Logger;
};

/** The weights role: once per epoch, from the scores, through a ledger that survives us, by one process at a time. */
export type WeightsPart = LeasedWriter & {
  readonly watch: Pick<WeightsWatch, "current">;
  readonly lease: Pick<WriterLease, "held" | "holder">;
  /** Undefined when the head of the evidence is not committed. */
  readonly anchor: Pick<EvidenceAnchor, "standing"> | undefined;
};

/** Puts the role together and takes the lease if it is free; it is given back with the lifecycle. */
export async function createWeightsPart(
  options: WeightsPartOptions,
  modules: WeightsPartModules,
): Promise<WeightsPart> {
  const { name, netuid, leaseMs, drandEndpoints, evidenceCommitBlocks: everyBlocks, ...rest } = options;
  const { client, keypair, redis, keys, replicate, witness, metrics, lifecycle, onDoppelganger, log } = modules;
  const { scores, onEvent } = modules;
  const { blockMs } = client;
  const ownHotkey = keypair.address;
  const lease = createWriterLease({ leaseMs, name, place: processPlace(), pid: process.pid }, { redis, keys, log });
  await lease.take();
  void lease.keep(lifecycle.signal);
  // Where Redis is away it runs out by itself.
  lifecycle.onClose("writer's lease", () => lease.release().catch(() => undefined));

  const drand = drandEndpoints.length === 0 ? undefined : createDrandBeacon({ endpoints: drandEndpoints }, { log });
  const watch = createWeightsWatch({ ownHotkey }, { readEpoch: (at) => readEpochInput(client, at), metrics, log });
  const writer = createLeasedWriter({ lease, redis, keys, replicate, log }, ({ ledger, stillWriter }) =>
    createWeightsWriter(
      { ...rest, ownHotkey, blockMs },
      {
        chain: createWeightsChain(client, netuid, keypair, log, drand?.latestRound),
        ledger: witness?.ledger(ledger) ?? ledger,
        scores,
        beforeSubmit: async (proposal) => {
          await witness?.proposed(proposal);
          await watch.look(proposal);
        },
        onEvent,
        stillWriter,
        onDoppelganger,
        log,
      },
    ),
  );
  const anchor =
    witness === undefined || everyBlocks === undefined
      ? undefined
      : createEvidenceAnchor(
          { everyBlocks },
          {
            chain: createAnchorChain(client, netuid, keypair, log),
            head: witness.head,
            claim: createAnchorClaim(lease, { redis, keys }),
            log,
            onCommitted: (committed) =>
              metrics.subnetkit_validator_evidence_total.inc({
                kind: "commit",
                result: committed ? "written" : "failed",
              }),
          },
        );
  return {
    ...writer,
    async onHead(head, signal) {
      await writer.onHead(head, signal);
      if (lease.held() !== undefined) await anchor?.onHead(head, writer.view(), signal);
    },
    watch,
    lease,
    anchor,
  };
}

/** How long a writer may be silent before another takes over: a fraction of a tempo, and longer than a normal pause of a process. */
export function leaseTime(roundMs: number): number {
  return roundMs < 15_000 ? 3_000 : 10_000;
}
