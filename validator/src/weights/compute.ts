import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";
import { applyShape, type Shape, toU16Weights } from "@subnetkit/shared/scoring";

/** Weights ready for the chain, and whom each uid means. Parallel lists, uids ascending. */
export type ComputedWeights = {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly hotkeys: readonly string[];
};

/** What weights need of a subnet: who holds each uid, and how many weights are the least. */
export type WeighableSubnet = {
  readonly neurons: readonly Pick<Neuron, "uid" | "hotkey">[];
  readonly hyperparameters: Pick<Metagraph["hyperparameters"], "minAllowedWeights">;
};

export type ComputeInput = {
  /** Score by hotkey, 0 to 1. */
  readonly scores: ReadonlyMap<string, number>;
  readonly metagraph: WeighableSubnet;
  /** Ourselves: never weighted. */
  readonly ownHotkey: string;
  readonly shape: Shape;
};

/**
 * Turns scores by hotkey into the chain's weights by uid. Pure. A score counts only for the uid its hotkey holds in this metagraph: a uid that
 * changed hands starts with nothing, a hotkey that left gets nothing. Zero weights are left out, except as many as the subnet's minimum count
 * needs. Undefined when no score is positive.
 */
export function computeWeights({ scores, metagraph, ownHotkey, shape }: ComputeInput): ComputedWeights | undefined {
  const others = metagraph.neurons.filter((neuron) => neuron.hotkey !== ownHotkey);
  const values = toU16Weights(
    applyShape(
      shape,
      others.map((neuron) => scores.get(neuron.hotkey) ?? 0),
    ),
  );
  return withoutZeros(
    others.map(({ uid, hotkey }, i) => ({ uid, hotkey, value: values[i] ?? 0 })),
    Math.min(metagraph.hyperparameters.minAllowedWeights, metagraph.neurons.length),
  );
}

/**
 * Weights of an earlier epoch for the present metagraph, by hotkey: what is set when there is nothing better. Undefined when none of their
 * hotkeys is left.
 */
export function remapWeights(
  earlier: ComputedWeights,
  metagraph: WeighableSubnet,
  ownHotkey: string,
): ComputedWeights | undefined {
  const byHotkey = new Map(earlier.hotkeys.map((hotkey, i) => [hotkey, earlier.values[i] ?? 0]));
  return computeWeights({ scores: byHotkey, metagraph, ownHotkey, shape: { kind: "linear" } });
}

/** The hotkeys that no longer hold the uid the weights mean; empty when all is well. Pure. */
export function changedHands(weights: ComputedWeights, metagraph: Metagraph): readonly string[] {
  return weights.hotkeys.filter((hotkey, i) => metagraph.neurons[weights.uids[i] ?? -1]?.hotkey !== hotkey);
}

type Row = { readonly uid: number; readonly hotkey: string; readonly value: number };

function withoutZeros(rows: readonly Row[], minimum: number): ComputedWeights | undefined {
  const positive = rows.filter((row) => row.value > 0);
  if (positive.length === 0) return undefined;
  const padding = rows.filter((row) => row.value === 0).slice(0, Math.max(0, minimum - positive.length));
  const kept = [...positive, ...padding].sort((a, b) => a.uid - b.uid);
  return {
    uids: kept.map((row) => row.uid),
    values: kept.map((row) => row.value),
    hotkeys: kept.map((row) => row.hotkey),
  };
}
