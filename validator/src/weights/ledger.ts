import type { RedisClient } from "../queue/connection.ts";
import type { StateKeys } from "../store/keys.ts";
import type { Replicate } from "../store/replicate.ts";
import { runScript } from "../store/run-script.ts";
import { fencedWriteScript } from "../store/scripts/fenced-write.ts";
import { leaseLost } from "../store/writer-lease.ts";
import { type GuardRecord, guardRecordSchema } from "./guard-record.ts";
import { type LedgerEntry, ledgerEntrySchema } from "./ledger-entry.ts";

/** Epochs kept. */
export const keptEpochs = 100;

/** The weights of the last epochs, durable. Writes reject with E_WEIGHTS_LEASE when another process sets weights by now. */
export interface WeightsLedger {
  /** Writes an entry, replacing that of the same epoch, and drops what is too old. Resolves when Redis has it. */
  put(entry: LedgerEntry): Promise<void>;
  /** Newest epoch first. */
  entries(): Promise<readonly LedgerEntry[]>;
  /** Replaces what the doppelganger guard remembers. Resolves when Redis has it. */
  putGuard(record: GuardRecord): Promise<void>;
  guard(): Promise<GuardRecord | undefined>;
}

/**
 * Makes the ledger over a connection that fails fast. `lease` is what its writes are made under; without one nobody else may write. With `replicate` a
 * write is done once a replica has it too.
 */
export function createWeightsLedger(
  redis: RedisClient,
  keys: StateKeys,
  lease: () => string = () => "",
  replicate?: Replicate,
): WeightsLedger {
  async function write(...entry: (string | number)[]): Promise<void> {
    const written = await runScript(
      redis,
      fencedWriteScript,
      [keys.writer, keys.ledger, keys.guard],
      [lease(), ...entry],
    );
    if (written !== 1) throw leaseLost(undefined);
    await replicate?.(keys.last);
  }

  return {
    put: (entry) => write("ledger", entry.epoch, JSON.stringify(entry), keptEpochs),
    putGuard: (record) => write("guard", JSON.stringify(record)),
    async entries() {
      const all = Object.values(await redis.hgetall(keys.ledger)).map((text) =>
        ledgerEntrySchema.parse(JSON.parse(text)),
      );
      return all.sort((a, b) => b.epoch - a.epoch);
    },
    async guard() {
      const text = await redis.get(keys.guard);
      return text === null ? undefined : guardRecordSchema.parse(JSON.parse(text));
    },
  };
}
