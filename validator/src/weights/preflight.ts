import { neuronOf, type Metagraph } from "@subnetkit/chain/client/metagraph";
import type { WeightsSetup } from "@subnetkit/chain/client/weights";
import { type EpochSchedule, epochProgress, nextEpochBlock } from "@subnetkit/shared/clock/block-clock";
import type { ComputedWeights } from "./compute.ts";
import type { LedgerEntry } from "./ledger-entry.ts";

/** The subnet's epochs as of a block. */
export type EpochFacts = EpochSchedule & { readonly epochIndex: number };

/** Why nothing is submitted now. Closed list: shown in the status and used as a metric label. */
export const waitReasons = [
  "the writer's lease",
  "submission under way",
  "a quiet tempo",
  "later in the tempo",
  "next epoch",
  "registration",
  "validator permit",
  "more stake",
  "a settled round",
  "more rounds before the first weights",
  "a miner with a score above zero",
  "enough miners",
  "the rate limit",
  "a newer subnet version",
  "a known commit-reveal version",
  "fewer unrevealed commits",
  "retry delay",
] as const;
export type WaitReason = (typeof waitReasons)[number];

/** What to do at a block: nothing more this epoch, wait (for about so many blocks, when that can be told), or submit these weights. */
export type WeightsDecision =
  | { readonly kind: "done" }
  | { readonly kind: "wait"; readonly reason: WaitReason; readonly blocks: number | undefined }
  | { readonly kind: "submit"; readonly mode: LedgerEntry["mode"]; readonly weights: ComputedWeights };

export type PreflightInput = {
  readonly block: number;
  readonly epoch: EpochFacts;
  readonly setup: WeightsSetup;
  readonly metagraph: Metagraph;
  readonly ownHotkey: string;
  /** Ledger entry of this epoch. */
  readonly entry: LedgerEntry | undefined;
  /** Rounds settled so far. */
  readonly roundsCounted: number;
  /** True when this validator never put weights on chain. */
  readonly firstEver: boolean;
  readonly weights: ComputedWeights | undefined;
  readonly versionKey: bigint;
  /** Part of the tempo that passes before the first submission. */
  readonly submitFrom: number;
  /** First block in which the doppelganger guard lets weights be submitted, when it does not yet. */
  readonly quietUntil?: number | undefined;
  /** Hash commits on chain that wait to be revealed, and those to come that must find room beside these weights. */
  readonly unrevealed?: number;
};

/** Unrevealed hash commits that the chain takes from one hotkey (spec/subtensor-interface.md 6.1). */
const mostUnrevealed = 10;

/** The first weights wait, within their tempo, for this many rounds: a single round says little. */
const patientRounds = 3;

/**
 * Blocks before an epoch in which nothing is sent any more: the call would land in the next epoch. One block is the least, a second one spare
 * where the tempo has room for it.
 */
export function closingBlocks(tempo: number): number {
  return tempo >= 10 ? 2 : 1;
}

/**
 * The chain's own rules, asked before it is (spec/subtensor-interface.md 7.1 and 6.3), so that what is submitted is accepted and what is not has a
 * reason. Pure.
 */
export function decideWeights(input: PreflightInput): WeightsDecision {
  const { block, epoch, setup, metagraph, ownHotkey, entry, weights } = input;
  const next = nextEpochBlock(epoch, block);
  const progress = epochProgress(epoch, block);
  if (next === undefined || progress === undefined) return wait("next epoch");
  const untilEpoch = next - block;
  if (entry !== undefined && isSettled(entry)) return { kind: "done" };
  if (entry?.state === "intent" || entry?.state === "submitted") return wait("submission under way", 1);
  const { quietUntil = block } = input;
  if (quietUntil > block) return wait("a quiet tempo", quietUntil - block);
  if (progress < input.submitFrom)
    return wait("later in the tempo", Math.ceil(epoch.lastEpochBlock + input.submitFrom * epoch.tempo) - block);
  if (untilEpoch <= closingBlocks(epoch.tempo)) return wait("next epoch", untilEpoch);

  const own = neuronOf(metagraph, ownHotkey);
  if (own === undefined) return wait("registration");
  const isOwner = metagraph.ownerHotkey === ownHotkey;
  if (!own.validatorPermit && !isOwner) return wait("validator permit", untilEpoch);
  if (own.totalStakeRao < setup.stakeThresholdRao && !isOwner) return wait("more stake");
  if (setup.versionKey !== 0n && input.versionKey < setup.versionKey) return wait("a newer subnet version");
  const mode = submitMode(setup);
  if (mode === undefined) return wait("a known commit-reveal version");
  if (mode === "hash" && (input.unrevealed ?? 0) >= mostUnrevealed) return wait("fewer unrevealed commits", untilEpoch);
  if (input.roundsCounted === 0 && input.firstEver) return wait("a settled round");
  if (weights === undefined) return wait("a miner with a score above zero");
  if (weights.uids.length < Math.min(setup.minAllowedWeights, setup.uidCount)) return wait("enough miners");
  const limitEnds = own.lastUpdate === 0 ? block : own.lastUpdate + setup.rateLimitBlocks;
  // The call lands in the block after this one.
  if (limitEnds > block + 1) return wait("the rate limit", limitEnds - block - 1);
  if (entry?.state === "failed") {
    const ready = (entry.failedBlock ?? 0) + retryDelay(entry.attempts, epoch.tempo);
    if (ready > block) return wait("retry delay", ready - block);
  }
  const lastChance = closingBlocks(epoch.tempo) + 2;
  if (input.firstEver && input.roundsCounted < patientRounds && untilEpoch > lastChance) {
    return wait("more rounds before the first weights", untilEpoch - lastChance);
  }
  return { kind: "submit", mode, weights };
}

/**
 * How a subnet wants its weights: set directly with commit-reveal off; else by the chain's commit-reveal version, timelocked for 4, as a hash that
 * the validator opens itself up to 2 (those calls exist whatever the version). Undefined for a version that is not known. Pure.
 */
export function submitMode(setup: Pick<WeightsSetup, "commitRevealEnabled" | "commitRevealVersion">) {
  if (!setup.commitRevealEnabled) return "plain";
  if (setup.commitRevealVersion === 4) return "timelocked";
  return setup.commitRevealVersion <= 2 ? "hash" : undefined;
}

/** Blocks to wait after a failed attempt: doubled each time, at most a fifth of the tempo. */
export function retryDelay(attempts: number, tempo: number): number {
  return Math.max(1, Math.min(2 ** Math.max(0, attempts - 1), Math.floor(tempo / 5)));
}

/** Nothing more is to be sent in this entry's epoch. */
export function isSettled({ state }: LedgerEntry): boolean {
  return state !== "intent" && state !== "submitted" && state !== "failed";
}

function wait(reason: WaitReason, blocks?: number): WeightsDecision {
  return { kind: "wait", reason, blocks };
}
