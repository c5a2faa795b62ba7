export { aboveChance, accuracy } from "./accuracy.ts";
export { ema, emaScores } from "./ema.ts";
export { type LatencyCurve, latencyCurve } from "./latency-curve.ts";
export { normalise } from "./normalise.ts";
export { applyShape, checkShape, type Shape } from "./shape.ts";
export { toU16Weights } from "./u16-weights.ts";
