import type { QueueName } from "./queue/jobs.ts";

/**
 * The parts of a validator's work. Together in one process, or apart on several machines around one Redis: `plan` draws the rounds by chain time and
 * looks after those under way, `query` asks miners, `score` scores and counts, `weights` puts weights on chain.
 */
export const roleNames = ["plan", "query", "score", "weights"] as const;
export type Role = (typeof roleNames)[number];

/** The queues that a role works on. Weights follow the blocks, not a queue. */
export const queuesOfRole: Readonly<Record<Role, readonly QueueName[]>> = {
  plan: ["plan", "tick"],
  query: ["query"],
  score: ["settle"],
  weights: [],
};

/** The queues that a process with these roles works on. */
export function queuesOf(roles: readonly Role[]): readonly QueueName[] {
  return roles.flatMap((role) => queuesOfRole[role]);
}

/** True for roles that go by blocks. The others know of the chain what the plan of a round says. */
export function needsChain(roles: readonly Role[]): boolean {
  return roles.includes("plan") || roles.includes("weights");
}

/** True for roles that sign with the hotkey: requests to miners, weights, and the evidence of rounds. */
export function needsKey(roles: readonly Role[], keepsEvidence: boolean): boolean {
  return roles.includes("query") || roles.includes("weights") || (keepsEvidence && roles.includes("score"));
}
