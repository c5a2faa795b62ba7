import { type AppError, appError } from "@subnetkit/shared/errors/app-error";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { Plan } from "./plan-record.ts";

/**
 * How long after the time of a round its jobs are left to a process with the version of the subnet that it was planned under, milliseconds: processes are
 * replaced one after the other in less. Then the round is given up, since later ones wait for it.
 */
export const foreignPatienceMs = 60_000;

/**
 * E_PLAN_VERSION when a round was planned under another version of the subnet, or another subnet: its challenges and scores are not ours to make, or
 * miners would be asked and judged by rules they were not asked by. Undefined for our own, and for a plan of before plans named their version.
 */
export function foreignPlan({ round, subnet }: Plan, own: SubnetDefinition): AppError | undefined {
  if (subnet === undefined || (subnet.name === own.name && subnet.version === own.version)) return undefined;
  return appError("E_PLAN_VERSION", {
    round,
    planned: `${subnet.name} ${subnet.version}`,
    ours: `${own.name} ${own.version}`,
  });
}
