/** Raw storage of one block, in bounded pages. */
import { appError } from "@subnetkit/shared/errors/app-error";
import { retry } from "@subnetkit/shared/util/retry";
import type { Entry } from "../spec/entries-file.ts";
import type { ChainClient } from "./chain-client.ts";

/** Keys of one page: the most a node answers with. */
const KEYS_PER_PAGE = 1_000;
/** Values of one request: 250 of the largest common ones stay below 1 MB. */
const VALUES_PER_REQUEST = 250;
const RETRIES = { attempts: 5, minMs: 250, maxMs: 5_000 };

/** An entry that may be absent. */
export type MaybeEntry = readonly [key: `0x${string}`, value: `0x${string}` | undefined];

/** Reads a block's storage. Every request has the client's deadline and is repeated a few times. */
export interface SnapshotReader {
  /** Values of keys, in their order. */
  values(keys: readonly string[]): AsyncIterable<MaybeEntry>;
  /** Entries under a prefix, in key order; `wanted` chooses by key before values are read. */
  under(prefix: string, wanted?: (key: string) => boolean): AsyncIterable<Entry>;
}

/** A reader of the block `at`. Its methods throw E_CHAIN_TIMEOUT, E_CHAIN_DISCONNECTED, E_CHAIN_RPC, E_CHAIN_SHAPE and E_ABORTED. */
export function createSnapshotReader(client: ChainClient, at: string, signal: AbortSignal): SnapshotReader {
  const request = (method: string, params: readonly unknown[]): Promise<unknown> =>
    retry({ ...RETRIES, signal }, () => {
      signal.throwIfAborted();
      return client.rpc(method, params);
    });

  async function* values(keys: readonly string[]): AsyncGenerator<MaybeEntry> {
    for (let from = 0; from < keys.length; from += VALUES_PER_REQUEST) {
      const part = keys.slice(from, from + VALUES_PER_REQUEST);
      const found = changesOf(await request("state_queryStorageAt", [part, at]));
      for (const key of part) yield [key as `0x${string}`, found.get(key)];
    }
  }

  async function* under(prefix: string, wanted: (key: string) => boolean = () => true): AsyncGenerator<Entry> {
    let after: string | null = null;
    for (;;) {
      const keys = keysOf(await request("state_getKeysPaged", [prefix, KEYS_PER_PAGE, after, at]));
      for await (const [key, value] of values(keys.filter(wanted))) if (value !== undefined) yield [key, value];
      const last = keys.at(-1);
      if (last === undefined || keys.length < KEYS_PER_PAGE) return;
      after = last;
    }
  }

  return { values, under };
}

function keysOf(answer: unknown): string[] {
  if (Array.isArray(answer) && answer.every((key) => typeof key === "string")) return answer;
  throw appError("E_CHAIN_SHAPE", { what: "state_getKeysPaged", reason: "it is no list of keys" });
}

function changesOf(answer: unknown): Map<string, `0x${string}`> {
  const found = new Map<string, `0x${string}`>();
  const blocks: unknown[] = Array.isArray(answer) ? answer : [];
  for (const block of blocks) {
    const { changes } = (block ?? {}) as { readonly changes?: unknown };
    if (!Array.isArray(changes))
      throw appError("E_CHAIN_SHAPE", { what: "state_queryStorageAt", reason: "no changes" });
    for (const change of changes as unknown[]) {
      const [key, value] = Array.isArray(change) ? (change as unknown[]) : [];
      if (typeof key === "string" && typeof value === "string" && value.startsWith("0x"))
        found.set(key, value as `0x${string}`);
    }
  }
  return found;
}
