import {
  blocksUntilNextEpoch,
  commitEpoch,
  commitState,
  type EpochSchedule,
  epochDue,
  selectEpochs,
  staggeredLastEpoch,
  triggerEpoch,
} from "@subnetkit/shared/consensus/epoch/schedule";
import { describe, expect, it } from "vitest";

const schedule = (changes: Partial<EpochSchedule> = {}): EpochSchedule => ({
  tempo: 360,
  lastEpochBlock: 1_000,
  pendingEpochAt: 0,
  blocksSinceStep: 0,
  ...changes,
});

describe("the epoch schedule (2.10)", () => {
  it("is due a tempo after the last epoch, not a block earlier", () => {
    expect(epochDue(schedule(), 1_359)).toBe(false);
    expect(epochDue(schedule(), 1_360)).toBe(true);
  });

  it("is due at the pending block and after 50400 blocks without a step, but never with tempo 0", () => {
    expect(epochDue(schedule({ pendingEpochAt: 1_010 }), 1_009)).toBe(false);
    expect(epochDue(schedule({ pendingEpochAt: 1_010 }), 1_010)).toBe(true);
    expect(epochDue(schedule({ tempo: 60_000, blocksSinceStep: 50_400 }), 1_001)).toBe(false);
    expect(epochDue(schedule({ tempo: 60_000, blocksSinceStep: 50_401 }), 1_001)).toBe(true);
    expect(epochDue(schedule({ tempo: 0, pendingEpochAt: 1, blocksSinceStep: 60_000 }), 9_999)).toBe(false);
  });

  it("runs at most the cap per block in netuid order and defers the rest", () => {
    const due = new Map([9, 3, 5].map((netuid) => [netuid, schedule()]));
    due.set(1, schedule({ lastEpochBlock: 1_359 }));
    expect(selectEpochs(due, 1_360, 2)).toEqual({ run: [3, 5], deferred: [9] });
  });

  it("counts down to the next automatic epoch and staggers new subnets", () => {
    expect(blocksUntilNextEpoch(360, 1_000, 1_100)).toBe(260);
    expect(blocksUntilNextEpoch(360, 1_000, 2_000)).toBe(0);
    expect(blocksUntilNextEpoch(0, 1_000, 2_000)).toBeNull();
    expect(staggeredLastEpoch(365, 360, 1_000)).toBe(995);
  });

  it("accepts an owner's trigger only outside its three refusals", () => {
    expect(triggerEpoch(schedule(), 1_100, 10, false)).toEqual({ kind: "pending", pendingEpochAt: 1_110 });
    expect(triggerEpoch(schedule(), 1_100, 10, true)).toEqual({ kind: "refused", reason: "commitRevealOn" });
    expect(triggerEpoch(schedule({ pendingEpochAt: 5 }), 1_100, 10, false)).toEqual({
      kind: "refused",
      reason: "alreadyPending",
    });
    expect(triggerEpoch(schedule(), 1_350, 10, false).kind).toBe("pending");
    expect(triggerEpoch(schedule(), 1_351, 10, false)).toEqual({ kind: "refused", reason: "automaticEpochNear" });
  });

  it("makes a hash commit revealable in exactly one epoch (2.11)", () => {
    expect([5, 6, 7].map((now) => commitState(5, now, 1))).toEqual(["early", "revealable", "expired"]);
    expect(commitEpoch(5, true)).toBe(6);
    expect(commitEpoch(5, false)).toBe(5);
  });
});
