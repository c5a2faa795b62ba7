import { randomBytes } from "node:crypto";
import { appError } from "@subnetkit/shared/errors/app-error";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import type { Redis } from "ioredis";
import { STATE_VERSION, type StateKeys } from "./keys.ts";

/** Whose state this is. Another chain, subnet or hotkey on the same keys is refused. */
export type StateOwner = { readonly genesisHash: string; readonly netuid: number; readonly hotkey: string };

/** Changes the keys from layout `from` to `from + 1`. Must be repeatable: a crash in the middle runs it again. */
export type Migration = { readonly from: number; run(redis: Redis, keys: StateKeys): Promise<void> };

/** Every step from version 1 on, in order. Empty while there is only one layout. */
export const migrations: readonly Migration[] = [];

/** What opening found: state that was there, or a new one. */
export type OpenedState = { readonly kind: "created" | "loaded"; readonly salt: Uint8Array };

/**
 * Opens the state before anything is written to it: claims empty keys, migrates an older layout step by step, refuses a newer one
 * (E_STATE_VERSION) and one that belongs to somebody else (E_STATE_FOREIGN). Makes the secret of the round seeds once.
 */
export async function openState(
  redis: Redis,
  keys: StateKeys,
  owner: StateOwner,
  layout: { version: number; migrations: readonly Migration[] } = { version: STATE_VERSION, migrations },
): Promise<OpenedState> {
  const meta = await redis.hgetall(keys.meta);
  const found = meta["version"];
  if (found === undefined) {
    await redis.hset(keys.meta, {
      version: layout.version,
      genesisHash: owner.genesisHash,
      netuid: owner.netuid,
      hotkey: owner.hotkey,
    });
    return { kind: "created", salt: await openSalt(redis, keys) };
  }
  for (const field of ["genesisHash", "netuid", "hotkey"] as const) {
    const expected = String(owner[field]);
    if (meta[field] !== expected) throw appError("E_STATE_FOREIGN", { field, found: meta[field], expected });
  }
  const version = Number(found);
  if (!Number.isInteger(version) || version > layout.version)
    throw appError("E_STATE_VERSION", { found, known: layout.version });
  for (let at = version; at < layout.version; at++) {
    const step = layout.migrations.find((candidate) => candidate.from === at);
    if (step === undefined) throw appError("E_STATE_VERSION", { found, known: layout.version });
    await step.run(redis, keys);
    await redis.hset(keys.meta, { version: at + 1 });
  }
  return { kind: "loaded", salt: await openSalt(redis, keys) };
}

async function openSalt(redis: Redis, keys: StateKeys): Promise<Uint8Array> {
  await redis.setnx(keys.salt, `0x${randomBytes(32).toString("hex")}`);
  const salt = await redis.get(keys.salt);
  if (salt === null) throw appError("E_INTERNAL", { what: "the salt of the round seeds was not kept" });
  return hexToBytes(salt);
}

/** Rounds that the stored state may be ahead of the chain: a local chain restored from a slightly older snapshot. */
const aheadTolerance = 100;

/**
 * Throws E_STATE_AHEAD when the last settled round lies far beyond the chain's present one: then no round would ever count again. A little
 * ahead is waited out.
 */
export function refuseFuture(lastSettled: number, currentRound: number): void {
  if (lastSettled > currentRound + aheadTolerance)
    throw appError("E_STATE_AHEAD", { settled: lastSettled, current: currentRound });
}
