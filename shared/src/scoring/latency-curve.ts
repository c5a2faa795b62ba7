/** A factor for speed: 1 up to `fullUntilMs`, then falling in a straight line to `floor` at `endMs`, and `floor` after that. */
export type LatencyCurve = {
  readonly fullUntilMs: number;
  /** Greater than `fullUntilMs`; usually the task's timeout, after which there is no reply to score. */
  readonly endMs: number;
  /** 0 to 1. The floor bounds what speed can decide: a reply with quality q never falls below q * floor. */
  readonly floor: number;
};

/** The factor of a latency in milliseconds, `floor` to 1. Latencies that are not numbers get the floor. */
export function latencyCurve(latencyMs: number, { fullUntilMs, endMs, floor }: LatencyCurve): number {
  if (latencyMs <= fullUntilMs) return 1;
  if (!(latencyMs < endMs)) return floor;
  return 1 - ((latencyMs - fullUntilMs) / (endMs - fullUntilMs)) * (1 - floor);
}
