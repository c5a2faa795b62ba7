import { z } from "zod";
import { organicPairSchema } from "../organic/organic-pair.ts";
import { sampleSchema } from "./sampling.ts";

/** A miner as the plan of a round pins it. */
export const plannedMinerSchema = z.object({
  hotkey: z.string(),
  uid: z.number().int().nonnegative(),
  /** Address as the chain has it, or null for a neuron that never served an axon. */
  endpoint: z
    .object({
      ip: z.string(),
      port: z.number().int(),
      ipType: z.union([z.literal(4), z.literal(6)]),
      version: z.number().int().optional(),
    })
    .nullable(),
  /** How long it usually takes to answer, milliseconds; absent when it never did. The slowest are asked first. */
  expectMs: z.number().nonnegative().optional(),
  /** Fingerprint of the TLS key that it publishes, hex; absent when it publishes none, or the planner does not ask over TLS. */
  fingerprint: z.string().optional(),
});

/**
 * The pinned inputs of a round: everything that querying, scoring and settling depend on, besides the replies. Written once, before any job
 * of the round exists; jobs read it and nothing else, so a repeated job does the same.
 */
export const planSchema = z.object({
  version: z.literal(1),
  netuid: z.number().int(),
  /** The subnet that the round was planned under: others leave its jobs alone. Absent in plans of before they named it. */
  subnet: z.object({ name: z.string(), version: z.number().int() }).optional(),
  round: z.number().int().nonnegative(),
  /** The block the round was planned at, and its hash. */
  block: z.number().int().nonnegative(),
  blockHash: z.string(),
  /** Seed of the challenges. Whoever has it can replay the round; it is never sent to a miner. */
  seed: z.string(),
  /** Weight of this round in the EMA, in (0, 1]. */
  alpha: z.number().positive().max(1),
  /** Unix milliseconds. */
  plannedAtMs: z.number(),
  /** Unix milliseconds after which nobody is asked any more; who was not asked by then is skipped, not punished. */
  deadlineMs: z.number(),
  /** Task ids with their shares of the score of the round. */
  tasks: z.array(z.object({ id: z.string(), share: z.number().positive() })).min(1),
  miners: z.array(plannedMinerSchema),
  /** How the miners were chosen among all; absent when all are asked. */
  sample: sampleSchema.optional(),
  /** Requests of the subnet's users, answered before, whose answers are scored with this round; absent for none. */
  organic: z.array(organicPairSchema).optional(),
});

export type Plan = z.output<typeof planSchema>;
export type PlannedMiner = z.output<typeof plannedMinerSchema>;
