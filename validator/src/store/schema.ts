import { randomBytes } from "node:crypto";
import { appError } from "@subnetkit/shared/errors/app-error";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import type { RedisClient } from "../queue/connection.ts";
import { STATE_VERSION, type StateKeys } from "./keys.ts";

/** Whose state this is. Another chain, subnet or hotkey on the same keys is refused. */
export type StateOwner = { readonly genesisHash: string; readonly netuid: number; readonly hotkey: string };

/** What a process that is not connected to the chain learns from one that is. */
export type ChainFacts = { readonly genesisHash: string; readonly blockMs: number };

/** Changes the keys from layout `from` to `from + 1`. Must be repeatable: a crash in the middle runs it again. */
export type Migration = { readonly from: number; run(redis: RedisClient, keys: StateKeys): Promise<void> };

/** Every step from version 1 on, in order. Empty while there is only one layout. */
export const migrations: readonly Migration[] = [];

/** What opening found: state that was there, or a new one. */
export type OpenedState = { readonly kind: "created" | "loaded"; readonly salt: Uint8Array };

/**
 * Opens the state before anything is written to it: claims empty keys, migrates an older layout step by step, refuses a newer one
 * (E_STATE_VERSION) and one that belongs to somebody else (E_STATE_FOREIGN). Makes the secret of the round seeds once.
 */
export async function openState(
  redis: RedisClient,
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
  checkOwner(meta, owner);
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

/** Tells processes without a chain connection what they must know of it. */
export async function publishChainFacts(redis: RedisClient, keys: StateKeys, { blockMs }: ChainFacts): Promise<void> {
  await redis.hset(keys.meta, { blockMs });
}

/** The state as a process with a chain connection has claimed it; undefined while none has. Throws as openState does. */
export async function readState(
  redis: RedisClient,
  keys: StateKeys,
  owner: { readonly netuid: number; readonly hotkey: string; readonly genesisHash: string | undefined },
): Promise<(ChainFacts & { readonly salt: Uint8Array }) | undefined> {
  const meta = await redis.hgetall(keys.meta);
  const { version: found, genesisHash, blockMs } = meta;
  if (genesisHash === undefined || blockMs === undefined) return undefined;
  checkOwner(meta, owner);
  if (Number(found) !== STATE_VERSION) throw appError("E_STATE_VERSION", { found, known: STATE_VERSION });
  return { genesisHash, blockMs: Number(blockMs), salt: await openSalt(redis, keys) };
}

function checkOwner(
  meta: Readonly<Record<string, string>>,
  owner: { readonly [field in keyof StateOwner]: StateOwner[field] | undefined },
): void {
  for (const field of ["genesisHash", "netuid", "hotkey"] as const) {
    if (owner[field] === undefined || meta[field] === String(owner[field])) continue;
    throw appError("E_STATE_FOREIGN", { field, found: meta[field], expected: String(owner[field]) });
  }
}

async function openSalt(redis: RedisClient, keys: StateKeys): Promise<Uint8Array> {
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
