import { isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { RedisClient } from "../queue/connection.ts";
import type { StateKeys } from "../store/keys.ts";
import type { Replicate } from "../store/replicate.ts";
import type { WriterLease } from "../store/writer-lease.ts";
import { createWeightsLedger, type WeightsLedger } from "./ledger.ts";
import type { WeightsWriter } from "./writer.ts";
import type { WriterView } from "./writer-view.ts";

/** What a writer that may be replaced is made with. */
export type UnderLease = {
  /** Writes only while the lease is in force. */
  readonly ledger: WeightsLedger;
  /** Whether what was signed elsewhere is a doppelganger's: not when it is that of the process that has replaced us. */
  readonly stillWriter: () => Promise<boolean>;
};

/** A writer that acts while its process has the lease, and stands by otherwise. */
export type LeasedWriter = Pick<WeightsWriter, "onHead" | "view">;

/**
 * Puts a writer under a lease. Whoever gets the lease reads the ledger and what the guard remembers first, so it knows every extrinsic that its
 * predecessor signed: they were written down before the chain heard of them, and what the predecessor would write from now on is refused.
 */
export function createLeasedWriter(
  modules: {
    readonly lease: WriterLease;
    readonly redis: RedisClient;
    readonly keys: StateKeys;
    readonly replicate?: Replicate | undefined;
    readonly log: Logger;
  },
  make: (under: UnderLease) => WeightsWriter,
): LeasedWriter {
  const { lease, redis, keys, replicate, log } = modules;
  /** The lease that the ledger was read under; a later one of the same process needs it read again. */
  let under: string | undefined;
  const writer = make({
    ledger: createWeightsLedger(redis, keys, () => under ?? "none", replicate),
    stillWriter: async () => under !== undefined && (await lease.confirm(under)),
  });

  return {
    async onHead(head, signal) {
      const held = lease.held();
      if (held === undefined) {
        under = undefined;
        return;
      }
      try {
        if (held !== under) {
          under = undefined;
          await writer.load();
          under = held;
        }
        await writer.onHead(head, signal);
      } catch (error) {
        // A ledger that was read under a lease that is gone is read again.
        const lost = isAppError(error, "E_WEIGHTS_LEASE");
        if (lost || held !== lease.held()) under = undefined;
        if (!lost) throw error;
        await lease.confirm(held);
        log.warn("another process sets weights by now: what was under way here is left to it");
      }
    },
    view(): WriterView {
      const view = writer.view();
      if (under !== undefined) return view;
      return { ...view, waitingFor: "the writer's lease", nextAttempt: undefined, weights: new Map() };
    },
  };
}
