import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import type { DialectStore } from "../../store/dialect-store.ts";
import type { PlannedMiner } from "../plan-record.ts";
import { placeOf, type Spoken, stillHolds } from "./spoken.ts";

/** Which dialect which of some miners speaks: read once before they are asked, written once after. */
export interface DialectMemory {
  /** The dialect a miner understood last, undefined when it is unknown or the miner moved since. */
  known(miner: PlannedMiner): DialectName | undefined;
  /** A miner understood this dialect. */
  learn(miner: PlannedMiner, dialect: DialectName): void;
  /** Keeps what was learnt. Rejects when the store does not take it. */
  flush(): Promise<void>;
}

/** Reads what is known of these miners. */
export async function openDialectMemory(
  miners: readonly PlannedMiner[],
  { store, nowMs }: { readonly store: DialectStore; readonly nowMs: () => number },
): Promise<DialectMemory> {
  const stored = await store.of(miners.map(({ hotkey }) => hotkey));
  const learnt = new Map<string, Spoken>();

  const known = (miner: PlannedMiner): DialectName | undefined => {
    const spoken = learnt.get(miner.hotkey) ?? stored.get(miner.hotkey);
    return spoken !== undefined && stillHolds(spoken, miner, nowMs()) ? spoken.dialect : undefined;
  };
  return {
    known,
    learn(miner, dialect) {
      const place = placeOf(miner);
      if (place === undefined || known(miner) === dialect) return;
      learnt.set(miner.hotkey, { dialect, place, learntAtMs: nowMs() });
    },
    flush: () => store.keep(learnt),
  };
}
