import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { appError } from "@subnetkit/shared/errors/app-error";
import {
  type AnyTask,
  createScoreEnv,
  type MadeChallenge,
  makeChallenge,
  type ScoreEnv,
  type SubnetDefinition,
} from "@subnetkit/shared/subnet";
import type { Plan } from "./plan-record.ts";

/** The env of a round: what its challenges and scorers see, from the plan alone. */
export function roundEnv(plan: Plan): ScoreEnv {
  return createScoreEnv({ block: plan.block, seed: plan.seed });
}

/** A task of the subnet by id. Throws E_INTERNAL for one that a plan of another version of the subnet names. */
export function taskOf(subnet: SubnetDefinition, id: string): AnyTask {
  const task = subnet.tasks[id];
  if (task === undefined)
    throw appError("E_INTERNAL", { what: `the plan names task ${id}, which the subnet does not have` });
  return task;
}

/**
 * The challenge of a planned task, drawn again from the seed each time it is needed: neither it nor its key is ever stored.
 * Throws what makeChallenge throws.
 */
export function challengeOf(plan: Plan, task: AnyTask, signal?: AbortSignal): Promise<MadeChallenge> {
  return makeChallenge(task, roundEnv(plan), signal === undefined ? {} : { signal });
}

/** The hash of the request that every miner got: what a challenge drawn again must have. */
export function requestHash({ challenge }: Pick<MadeChallenge, "challenge">): string {
  return sha256Hex(JSON.stringify(challenge.request) ?? "");
}
