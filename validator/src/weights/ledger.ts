import { appError } from "@subnetkit/shared/errors/app-error";
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
  /** `kept`: where the text of this write must stand afterwards. */
  async function write(
    entry: readonly (string | number)[],
    text: string,
    ...kept: Parameters<Replicate>
  ): Promise<void> {
    const written = await runScript(
      redis,
      fencedWriteScript,
      [keys.writer, keys.writerTurn, keys.ledger, keys.guard],
      [lease(), ...entry],
    );
    if (written !== 1) throw leaseLost(undefined);
    // A master that has taken over meanwhile may not have it: what was to follow from this write must not be done.
    if (replicate !== undefined && (await replicate(...kept)) !== text) throw appError("E_REDIS_NOT_REPLICATED");
  }

  return {
    put(entry) {
      const text = JSON.stringify(entry);
      return write(["ledger", entry.epoch, text, keptEpochs], text, keys.ledger, String(entry.epoch));
    },
    putGuard(record) {
      const text = JSON.stringify(record);
      return write(["guard", text], text, keys.guard);
    },
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
