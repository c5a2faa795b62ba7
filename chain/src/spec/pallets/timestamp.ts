/** Timestamp (2): the block's time. Source: spec/subtensor-interface.md 1.1. */
import { constant, definePallet, value } from "../define.ts";
import { bool, compact, u64 } from "../scale/numbers.ts";

/** Slot length of the fast runtime, ms: clients take 250 for "fast blocks". */
export const SLOT_DURATION_MS = 250;

export const timestamp = definePallet({
  name: "Timestamp",
  index: 2,
  storage: { Now: value({ value: u64, default: 0n }), DidUpdate: value({ value: bool, default: false }) },
  calls: { set: { index: 0, args: { now: compact(u64) } } },
  constants: { MinimumPeriod: constant(u64, BigInt(SLOT_DURATION_MS / 2)) },
});
