import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { ValidatorMetrics } from "../metrics.ts";
import type { RoundScorer } from "../round/scorer/round-scorer.ts";
import type { RoundStore } from "../store/round-store.ts";
import { openEvidenceLog } from "./evidence-log.ts";
import { createWitness, type Witness } from "./witness.ts";

export type OpenWitnessOptions = {
  /** Undefined: no evidence is kept. */
  readonly directory: string | undefined;
  readonly maxBytes: number;
  readonly genesisHash: string;
  readonly netuid: number;
  readonly roundBlocks: number;
  /** The secret part of the round seeds; the log gets its hash. */
  readonly salt: Uint8Array;
};

export type OpenWitnessModules = {
  /** Undefined in a process that signs nothing: no evidence is kept. */
  readonly keypair: Keypair | undefined;
  readonly subnet: SubnetDefinition;
  readonly rounds: RoundStore;
  readonly scorer?: RoundScorer | undefined;
  readonly metrics: Metrics<ValidatorMetrics>;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
};

/** Opens the evidence log, closed again with the lifecycle, and its witness; undefined without a directory. Throws what openEvidenceLog throws. */
export function openWitness(options: OpenWitnessOptions, modules: OpenWitnessModules): Witness | undefined {
  const { directory, maxBytes, genesisHash, netuid, roundBlocks, salt } = options;
  const { keypair, subnet, rounds, scorer, metrics, lifecycle, log } = modules;
  if (directory === undefined || keypair === undefined) return undefined;
  const { name, version, weights } = subnet;
  const opening = {
    kind: "opening",
    hotkey: keypair.address,
    scheme: keypair.scheme,
    genesisHash,
    netuid,
    subnet: { name, version },
    shape: weights.shape,
    roundBlocks,
    saltHash: sha256Hex(salt),
  } as const;
  const evidence = openEvidenceLog({ directory, maxBytes, opening }, { keypair, nowMs: Date.now });
  lifecycle.onClose("evidence", () => evidence.close());
  return createWitness({
    log,
    evidence,
    rounds,
    subnet,
    scorer,
    onWritten: (kind, written) =>
      metrics.subnetkit_validator_evidence_total.inc({ kind, result: written ? "written" : "failed" }),
  });
}
