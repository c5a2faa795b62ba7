import { createHash } from "node:crypto";

/** A source of numbers in [0, 1), 53 random bits each. */
export type RandomSource = () => number;

/** A seeded generator. Same seed, same numbers, on every machine and engine. Not for secrets. */
export type Random = {
  /** The next number in [0, 1), 53 random bits. */
  readonly next: RandomSource;
  /** The next 32 random bits as an unsigned integer. */
  readonly nextUint32: () => number;
  /** An independent generator that depends on this one's seed and the label only, not on how much was drawn. */
  readonly split: (label: string) => Random;
};

/**
 * Seeded pseudo-random numbers: xoshiro128** 1.1 (Blackman and Vigna), its 128-bit state the first half of SHA-256 over a fixed prefix and the seed text.
 * Integer arithmetic only, so that a round replays bit for bit.
 */
export function createRandom(seed: string): Random {
  // Most generators are never drawn from (every reply of a round has one for its scorer): the hash waits for the first number.
  let draw: (() => number) | undefined;
  const nextUint32 = (): number => {
    draw ??= xoshiro128StarStar(stateOf(seed));
    return draw();
  };
  return {
    next: () => {
      const high = nextUint32() >>> 5;
      const low = nextUint32() >>> 6;
      return (high * 0x4000000 + low) / 0x20000000000000;
    },
    nextUint32,
    split: (label) => createRandom(`${seed}\n${label}`),
  };
}

function stateOf(seed: string): [number, number, number, number] {
  const digest = createHash("sha256").update("subnetkit/random/1\n").update(seed, "utf8").digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

/** The bare generator over a state of four unsigned 32-bit words, not all zero. Gives unsigned 32-bit integers. */
export function xoshiro128StarStar(state: readonly [number, number, number, number]): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

/** An integer from 0 to `below` - 1. `below` must be a positive safe integer; the bias is under 2^-20 for any `below` up to 2^33. */
export function randomInt(random: RandomSource, below: number): number {
  return Math.floor(random() * below);
}

/** A copy in random order (Fisher-Yates). */
export function shuffled<T>(random: RandomSource, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInt(random, i + 1);
    const swap = result[i]!;
    result[i] = result[j]!;
    result[j] = swap;
  }
  return result;
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
