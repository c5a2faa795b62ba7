/** Preimage (14): bytes stored under their hash. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { definePallet, map } from "../define.ts";
import { accountId, h256 } from "../scale/accounts.ts";
import { bytes } from "../scale/byte-strings.ts";
import { u32, u64 } from "../scale/numbers.ts";
import { boundedBytes, vec } from "../scale/sequences.ts";
import { anonymous, newtype, tuple } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";

const oldRequestStatus = variant("pallet_preimage::OldRequestStatus", {
  Unrequested: anonymous({ deposit: tuple(accountId, u64), len: u32 }),
  Requested: anonymous({ deposit: option(tuple(accountId, u64)), count: u32, len: option(u32) }),
});
const holdConsideration = newtype("frame_support::traits::tokens::fungible::HoldConsideration", u64);
/** What is known of a hash: noted for a deposit, or requested by the runtime and by root. */
export const requestStatus = variant("pallet_preimage::RequestStatus", {
  Unrequested: anonymous({ ticket: tuple(accountId, holdConsideration), len: u32 }),
  Requested: anonymous({
    maybe_ticket: option(tuple(accountId, holdConsideration)),
    count: u32,
    maybe_len: option(u32),
  }),
});

export const preimage = definePallet({
  name: "Preimage",
  index: 14,
  storage: {
    StatusFor: map({ keys: [["Identity", h256]], value: oldRequestStatus, optional: true }),
    RequestStatusFor: map({ keys: [["Identity", h256]], value: requestStatus, optional: true }),
    PreimageFor: map({ keys: [["Identity", tuple(h256, u32)]], value: boundedBytes(4_194_304), optional: true }),
  },
  calls: {
    note_preimage: { index: 0, args: { bytes } },
    unnote_preimage: { index: 1, args: { hash: h256 } },
    request_preimage: { index: 2, args: { hash: h256 } },
    unrequest_preimage: { index: 3, args: { hash: h256 } },
    ensure_updated: { index: 4, args: { hashes: vec(h256) } },
  },
  events: {
    Noted: { index: 0, fields: { hash: h256 } },
    Requested: { index: 1, fields: { hash: h256 } },
    Cleared: { index: 2, fields: { hash: h256 } },
  },
  errors: ["TooBig", "AlreadyNoted", "NotAuthorized", "NotNoted", "Requested", "NotRequested", "TooMany", "TooFew"],
});
