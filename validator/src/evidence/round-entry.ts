import { deflateRawSync, inflateRawSync } from "node:zlib";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { ema } from "@subnetkit/shared/scoring";
import type { Outcome } from "../round/outcome.ts";
import type { Plan } from "../round/plan-record.ts";
import type { RoundScore, TaskReplies } from "../round/score.ts";
import type { BeforeSettle } from "../store/before-settle.ts";
import type { RoundEntry } from "./entry.ts";

/** A round that was counted: its inputs, its scores, and the moving averages it found. */
export type CountedRound = {
  readonly plan: Plan;
  readonly replies: readonly TaskReplies[];
  readonly scores: readonly RoundScore[];
  readonly before: BeforeSettle;
};

/** What is kept of replies, so that nobody fills the log: bytes of one reply, and of all replies of a round, before compression. */
export const replyBounds = { oneBytes: 64 * 1024, roundBytes: 8 * 1024 * 1024 } as const;

/** A round's entry, and its replies compressed (undefined when there are none to keep). */
export type WitnessedRound = {
  readonly body: Omit<RoundEntry, "replies">;
  readonly replies: Uint8Array | undefined;
};

/** Makes the entry of a round. Pure. */
export function witnessRound(
  { plan, replies, scores, before }: CountedRound,
  bounds: { readonly oneBytes: number; readonly roundBytes: number } = replyBounds,
): WitnessedRound {
  const lines: string[] = [];
  let keptBytes = 0;
  /** The line of a reply, or null when keeping it would take too much. */
  const keep = (text: string): number | null => {
    const bytes = Buffer.byteLength(text);
    if (bytes > bounds.oneBytes || keptBytes + bytes > bounds.roundBytes) return null;
    keptBytes += bytes;
    return lines.push(text) - 1;
  };
  const witness = (outcome: Outcome | undefined): RoundEntry["outcomes"][number][number] => {
    if (outcome?.kind !== "answered") return outcome ?? null;
    const text = JSON.stringify(outcome.body) ?? "null";
    return { kind: "answered", latencyMs: outcome.latencyMs, sha256: sha256Hex(text), line: keep(text) };
  };
  const body = {
    kind: "round",
    round: plan.round,
    previous: before.previous,
    block: plan.block,
    blockHash: plan.blockHash,
    seed: plan.seed,
    alpha: plan.alpha,
    tasks: plan.tasks.map(({ id, share }, i) => ({ id, share, requestSha256: requestHash(replies[i]) })),
    miners: plan.miners.map(({ hotkey, uid }): [string, number] => [hotkey, uid]),
    outcomes: replies.map(({ outcomes }) => plan.miners.map(({ hotkey }) => witness(outcomes.get(hotkey)))),
    scores: scores.map(({ hotkey, score }): [string, number, number | null, number] => {
      const old = before.emas.get(hotkey);
      return [hotkey, score, old ?? null, ema(old, score, plan.alpha)];
    }),
  } as const;
  return { body, replies: lines.length === 0 ? undefined : deflateRawSync(lines.join("\n"), { level: 1 }) };
}

/** The hash of the request that every miner got: what a challenge drawn again must have. */
export function requestHash(replies: Pick<TaskReplies, "challenge"> | undefined): string {
  return sha256Hex(JSON.stringify(replies?.challenge.request) ?? "");
}

/** The inputs of a round again, out of its entry. */
export type RestoredRound = {
  readonly plan: Plan;
  /** By task, in the plan's order. */
  readonly outcomes: readonly ReadonlyMap<string, Outcome>[];
  /** False when replies were too large to keep: then scores cannot be computed again. */
  readonly complete: boolean;
};

/** The replies of a round, line by line. Throws what zlib throws for bytes that are no replies, or too many. */
export function repliesOf(compressed: Uint8Array): string[] {
  const text = inflateRawSync(compressed, { maxOutputLength: 2 * replyBounds.roundBytes }).toString("utf8");
  return text.split("\n");
}

/** Puts a round together again. Pure. `problem` names the first reply that is not the one the entry speaks of. */
export function restoreRound(
  entry: RoundEntry,
  netuid: number,
  lines: readonly string[],
): RestoredRound | { readonly problem: string; readonly hotkey: string } {
  const plan: Plan = {
    version: 1,
    netuid,
    round: entry.round,
    block: entry.block,
    blockHash: entry.blockHash,
    seed: entry.seed,
    alpha: entry.alpha,
    plannedAtMs: 0,
    deadlineMs: 0,
    tasks: entry.tasks.map(({ id, share }) => ({ id, share })),
    miners: entry.miners.map(([hotkey, uid]) => ({ hotkey, uid, endpoint: null })),
  };
  let complete = true;
  const outcomes: Map<string, Outcome>[] = [];
  for (const witnessed of entry.outcomes) {
    const byHotkey = new Map<string, Outcome>();
    for (const [i, outcome] of witnessed.entries()) {
      const hotkey = entry.miners[i]?.[0];
      if (outcome === null || hotkey === undefined) continue;
      if (outcome.kind !== "answered") {
        byHotkey.set(hotkey, outcome);
        continue;
      }
      if (outcome.line === null) {
        complete = false;
        continue;
      }
      const line = lines[outcome.line];
      if (line === undefined || sha256Hex(line) !== outcome.sha256)
        return { hotkey, problem: line === undefined ? "is missing" : `has hash ${sha256Hex(line)}` };
      byHotkey.set(hotkey, { kind: "answered", latencyMs: outcome.latencyMs, body: JSON.parse(line) as unknown });
    }
    outcomes.push(byHotkey);
  }
  return { plan, outcomes, complete };
}
