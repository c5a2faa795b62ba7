import type { EpochInput } from "@subnetkit/shared/consensus/epoch";
import { inverse } from "./adversarial-operands.ts";
import { plainNetwork } from "./networks.ts";

/** Size and rule of a random network; `perRow` is the number of targets each validator weighs. */
export type NetworkShape = {
  readonly n: number;
  readonly validators: number;
  readonly perRow: number;
  readonly yuma3: boolean;
  readonly liquid: boolean;
  readonly seed: number;
};

/** A network in which the first uids validate the rest; the same seed gives the same network. */
export function randomNetwork({ n, validators, perRow, yuma3, liquid, seed }: NetworkShape): EpochInput {
  const random = generator(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const merit = Array.from({ length: n }, () => random());
  const weights = Array.from({ length: n }, (_, i): [number, number][] => {
    if (i >= validators) return [];
    const start = below(n);
    return Array.from({ length: Math.min(perRow, n) }, (_, k) => {
      const j = (start + k) % n;
      return [j, Math.round(65_535 * merit[j]! * (0.8 + 0.2 * random()))];
    });
  });
  return plainNetwork(n, {
    yuma3,
    liquidAlpha: liquid ? { low: 45_875, high: 58_982, steepness: 1_000 } : null,
    bondsPenalty: seed % 2 === 0 ? 65_535 : 40_000,
    maxValidators: validators,
    emissionRao: 360_000_000_000n,
    stake: {
      kind: "total",
      totalRao: Array.from({ length: n }, (_, i) => (i < validators ? BigInt(1 + below(2 ** 48)) : 0n)),
    },
    permits: Array.from({ length: n }, (_, i) => i < validators),
    weights,
  });
}

/** Networks whose rao amounts are products a unit or so below a multiple of 2^32: only a corrected product floors them right. */
export function adversarialNetworks(): EpochInput[] {
  const thirdOfOne = (1n << 32n) / 3n;
  return [1n, 2n, 3n, 5n].map((distance) => {
    const low = ((-distance * inverse(thirdOfOne)) % 2n ** 32n) + 2n ** 32n;
    return plainNetwork(2, {
      stake: { kind: "total", totalRao: [1n, 2n] },
      permits: [false, false],
      emissionRao: low + 2n ** 34n,
    });
  });
}

/** A small deterministic generator of numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
