/** Inherents: calls that a block's author makes of what it knows, and what everyone else holds them against (sp_inherents, pallet_timestamp, pallet_shield). */
import { bytesToHex, utf8 } from "@subnetkit/shared/util/bytes";
import type { RuntimeCall } from "../../../spec/call.ts";
import { ScaleError } from "../../../spec/cursor.ts";
import { mevShield, shieldKey } from "../../../spec/pallets/mev-shield.ts";
import { timestamp } from "../../../spec/pallets/timestamp.ts";
import { u64 } from "../../../spec/scale/numbers.ts";
import type { ScaleType, ValueOf } from "../../../spec/scale/scale-type.ts";
import { option } from "../../../spec/scale/variants.ts";
import type { checkInherentsResult, inherentData } from "../../../spec/runtime-apis-node.ts";
import type { Extrinsic } from "../../block/extrinsic.ts";
import type { State } from "../../storage/state.ts";
import { trap } from "../api-failure.ts";

/** What an author knows, by eight letters. */
export type InherentData = ValueOf<typeof inherentData>;

const TIMESTAMP = utf8("timstap0");
const SHIELD = utf8("shieldpk");
/** Ms that a block's time may be ahead of the clock it is checked against. */
const MAX_DRIFT_MS = 30_000n;
/** Position in pallet_timestamp's list of errors. */
const TOO_EARLY = 0;
const TOO_FAR_IN_FUTURE = 1;

const maybeKey = option(shieldKey);

/** True for a call that only authors make. */
export function isInherent(call: RuntimeCall): boolean {
  return (
    (call.pallet === timestamp.name && call.name === "set") ||
    (call.pallet === mevShield.name && call.name === "announce_next_key")
  );
}

/** The inherents of a block on a state. The time is at least half a slot after the parent's. Traps without the time; the shield's key may be absent. */
export function inherentCalls(state: State, { data }: InherentData): RuntimeCall[] {
  const known = knownTime(data);
  const least = earliestTime(state);
  const set = { pallet: timestamp.name, name: "set", args: { now: known > least ? known : least } };
  const key = entryOf(data, SHIELD);
  const announced = key === undefined ? undefined : decoded(maybeKey, key);
  return announced === undefined
    ? [set]
    : [set, { pallet: mevShield.name, name: "announce_next_key", args: { enc_key: announced.value } }];
}

/** Holds the inherents of a block against what is known. The first that disagrees ends it: all errors of these pallets are fatal. */
export function checkInherents(
  state: State,
  body: readonly Extrinsic[],
  { data }: InherentData,
): ValueOf<typeof checkInherentsResult> {
  for (const { kind, call } of body) {
    if (kind !== "bare" || !isInherent(call)) break;
    if (call.pallet !== timestamp.name) continue;
    const { now } = call.args as { readonly now: bigint };
    const error =
      now > knownTime(data) + MAX_DRIFT_MS ? TOO_FAR_IN_FUTURE : now < earliestTime(state) ? TOO_EARLY : undefined;
    if (error !== undefined)
      return { okay: false, fatal_error: true, errors: { data: [[TIMESTAMP, Uint8Array.of(error)]] } };
  }
  return { okay: true, fatal_error: false, errors: { data: [] } };
}

/** Earliest time of the block after a state. */
export function earliestTime(state: State): bigint {
  return state.get(timestamp.storage.Now) + timestamp.constants.MinimumPeriod.value;
}

function knownTime(data: InherentData["data"]): bigint {
  const bytes = entryOf(data, TIMESTAMP);
  if (bytes === undefined) throw trap("Timestamp inherent data must be provided");
  const time = decoded(u64, bytes);
  if (time === undefined) throw trap("Timestamp inherent data not correctly encoded");
  return time.value;
}

function entryOf(data: InherentData["data"], name: Uint8Array): Uint8Array | undefined {
  const wanted = bytesToHex(name);
  return data.find(([key]) => bytesToHex(key) === wanted)?.[1];
}

function decoded<T>(type: ScaleType<T>, bytes: Uint8Array): { readonly value: T } | undefined {
  try {
    return { value: type.dec(bytes) };
  } catch (cause) {
    if (cause instanceof ScaleError) return undefined;
    throw cause;
  }
}
