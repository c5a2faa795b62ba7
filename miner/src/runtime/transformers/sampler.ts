/** How the next token is chosen. */
export type Sampling = {
  /** 0 takes the likeliest. */
  readonly temperature: number;
  /** Above 0 up to 1; 1 for no such limit. */
  readonly topP: number;
  /** 0 for no such limit. */
  readonly topK: number;
  /** 1 for none. */
  readonly repetitionPenalty: number;
};

/**
 * Chooses a token by its logits: penalty for tokens that are there already (divided when positive, multiplied when negative: Keskar et al. 2019), then
 * temperature, the `topK` likeliest, the likeliest that have probability `topP` together, and a draw. The order is that of the common libraries. `random`
 * gives numbers in [0, 1) and is asked once, and not at all for temperature 0. Changes `logits`.
 */
export function chooseToken(
  logits: Float32Array,
  seen: Iterable<number>,
  { temperature, topP, topK, repetitionPenalty }: Sampling,
  random: () => number,
): number {
  if (repetitionPenalty !== 1) {
    for (const id of new Set(seen)) {
      const logit = logits[id];
      if (logit !== undefined) logits[id] = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
    }
  }
  const best = likeliest(logits);
  if (temperature === 0) return best;
  const floor = topK > 0 && topK < logits.length ? (logits.toSorted()[logits.length - topK] as number) : -Infinity;
  const top = logits[best] as number;
  const kept: { id: number; weight: number }[] = [];
  let total = 0;
  for (const [id, logit] of logits.entries()) {
    if (!(logit >= floor)) continue;
    const weight = Math.exp((logit - top) / temperature);
    if (weight === 0) continue;
    kept.push({ id, weight });
    total += weight;
  }
  const drawn = topP < 1 ? nucleus(kept, total, topP) : kept;
  let left = random() * drawn.reduce((sum, { weight }) => sum + weight, 0);
  for (const { id, weight } of drawn) {
    left -= weight;
    if (left < 0) return id;
  }
  return best;
}

/** The fewest tokens, likeliest first, whose probabilities reach `topP`; at least one. */
function nucleus(
  tokens: readonly { readonly id: number; readonly weight: number }[],
  total: number,
  topP: number,
): readonly { readonly id: number; readonly weight: number }[] {
  // All tokens below this together are less than what is left out, so that only the few above need sorting.
  const least = ((1 - topP) * total) / tokens.length;
  const sorted = tokens.filter(({ weight }) => weight >= least).toSorted((a, b) => b.weight - a.weight || a.id - b.id);
  let sum = 0;
  const end = sorted.findIndex(({ weight }) => {
    sum += weight;
    return sum >= topP * total;
  });
  return end === -1 ? sorted : sorted.slice(0, end + 1);
}

/** The first of the largest; NaN is never it. */
function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) {
    if ((logits[i] as number) > (logits[best] as number) || Number.isNaN(logits[best])) best = i;
  }
  return best;
}
