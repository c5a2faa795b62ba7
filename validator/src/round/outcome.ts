import type { QueryOutcome } from "@subnetkit/shared/subnet";
import { z } from "zod";

/** Why a reply was not counted as an answer; few known values, fit for a metric label. */
export const refusalReasons = [
  "unauthorized",
  "forbidden",
  "not-found",
  "overloaded",
  "rate-limited",
  "redirect",
  "server-error",
  "bad-request",
  "other",
] as const;
export const malformedReasons = [
  "too-large",
  "unsigned",
  "bad-signature",
  "not-json",
  "schema",
  "truncated",
  "not-http",
] as const;
export const unreachableReasons = ["no-endpoint", "private-address", "connect", "reset", "identity"] as const;

/**
 * What came of asking one miner: a value, never an exception.
 *
 * `answered` is a signed, complete, schema-conforming reply within the time limit; `late` one that was not complete when the limit came;
 * `refused` an answer that says no; `malformed` bytes that are not a reply; `unreachable` no connection, or no address to connect to.
 * Latency is from sending to the last byte, in milliseconds.
 */
export const outcomeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("answered"), latencyMs: z.number().nonnegative(), body: z.unknown() }),
  z.object({ kind: z.literal("late"), latencyMs: z.number().nonnegative(), phase: z.enum(["headers", "body"]) }),
  z.object({
    kind: z.literal("refused"),
    latencyMs: z.number().nonnegative(),
    status: z.number().int(),
    reason: z.enum(refusalReasons),
  }),
  z.object({ kind: z.literal("malformed"), latencyMs: z.number().nonnegative(), reason: z.enum(malformedReasons) }),
  z.object({ kind: z.literal("unreachable"), reason: z.enum(unreachableReasons) }),
]);

export type Outcome = z.output<typeof outcomeSchema>;
export type OutcomeKind = Outcome["kind"];

/** Every kind, in the order they are shown. */
export const outcomeKinds = [
  "answered",
  "late",
  "refused",
  "malformed",
  "unreachable",
] as const satisfies readonly OutcomeKind[];

/** How many of each kind. */
export type OutcomeCounts = Record<OutcomeKind, number>;

/** Counts outcomes by kind. */
export function countOutcomes(outcomes: Iterable<Outcome>): OutcomeCounts {
  const counts: OutcomeCounts = { answered: 0, late: 0, refused: 0, malformed: 0, unreachable: 0 };
  for (const outcome of outcomes) counts[outcome.kind] += 1;
  return counts;
}

/** The outcome's reason as a short label, `-` for an answer. */
export function outcomeReason(outcome: Outcome): string {
  switch (outcome.kind) {
    case "answered":
      return "-";
    case "late":
      return outcome.phase;
    case "refused":
    case "malformed":
    case "unreachable":
      return outcome.reason;
  }
}

/** An outcome as scorers get it: the reply and how long it took, or only that there is none. */
export function queryOutcome(uid: number, outcome: Outcome): QueryOutcome {
  return outcome.kind === "answered"
    ? { kind: "answered", uid, body: outcome.body, latencyMs: outcome.latencyMs }
    : { kind: outcome.kind, uid };
}
