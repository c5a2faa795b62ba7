import { createRandom, type RandomSource } from "./random.ts";

/** All that a challenge or a scorer may know besides its arguments: no clock, no network, so that a round replays bit for bit. */
export type ScoreEnv = {
  /** Number of the block the round starts at. */
  readonly block: number;
  /** Seed text of the round; for labelled generators of one's own use `createRandom(env.seed + label)`. */
  readonly seed: string;
  /** The next seeded random number in [0, 1). */
  readonly random: RandomSource;
};

/** What a challenge gets: the same, and a signal that fires when the framework stops waiting for it. */
export type ChallengeEnv = ScoreEnv & { readonly signal: AbortSignal };

/** Where an env is used: one per purpose, so that drawing more numbers in one place changes nothing in another. */
export type ScoreEnvOptions = { readonly block: number; readonly seed: string; readonly label?: string };

/** An env whose numbers depend on the seed and the label only. */
export function createScoreEnv({ block, seed, label = "round" }: ScoreEnvOptions): ScoreEnv {
  return { block, seed, random: createRandom(seed).split(label).next };
}

/** The same block and seed with numbers of their own for `label`, however many were drawn from `env` before. */
export function splitEnv(env: ScoreEnv, label: string): ScoreEnv {
  return createScoreEnv({ block: env.block, seed: env.seed, label });
}
