import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { neuronOf } from "@subnetkit/chain/client/metagraph";
import type { AnchorStanding } from "../evidence/anchor.ts";
import type { Role } from "../roles.ts";
import { type OutcomeCounts, type OutcomeKind, outcomeKinds } from "../round/outcome.ts";
import { median } from "../round/seen.ts";
import type { LeaseHolder } from "../store/writer-lease.ts";
import type { WriterView } from "../weights/writer-view.ts";
import type { WatchedWeights } from "../preview/watch-weights.ts";
import type { Snapshot } from "./snapshot.ts";

/** The document behind `/status`. Numbers that are not known yet are null, never 0. */
export type ValidatorStatus = {
  /** What this process does of the work; the rest is another's on the same Redis. */
  readonly roles: readonly Role[];
  readonly hotkey: string;
  readonly uid: number | null;
  readonly netuid: number;
  readonly subnet: string;
  readonly block: number | null;
  readonly round: number | null;
  readonly validatorPermit: boolean | null;
  readonly vtrust: number | null;
  readonly lastRound: {
    readonly round: number;
    readonly answered: number;
    readonly of: number;
    readonly skipped: number;
    readonly byOutcome: OutcomeCounts;
    readonly medianLatencyMs: number | null;
    readonly tookMs: number;
  } | null;
  readonly scores: readonly ScoreRow[];
  readonly weights: {
    readonly lastSubmittedBlock: number | null;
    readonly lastRevealedBlock: number | null;
    readonly epoch: number | null;
    readonly nextAttempt: number | null;
    readonly waitingFor: string | null;
    /** The process that sets weights at present, `name (pid on place)`; null when it is not known here. */
    readonly setBy: string | null;
  };
  /** What the weights submitted last were expected to bring, and validators whose weights look copied; null before the first. */
  readonly preview: (WatchedWeights["preview"] & { readonly copies: WatchedWeights["copies"] }) | null;
  /** The newest entry of the evidence log, and how many are missing since the start; null when none is kept. */
  readonly evidence: EvidenceState | null;
};

/** Where the evidence log stands, and what the chain has of it; `commit` is null in a process that commits nothing. */
export type EvidenceState = {
  readonly seq: number;
  readonly hash: string;
  readonly missing: number;
  readonly commit: AnchorStanding | null;
};

/** One miner, by its present uid. `score` is the moving average, `weight` its share of the weights submitted last (0 to 1). */
export type ScoreRow = {
  readonly uid: number;
  readonly hotkey: string;
  readonly score: number;
  readonly lastScore: number | null;
  readonly lastOutcome: OutcomeKind | null;
  readonly lastReason: string | null;
  readonly p50LatencyMs: number | null;
  readonly weight: number | null;
};

export type StatusInput = {
  readonly roles: readonly Role[];
  readonly hotkey: string;
  readonly netuid: number;
  readonly subnet: string;
  readonly block: number | undefined;
  readonly round: number | undefined;
  readonly metagraph: Metagraph | undefined;
  readonly snapshot: Snapshot;
  /** Undefined in a process without the weights role. */
  readonly weights: WriterView | undefined;
  readonly writer?: LeaseHolder | undefined;
  readonly watched?: WatchedWeights | undefined;
  readonly evidence?: EvidenceState | undefined;
};

/** Builds the status document. Pure. Hotkeys that left the subnet are not shown. */
export function buildStatus(input: StatusInput): ValidatorStatus {
  const { metagraph, snapshot, weights, writer } = input;
  const own = metagraph === undefined ? undefined : neuronOf(metagraph, input.hotkey);
  return {
    roles: input.roles,
    hotkey: input.hotkey,
    uid: own?.uid ?? null,
    netuid: input.netuid,
    subnet: input.subnet,
    block: input.block ?? null,
    round: input.round ?? null,
    validatorPermit: own?.validatorPermit ?? null,
    vtrust: own === undefined ? null : own.validatorTrust / 65_535,
    lastRound: lastRoundOf(snapshot),
    scores: metagraph === undefined ? [] : scoreRows(metagraph, snapshot, weights?.weights ?? new Map()),
    weights: {
      lastSubmittedBlock: weights?.lastSubmittedBlock ?? null,
      lastRevealedBlock: weights?.lastRevealedBlock ?? null,
      epoch: weights?.epoch ?? null,
      nextAttempt: weights?.nextAttempt ?? null,
      waitingFor: weights?.waitingFor ?? null,
      setBy: writer === undefined ? null : `${writer.name} (${writer.pid} on ${writer.place.split(" ", 1)[0] ?? "?"})`,
    },
    preview: input.watched === undefined ? null : { ...input.watched.preview, copies: input.watched.copies },
    evidence: input.evidence ?? null,
  };
}

function lastRoundOf({ lastRound }: Snapshot): ValidatorStatus["lastRound"] {
  if (lastRound === undefined) return null;
  const { round, answered, of, skipped, medianLatencyMs, tookMs } = lastRound;
  const byOutcome = Object.fromEntries(outcomeKinds.map((kind) => [kind, lastRound[kind]])) as OutcomeCounts;
  return { round, answered, of, skipped, byOutcome, medianLatencyMs, tookMs };
}

function scoreRows(metagraph: Metagraph, { standings }: Snapshot, weights: ReadonlyMap<string, number>): ScoreRow[] {
  return metagraph.neurons.flatMap(({ uid, hotkey }): ScoreRow[] => {
    const standing = standings.get(hotkey);
    if (standing === undefined) return [];
    const { ema, seen } = standing;
    return [
      {
        uid,
        hotkey,
        score: ema,
        lastScore: seen?.score ?? null,
        lastOutcome: seen?.outcome ?? null,
        lastReason: seen?.reason ?? null,
        p50LatencyMs: median(seen?.latencies ?? []) ?? null,
        weight: weights.get(hotkey) ?? (weights.size === 0 ? null : 0),
      },
    ];
  });
}
