/** Aura (3): the author's slot. Source: spec/subtensor-interface.md 1.1, 3.7. */
import { constant, definePallet, value } from "../define.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { u64 } from "../scale/numbers.ts";
import { boundedVec } from "../scale/sequences.ts";
import { newtype } from "../scale/structs.ts";
import { SLOT_DURATION_MS } from "./timestamp.ts";

/** An authority's sr25519 public key. */
export const auraId = newtype("sp_consensus_aura::sr25519::app_sr25519::Public", fixedBytes(32));

export const aura = definePallet({
  name: "Aura",
  index: 3,
  storage: {
    Authorities: value({ value: boundedVec(auraId, 32), default: [] }),
    CurrentSlot: value({ value: newtype("sp_consensus_slots::Slot", u64), default: 0n }),
  },
  constants: { SlotDuration: constant(u64, BigInt(SLOT_DURATION_MS)) },
});
