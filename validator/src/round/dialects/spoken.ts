import { dialectNames } from "@subnetkit/shared/protocol/dialect";
import { z } from "zod";
import type { PlannedMiner } from "../plan-record.ts";

/** What is remembered of a miner: the dialect it understood, and where that was. */
export const spokenSchema = z.object({
  dialect: z.enum(dialectNames),
  /** See {@link placeOf}. */
  place: z.string(),
  /** Unix milliseconds. */
  learntAtMs: z.number(),
});
export type Spoken = z.output<typeof spokenSchema>;

/** A miner that went over to a better dialect without moving is asked in all of them again after this. */
const forgetAfterMs = 6 * 3_600_000;

/** Address and version of the axon a miner announced: another one may be another program. Undefined for a miner without an address. */
export function placeOf({ endpoint }: PlannedMiner): string | undefined {
  return endpoint === null ? undefined : `${endpoint.ip} ${endpoint.port} ${endpoint.version ?? 0}`;
}

/** True while what was learnt of a miner still holds for where it is now. */
export function stillHolds(spoken: Spoken, miner: PlannedMiner, nowMs: number): boolean {
  return spoken.place === placeOf(miner) && nowMs - spoken.learntAtMs < forgetAfterMs;
}
