import { appError } from "@subnetkit/shared/errors/app-error";
import type { Outcome } from "./outcome.ts";

type Entry = readonly [hotkey: string, outcome: Outcome];

/** Collects outcomes and writes them in few batches. */
export interface Stager {
  add(hotkey: string, outcome: Outcome): void;
  /** Resolves when everything added so far is written; rejects when a batch could not be. */
  flush(): Promise<void>;
}

/**
 * Makes a stager: outcomes that arrive while a batch is being written go together in the next one, so a burst of answers costs two writes and
 * a lone answer waits for nobody.
 */
export function createStager(write: (batch: readonly Entry[]) => Promise<unknown>): Stager {
  let waiting: Entry[] = [];
  let writing: Promise<void> | undefined;
  let failure: Error | undefined;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await write(batch);
    }
  }

  function start(): void {
    writing ??= Promise.resolve()
      .then(drain)
      .catch((error: unknown) => {
        failure ??=
          error instanceof Error ? error : appError("E_INTERNAL", { what: "staging failed" }, { cause: error });
      })
      .finally(() => {
        writing = undefined;
      });
  }

  return {
    add(hotkey, outcome) {
      waiting.push([hotkey, outcome]);
      start();
    },
    async flush() {
      while (writing !== undefined) await writing;
      if (failure !== undefined) throw failure;
    },
  };
}
