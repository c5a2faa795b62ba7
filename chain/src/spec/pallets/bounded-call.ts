/** A call kept in storage: its bytes, or the hash and length of a preimage. Source: the metadata of spec 424. */
import { h256 } from "../scale/accounts.ts";
import { u32 } from "../scale/numbers.ts";
import type { ValueOf } from "../scale/scale-type.ts";
import { boundedBytes } from "../scale/sequences.ts";
import { anonymous } from "../scale/structs.ts";
import { variant } from "../scale/variants.ts";

/** Longest call kept inline, in bytes; a longer one becomes a preimage. */
export const MAX_INLINE_CALL_BYTES = 128;

export const boundedCall = variant("frame_support::traits::preimages::Bounded", {
  Legacy: anonymous({ hash: h256 }),
  Inline: boundedBytes(MAX_INLINE_CALL_BYTES),
  Lookup: anonymous({ hash: h256, len: u32 }),
});
/** Value of a {@link boundedCall}. */
export type BoundedCall = ValueOf<typeof boundedCall>;
