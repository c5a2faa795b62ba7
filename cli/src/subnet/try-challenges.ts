import type { SubnetDefinition } from "@subnetkit/shared/subnet/define-subnet";
import { makeChallenge } from "@subnetkit/shared/subnet/make-challenge";
import { createScoreEnv } from "@subnetkit/shared/subnet/score-env";

const SEEDS = 3;

/**
 * Draws a few challenges of every task. What cannot be drawn here is drawn in no round, where no more is seen of it than miners that nobody asks.
 * Throws E_CHALLENGE_FAILED or E_CHALLENGE_INVALID.
 */
export async function tryChallenges({ tasks }: SubnetDefinition): Promise<void> {
  for (const task of Object.values(tasks))
    for (let i = 0; i < SEEDS; i++) await makeChallenge(task, createScoreEnv({ block: i, seed: `trial ${i}` }));
}
