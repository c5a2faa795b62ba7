import { appError } from "../errors/app-error.ts";
import { assertNever } from "../util/assertNever.ts";
import { normalise, positiveOrZero } from "./normalise.ts";

/**
 * How scores become weights, as data.
 *
 * - `linear`: in proportion to the score.
 * - `power`: in proportion to score ^ exponent (above 0, at most 64): above 1 favours the best.
 * - `softmax`: in proportion to e ^ (beta * score), beta above 0, at most 1000.
 * - `topK`: linear among the k best (1 or more), nothing for the rest; of equals the earlier one counts as better.
 * - `rank`: decay ^ place (place 0 is the best, decay above 0 and below 1); equals share the mean of their places.
 *
 * In every shape a score of 0 earns a weight of 0.
 */
export type Shape =
  | { readonly kind: "linear" }
  | { readonly kind: "power"; readonly exponent: number }
  | { readonly kind: "softmax"; readonly beta: number }
  | { readonly kind: "topK"; readonly k: number }
  | { readonly kind: "rank"; readonly decay: number };

/** Throws E_SHAPE when a shape is unknown or a parameter is out of the bounds given at {@link Shape}. */
export function checkShape(shape: Shape): void {
  switch (shape.kind) {
    case "linear":
      return;
    case "power":
      checkParameter("exponent", shape.exponent, shape.exponent > 0 && shape.exponent <= 64);
      return;
    case "softmax":
      checkParameter("beta", shape.beta, shape.beta > 0 && shape.beta <= 1000);
      return;
    case "topK":
      checkParameter("k", shape.k, Number.isInteger(shape.k) && shape.k >= 1);
      return;
    case "rank":
      checkParameter("decay", shape.decay, shape.decay > 0 && shape.decay < 1);
      return;
    default:
      throw appError("E_SHAPE", { problem: "has an unknown kind" });
  }
}

function checkParameter(name: string, value: unknown, ok: boolean): void {
  if (typeof value !== "number" || !ok)
    throw appError("E_SHAPE", { problem: `has ${name} ${String(value)}, which is out of bounds` });
}

/**
 * The weights of a list of scores: 0 to 1 each, summing to 1, or all 0 when no score is positive. Negative and non-finite scores count as 0.
 * Order in every shape follows the scores: a greater score never gets a smaller weight.
 */
export function applyShape(shape: Shape, scores: readonly number[]): number[] {
  const clean = scores.map(positiveOrZero);
  const best = Math.max(0, ...clean);
  if (best === 0) return clean;
  return normalise(rawWeights(shape, clean, best));
}

function rawWeights(shape: Shape, scores: readonly number[], best: number): readonly number[] {
  switch (shape.kind) {
    case "linear":
      return scores;
    case "power":
      return scores.map((score) => (score / best) ** shape.exponent);
    case "softmax":
      return scores.map((score) => (score === 0 ? 0 : Math.exp(shape.beta * (score - best))));
    case "topK":
      return topK(scores, shape.k);
    case "rank":
      return byRank(scores, shape.decay);
    default:
      return assertNever(shape, "a weight shape");
  }
}

/** Indices from the best score to the worst; equals keep their order. */
function ranking(scores: readonly number[]): number[] {
  return scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

function topK(scores: readonly number[], k: number): number[] {
  const result = scores.map(() => 0);
  for (const i of ranking(scores).slice(0, k)) result[i] = scores[i]!;
  return result;
}

function byRank(scores: readonly number[], decay: number): number[] {
  const result = scores.map(() => 0);
  const order = ranking(scores).filter((i) => scores[i]! > 0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    let total = 0;
    for (; end < order.length && scores[order[end]!] === scores[order[start]!]; end++) total += decay ** end;
    for (let place = start; place < end; place++) result[order[place]!] = total / (end - start);
    start = end;
  }
  return result;
}
