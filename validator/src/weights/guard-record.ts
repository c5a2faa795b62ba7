import { z } from "zod";

const block = z.number().int();

/** What the doppelganger guard must remember over a restart. */
export const guardRecordSchema = z.object({
  version: z.literal(1),
  /** Extrinsics the hotkey had signed at a block, all of them looked at. */
  seen: z.object({ block, nonce: z.number().int() }).optional(),
  /** The quiet tempo under way: its first block, and the unknown facts it began with. */
  watch: z.object({ since: block, lastUpdate: block, hashes: z.array(z.string()) }).optional(),
  /** Unknown facts that a quiet tempo or a take-over has settled. */
  accepted: z.object({ lastUpdate: block, hashes: z.array(z.string()) }).optional(),
  /** The last time the operator said that this validator is the one, whatever the chain shows. */
  takenOver: z.object({ block, lastUpdate: block, nonce: z.number().int() }).optional(),
});

export type GuardRecord = z.output<typeof guardRecordSchema>;
