import type { Redis } from "ioredis";
import type { StateKeys } from "../store/keys.ts";
import { type GuardRecord, guardRecordSchema } from "./guard-record.ts";
import { type LedgerEntry, ledgerEntrySchema } from "./ledger-entry.ts";

/** Epochs kept. */
export const keptEpochs = 100;

/** The weights of the last epochs, durable. */
export interface WeightsLedger {
  /** Writes an entry, replacing that of the same epoch, and drops what is too old. Resolves when Redis has it. */
  put(entry: LedgerEntry): Promise<void>;
  /** Newest epoch first. */
  entries(): Promise<readonly LedgerEntry[]>;
  /** Replaces what the doppelganger guard remembers. Resolves when Redis has it. */
  putGuard(record: GuardRecord): Promise<void>;
  guard(): Promise<GuardRecord | undefined>;
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
    async putGuard(record) {
      await redis.set(keys.guard, JSON.stringify(record));
    },
    async guard() {
      const text = await redis.get(keys.guard);
      return text === null ? undefined : guardRecordSchema.parse(JSON.parse(text));
    },
  };
}
