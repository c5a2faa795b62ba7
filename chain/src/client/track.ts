import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { BlockRef, ChainClient } from "./chain-client.ts";
import { extrinsicHash } from "./inclusion.ts";

/** How following one extrinsic ended. */
export type TrackedEnd =
  | { readonly kind: "inBlock"; readonly blockHash: string }
  | { readonly kind: "finalized"; readonly blockHash: string }
  | { readonly kind: "dropped"; readonly reason: string }
  | { readonly kind: "timedOut" };

/** One signed extrinsic on its way. */
export type Tracker = {
  readonly txHash: string;
  /** Hands it to the node. Throws E_CHAIN_RPC when the pool refuses it; on other errors it may still have arrived. */
  submit(): Promise<void>;
  end(options: {
    readonly wait: "inBlock" | "finalized";
    readonly leftMs: () => number;
    readonly signal?: AbortSignal;
  }): Promise<TrackedEnd>;
  stop(): void;
};

type Progress = {
  inBlock: string | undefined;
  finalized: string | undefined;
  dropped: string | undefined;
  lost: boolean;
};

/**
 * Follows an extrinsic through the node's own reports, and, once these are lost with their connection, by looking into the blocks.
 * `birth` is the block it was signed for: it cannot be in an earlier one, nor later than `eraBlocks` after it.
 */
export function trackExtrinsic(
  client: ChainClient,
  extrinsic: { readonly hex: string; readonly txHash: string; readonly birth: BlockRef; readonly eraBlocks: number },
): Tracker {
  const { hex, txHash, birth, eraBlocks } = extrinsic;
  const progress: Progress = { inBlock: undefined, finalized: undefined, dropped: undefined, lost: false };
  const wakers = new Set<() => void>();
  let news = 0;
  const wake = (): void => {
    news++;
    for (const waker of [...wakers]) waker();
  };
  let unsubscribe: () => void = () => undefined;

  const onLost = (): void => {
    progress.lost = true;
    wake();
  };

  /** Waits for a report or a head after the `seen`-th, or for the time to run out. */
  const changed = async (seen: number, ms: number, signal: AbortSignal | undefined): Promise<void> => {
    if (news !== seen) return;
    let waker: () => void = () => undefined;
    const change = new Promise<void>((resolve) => {
      waker = resolve;
      wakers.add(waker);
    });
    try {
      await withTimeout(change, ms, "Following an extrinsic", signal);
    } catch (error) {
      if (!isAppError(error, "E_TIMEOUT")) throw error;
    } finally {
      wakers.delete(waker);
    }
  };

  return {
    txHash,
    submit: async () => {
      try {
        unsubscribe = await client.subscribe(
          {
            method: "author_submitAndWatchExtrinsic",
            params: [hex],
            unsubscribe: "author_unwatchExtrinsic",
            once: true,
          },
          (status) => {
            readStatus(status, progress);
            wake();
          },
          onLost,
        );
      } catch (error) {
        if (!isAppError(error, "E_CHAIN_RPC")) onLost();
        throw error;
      }
    },
    end: async ({ wait, leftMs, signal }) => {
      let scanned = birth.number;
      const stopHeads = client.subscribeHeads(wake);
      try {
        while (leftMs() > 0) {
          const seen = news;
          if (progress.finalized !== undefined) return { kind: "finalized", blockHash: progress.finalized };
          if (wait === "inBlock" && progress.inBlock !== undefined) {
            return { kind: "inBlock", blockHash: progress.inBlock };
          }
          if (progress.dropped !== undefined) return { kind: "dropped", reason: progress.dropped };
          if (progress.lost) {
            const step = await lookUp(client, { txHash, inBlock: progress.inBlock, scanned, leftMs: leftMs() });
            const moved = step.finalized || step.inBlock !== progress.inBlock;
            ({ scanned } = step);
            progress.inBlock = step.inBlock;
            if (step.finalized) progress.finalized = step.inBlock;
            if (moved) continue;
            if (scanned > birth.number + eraBlocks)
              return { kind: "dropped", reason: "it expired before it was included" };
          }
          await changed(seen, leftMs(), signal);
        }
        return { kind: "timedOut" };
      } finally {
        stopHeads();
        unsubscribe();
      }
    },
    stop: () => unsubscribe(),
  };
}

function readStatus(status: unknown, progress: Progress): void {
  if (typeof status !== "object" || status === null) return;
  const entries = Object.entries(status);
  for (const [name, value] of entries) {
    switch (name) {
      case "inBlock":
        progress.inBlock = String(value);
        break;
      case "finalized":
        progress.finalized = String(value);
        break;
      case "retracted":
        progress.inBlock = undefined;
        break;
      case "dropped":
      case "invalid":
      case "usurped":
      case "finalityTimeout":
        progress.dropped = dropReasons[name];
        break;
      default:
    }
  }
}

const dropReasons = {
  dropped: "the node dropped it from its pool",
  invalid: "it became invalid while it waited in the pool",
  usurped: "another transaction with the same nonce replaced it",
  finalityTimeout: "its block was not finalised in time",
} as const;

/** What looking into the chain has found so far: up to which block there is nothing, where the extrinsic is, whether that is final. */
type LookUp = { readonly scanned: number; readonly inBlock: string | undefined; readonly finalized: boolean };

/**
 * One look: for the extrinsic when it is in no block yet, else for the fate of its block. A block that the chain has dropped is forgotten, and
 * the search begins again at its number. A read that fails changes nothing: the next head brings the next look.
 */
async function lookUp(
  client: ChainClient,
  state: {
    readonly txHash: string;
    readonly inBlock: string | undefined;
    readonly scanned: number;
    readonly leftMs: number;
  },
): Promise<LookUp> {
  const { txHash, inBlock, scanned, leftMs } = state;
  try {
    if (inBlock === undefined) return { ...(await scan(client, txHash, scanned + 1, leftMs)), finalized: false };
    const number = await numberOf(client, inBlock);
    if ((await client.rpc("chain_getBlockHash", [number])) !== inBlock) {
      return { scanned: number - 1, inBlock: undefined, finalized: false };
    }
    const finalized = String(await client.rpc("chain_getFinalizedHead"));
    return { scanned, inBlock, finalized: (await numberOf(client, finalized)) >= number };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { scanned, inBlock, finalized: false };
  }
}

/** Looks for the extrinsic in the blocks from `from` to the head. */
async function scan(
  client: ChainClient,
  txHash: string,
  from: number,
  leftMs: number,
): Promise<{ readonly scanned: number; readonly inBlock: string | undefined }> {
  const untilMs = Date.now() + leftMs;
  const head = client.head().number;
  let scanned = from - 1;
  for (let number = from; number <= head && Date.now() < untilMs; number++) {
    const blockHash = String(await client.rpc("chain_getBlockHash", [number]));
    const body = (await client.rpc("chain_getBlock", [blockHash])) as {
      block?: { extrinsics?: readonly string[] };
    } | null;
    if (body?.block?.extrinsics?.some((hex) => extrinsicHash(hex) === txHash)) return { scanned, inBlock: blockHash };
    scanned = number;
  }
  return { scanned, inBlock: undefined };
}

async function numberOf(client: ChainClient, blockHash: string): Promise<number> {
  const header = (await client.rpc("chain_getHeader", [blockHash])) as { number?: string } | null;
  const number = Number(header?.number);
  if (!Number.isSafeInteger(number)) throw appError("E_CHAIN_SHAPE", { what: "header", reason: "it has no number" });
  return number;
}
