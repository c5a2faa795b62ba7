import type { CastMember } from "../harness/network.ts";
import type { Random } from "../harness/random.ts";

/** A validator in one process. */
export const together: readonly CastMember[] = [{ name: "validator", evidence: true }];

/** Two processes of one validator that do everything, beside each other. */
const beside: readonly CastMember[] = [
  { name: "validator-a", evidence: true },
  { name: "validator-b", evidence: true },
];

/** Every role in a process of its own, the one that asks miners twice. */
const apart: readonly CastMember[] = [
  { name: "plan", roles: ["plan"], evidence: false },
  { name: "query-a", roles: ["query"], evidence: false },
  { name: "query-b", roles: ["query"], evidence: false },
  { name: "score", roles: ["score"], evidence: true },
  { name: "weights", roles: ["weights"], evidence: true },
];

/** One of the ways to spread a validator over processes, by the seed. */
export function anyCast(random: Random): readonly CastMember[] {
  return random.pick([together, beside, apart]);
}
