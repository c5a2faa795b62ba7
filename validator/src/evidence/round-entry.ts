import { deflateRawSync } from "node:zlib";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { ema } from "@subnetkit/shared/scoring";
import type { Outcome } from "../round/outcome.ts";
import type { ScoredPlan } from "../round/settle.ts";
import type { BeforeSettle } from "../store/before-settle.ts";
import type { RoundEntry, WitnessedOutcome } from "./entry.ts";

/** A round that was counted: its inputs, its scores, and the moving averages it found. */
export type CountedRound = Omit<ScoredPlan, "faults"> & { readonly before: BeforeSettle };

/** What is kept of replies, so that nobody fills the log: bytes of one reply, and of all replies of a round, before compression. */
export const replyBounds = { oneBytes: 64 * 1024, roundBytes: 8 * 1024 * 1024 } as const;

/** A round's entry, and its replies compressed (undefined when there are none to keep). */
export type WitnessedRound = {
  readonly body: Omit<RoundEntry, "replies">;
  readonly replies: Uint8Array | undefined;
};

/** Makes the entry of a round. Pure. */
export function witnessRound(
  { plan, replies, scores, givenUp, before }: CountedRound,
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
  const witness = (outcome: Outcome): WitnessedOutcome => {
    if (outcome.kind !== "answered") return outcome;
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
    tasks: plan.tasks.map(({ id, share }, i) => ({ id, share, requestSha256: replies[i]?.requestSha256 ?? "" })),
    miners: plan.miners.map(({ hotkey, uid }): [string, number] => [hotkey, uid]),
    ...(plan.sample === undefined ? {} : { sample: plan.sample }),
    outcomes: replies.map(({ outcomes }) =>
      plan.miners.map(({ hotkey }) => {
        const outcome = outcomes.get(hotkey);
        return outcome === undefined ? null : witness(outcome);
      }),
    ),
    ...(plan.organic === undefined
      ? {}
      : {
          organic: plan.organic.map(({ id, taskId, hotkey, request, outcome }) => ({
            id,
            taskId,
            hotkey,
            requestSha256: sha256Hex(request),
            requestLine: keep(request),
            outcome: witness(outcome),
          })),
        }),
    ...(givenUp.length === 0 ? {} : { givenUp: [...givenUp] }),
    scores: scores.map(({ hotkey, score }): [string, number, number | null, number] => {
      const old = before.emas.get(hotkey);
      return [hotkey, score, old ?? null, ema(old, score, plan.alpha)];
    }),
  } as const;
  return { body, replies: lines.length === 0 ? undefined : deflateRawSync(lines.join("\n"), { level: 1 }) };
}
