/** The keys transactions are sealed to: each author announces one for its next block, and they move up with every block (pallet_shield). */
import { aura } from "../../../spec/pallets/aura.ts";
import { mevShield, type shieldKey } from "../../../spec/pallets/mev-shield.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { type Ctx, moduleError } from "../pallet.ts";

const S = mevShield.storage;
/** Bytes of an ML-KEM-768 public key. */
const KEY_BYTES = 1_184;
/** Blocks after which a key clients see is no more: it is used by then. */
const PENDING_LIFE = 2;
const NEXT_LIFE = 3;
/** Slots from this author to the one whose key clients should take. */
const AHEAD = 2n;

/**
 * Moves the keys up and stores what the author of this block announces; nothing takes its key away. Fails with BadEncKeyLen for a key of another
 * length.
 */
export function rotateKeys({ state, block }: Ctx, announced: ValueOf<typeof shieldKey> | undefined): void {
  const authorities = state.get(aura.storage.Authorities);
  const authorAt = (slot: bigint): Uint8Array | undefined =>
    authorities.length === 0 ? undefined : authorities[Number(slot % BigInt(authorities.length))];
  const slot = state.get(aura.storage.CurrentSlot);
  const author = authorAt(slot);
  const later = authorAt(slot + AHEAD);
  if (author === undefined) throw moduleError(mevShield, "Unreachable");
  const pending = state.get(S.PendingKey);
  const next = state.get(S.NextKey);
  const after = later === undefined ? undefined : state.get(S.AuthorKeys, later);
  const put = (
    item: typeof S.CurrentKey | typeof S.PendingKey | typeof S.NextKey,
    key: Uint8Array | undefined,
  ): void => (key === undefined ? state.kill(item) : state.put(item, [], key));
  put(S.CurrentKey, pending);
  put(S.PendingKey, next);
  put(S.NextKey, after);
  if (announced === undefined) state.kill(S.AuthorKeys, author);
  else if (announced.length === KEY_BYTES) state.put(S.AuthorKeys, [author], announced);
  else throw moduleError(mevShield, "BadEncKeyLen");
  if (next === undefined) state.kill(S.PendingKeyExpiresAt);
  else state.put(S.PendingKeyExpiresAt, [], block.number + PENDING_LIFE);
  if (after === undefined) state.kill(S.NextKeyExpiresAt);
  else state.put(S.NextKeyExpiresAt, [], block.number + NEXT_LIFE);
}
