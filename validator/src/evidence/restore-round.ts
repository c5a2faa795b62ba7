import { inflateRawSync } from "node:zlib";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { OrganicPair } from "../organic/organic-pair.ts";
import type { Outcome } from "../round/outcome.ts";
import type { Plan } from "../round/plan-record.ts";
import type { RoundEntry, WitnessedOutcome } from "./entry.ts";
import { replyBounds } from "./round-entry.ts";

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
  let complete = true;
  const outcomes: Map<string, Outcome>[] = [];
  for (const witnessed of entry.outcomes) {
    const byHotkey = new Map<string, Outcome>();
    for (const [i, outcome] of witnessed.entries()) {
      const hotkey = entry.miners[i]?.[0];
      if (outcome === null || hotkey === undefined) continue;
      const found = restoreOutcome(outcome, lines);
      if (found.kind === "wrong") return { hotkey, problem: found.problem };
      if (found.kind === "kept") byHotkey.set(hotkey, found.value);
      else complete = false;
    }
    outcomes.push(byHotkey);
  }
  const organic: OrganicPair[] = [];
  for (const pair of entry.organic ?? []) {
    const { id, taskId, hotkey } = pair;
    const request = lineOf({ line: pair.requestLine, sha256: pair.requestSha256 }, lines);
    const outcome = restoreOutcome(pair.outcome, lines);
    if (request.kind === "wrong") return { hotkey, problem: request.problem };
    if (outcome.kind === "wrong") return { hotkey, problem: outcome.problem };
    if (request.kind === "kept" && outcome.kind === "kept")
      organic.push({ id, taskId, hotkey, atMs: 0, request: request.value, outcome: outcome.value });
    else complete = false;
  }
  return { plan: planOf(entry, netuid, organic), outcomes, complete };
}

function planOf(entry: RoundEntry, netuid: number, organic: OrganicPair[]): Plan {
  const { round, block, blockHash, seed, alpha, sample } = entry;
  return {
    version: 1,
    netuid,
    round,
    block,
    blockHash,
    seed,
    alpha,
    plannedAtMs: 0,
    deadlineMs: 0,
    tasks: entry.tasks.map(({ id, share }) => ({ id, share })),
    miners: entry.miners.map(([hotkey, uid]) => ({ hotkey, uid, endpoint: null })),
    ...(sample === undefined ? {} : { sample }),
    ...(entry.organic === undefined ? {} : { organic }),
  };
}

/** Something of which the entry has the hash: as it was, too large to have been kept, or not what the entry speaks of. */
type Found<T> =
  | { readonly kind: "kept"; readonly value: T }
  | { readonly kind: "too-large" }
  | { readonly kind: "wrong"; readonly problem: string };

function restoreOutcome(outcome: WitnessedOutcome, lines: readonly string[]): Found<Outcome> {
  if (outcome.kind !== "answered") return { kind: "kept", value: outcome };
  const found = lineOf(outcome, lines);
  if (found.kind !== "kept") return found;
  const body = JSON.parse(found.value) as unknown;
  return { kind: "kept", value: { kind: "answered", latencyMs: outcome.latencyMs, body } };
}

function lineOf(
  { line, sha256 }: { readonly line: number | null; readonly sha256: string },
  lines: readonly string[],
): Found<string> {
  if (line === null) return { kind: "too-large" };
  const text = lines[line];
  if (text === undefined) return { kind: "wrong", problem: "is missing" };
  const hash = sha256Hex(text);
  return hash === sha256 ? { kind: "kept", value: text } : { kind: "wrong", problem: `has hash ${hash}` };
}
