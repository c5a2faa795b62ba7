import type { LedgerEntry } from "./ledger-entry.ts";

/** What the weight writer tells about; each is also an event to the supervisor. */
export type WriterEvent =
  | {
      readonly type: "weights.submitted";
      readonly epoch: number;
      readonly block: number;
      readonly mode: LedgerEntry["mode"];
      /** Miners that get a weight. */
      readonly count: number;
    }
  | {
      readonly type: "weights.finalized";
      readonly epoch: number;
      readonly block: number;
      readonly mode: LedgerEntry["mode"];
      readonly txHash: string;
    }
  /** Another process signed weights with our hotkey at the same moment, after us. */
  | { readonly type: "weights.contested"; readonly block: number; readonly call: string }
  | { readonly type: "weights.revealed"; readonly epoch: number; readonly block: number }
  | {
      readonly type: "weights.failed";
      readonly epoch: number;
      readonly block: number;
      readonly reason: string;
      readonly remedy: string;
    };
