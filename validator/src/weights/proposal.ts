import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { ComputedWeights } from "./compute.ts";
import type { LedgerEntry } from "./ledger-entry.ts";

/** What weights were computed from. */
export type WeightsBasis = {
  readonly metagraph: Metagraph;
  /** Score by hotkey, 0 to 1. */
  readonly scores: ReadonlyMap<string, number>;
  /**
   * Weights that are sent once more: of an attempt that may still land, of an earlier epoch when no score is positive, or of this epoch for other uids;
   * undefined when they follow from the scores.
   */
  readonly earlier: ComputedWeights | undefined;
};

/** Weights that are about to be submitted. */
export type WeightsProposal = WeightsBasis & {
  readonly epoch: number;
  readonly block: number;
  readonly mode: LedgerEntry["mode"];
  /** From 1. */
  readonly attempt: number;
  /** The last round counted in the scores. */
  readonly basedOnRound: number;
  readonly weights: ComputedWeights;
};
