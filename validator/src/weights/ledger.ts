import type { Redis } from "ioredis";
import type { StateKeys } from "../store/keys.ts";
import { type LedgerEntry, ledgerEntrySchema } from "./ledger-entry.ts";

/** Epochs kept. */
export const keptEpochs = 100;

/** The weights of the last epochs, durable. */
export interface WeightsLedger {
  /** Writes an entry, replacing that of the same epoch, and drops what is too old. Resolves when Redis has it. */
  put(entry: LedgerEntry): Promise<void>;
  /** Newest epoch first. */
  entries(): Promise<readonly LedgerEntry[]>;
}

/** Makes the ledger over a connection that fails fast. */
export function createWeightsLedger(redis: Redis, keys: StateKeys): WeightsLedger {
  return {
    async put(entry) {
      await redis.hset(keys.ledger, String(entry.epoch), JSON.stringify(entry));
      const old = (await redis.hkeys(keys.ledger)).filter((epoch) => Number(epoch) <= entry.epoch - keptEpochs);
      if (old.length > 0) await redis.hdel(keys.ledger, ...old);
    },
    async entries() {
      const all = Object.values(await redis.hgetall(keys.ledger)).map((text) =>
        ledgerEntrySchema.parse(JSON.parse(text)),
      );
      return all.sort((a, b) => b.epoch - a.epoch);
    },
  };
}
