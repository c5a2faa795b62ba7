import type { SparseRow } from "@subnetkit/shared/consensus/epoch";
import { maxUpscaleWeights } from "@subnetkit/shared/fixed/max-upscale";
import { refuseField } from "./check-document.ts";
import type { Snapshot } from "./snapshot.ts";

const MAX_U16 = 65_535;

/** A row of weights that one uid would set in one mechanism, as the chain would store it. */
export type ProposedWeights = { readonly uid: number; readonly mechanism: number; readonly row: SparseRow };

/**
 * Reads a weights document, `[[uid, weight], ...]` or `{"uids": [...], "weights": [...]}` with u16 weights, and scales it as the chain
 * does when it accepts weights (the largest becomes 65535). Throws E_EPOCH_INPUT. Source: spec/economics.md 2.11 and 1.4.
 */
export function parseWeightsRow(document: unknown, uidCount: number): SparseRow {
  const { uids, weights } = columnsOf(document);
  const seen = new Set<number>();
  uids.forEach((uid, k) => {
    const field = `weights.uids[${k}]`;
    if (!isWhole(uid) || uid >= uidCount) refuseField(field, `must be a uid below ${uidCount}`);
    if (seen.has(uid)) refuseField(field, `is uid ${uid} for the second time`);
    seen.add(uid);
  });
  weights.forEach((weight, k) => {
    const field = `weights.weights[${k}]`;
    if (!isWhole(weight)) refuseField(field, "must be a whole number of at least 0");
    if (weight > MAX_U16) refuseField(field, `must be at most ${MAX_U16}`);
  });
  const stored = maxUpscaleWeights(weights as readonly number[]);
  return (uids as readonly number[]).map((uid, k) => [uid, stored[k]!] as const);
}

/**
 * The snapshot with a proposed row in place of the stored one: just accepted, and so younger than every registration and without a commit
 * waiting to be revealed.
 */
export function withWeights(snapshot: Snapshot, { uid, mechanism, row }: ProposedWeights): Snapshot {
  const replaced = <T>(values: readonly T[], value: T): T[] => values.map((old, i) => (i === uid ? value : old));
  return {
    ...snapshot,
    mechanisms: snapshot.mechanisms.map((own, k) =>
      k === mechanism
        ? {
            ...own,
            weights: replaced(own.weights, row),
            lastUpdate: replaced(own.lastUpdate, snapshot.shared.block),
            earliestCommit: replaced(own.earliestCommit, null),
          }
        : own,
    ),
  };
}

function columnsOf(document: unknown): { uids: readonly unknown[]; weights: readonly unknown[] } {
  if (Array.isArray(document)) {
    const pairs = document as readonly unknown[];
    pairs.forEach((pair, k) => {
      if (!Array.isArray(pair) || pair.length !== 2) refuseField(`weights[${k}]`, "must be a pair [uid, weight]");
    });
    const entries = pairs as readonly (readonly unknown[])[];
    return { uids: entries.map(([uid]) => uid), weights: entries.map(([, weight]) => weight) };
  }
  if (typeof document !== "object" || document === null)
    return refuseField("weights", 'must be [[uid, weight], ...] or {"uids": [...], "weights": [...]}');
  const { uids, weights, ...others } = document as Record<string, unknown>;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) refuseField(`weights.${unknown}`, "is not a known field");
  if (!Array.isArray(uids)) return refuseField("weights.uids", "must be an array");
  if (!Array.isArray(weights)) return refuseField("weights.weights", "must be an array");
  if (uids.length !== weights.length)
    refuseField("weights.weights", `must have ${uids.length} entries like uids, not ${weights.length}`);
  return { uids, weights };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
