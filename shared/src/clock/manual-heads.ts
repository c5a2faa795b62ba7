import type { Head, HeadSource } from "./block-clock.ts";

/** A head source that a test drives by hand. */
export type ManualHeads = {
  readonly subscribe: HeadSource;
  /** Announces a head; the hash is made from the number unless given. */
  push(number: number, hash?: string): Head;
  /** How many subscriptions are open. */
  listeners(): number;
};

/** Makes a {@link ManualHeads}. Nothing moves until `push` is called. */
export function createManualHeads(): ManualHeads {
  const listeners = new Set<(head: Head) => void>();
  return {
    subscribe(onHead) {
      listeners.add(onHead);
      return () => {
        listeners.delete(onHead);
      };
    },
    push(number, hash = `0x${number.toString(16).padStart(64, "0")}`) {
      const head: Head = { number, hash };
      for (const listener of [...listeners]) listener(head);
      return head;
    },
    listeners: () => listeners.size,
  };
}
