import { wantsHelp } from "@subnetkit/shared/config/flags";
import { eventsFd, lifelineRequested } from "@subnetkit/shared/config/process-env";
import { describe, expect, it } from "vitest";

describe("what a supervisor says through the environment", () => {
  it("asks for a lifeline with exactly 1", () => {
    expect([
      lifelineRequested({ SUBNETKIT_LIFELINE: "1" }),
      lifelineRequested({ SUBNETKIT_LIFELINE: "0" }),
      lifelineRequested({}),
    ]).toEqual([true, false, false]);
  });

  it("names a descriptor above the standard ones, or none", () => {
    expect(["3", "12", "2", "-3", "3x", "", undefined].map((fd) => eventsFd({ SUBNETKIT_EVENTS_FD: fd }))).toEqual([
      3,
      12,
      ...new Array<undefined>(5).fill(undefined),
    ]);
  });
});

describe("wantsHelp", () => {
  it("sees the flag anywhere on the command line", () => {
    expect([wantsHelp(["--a", "--help"]), wantsHelp(["-h"]), wantsHelp(["help"])]).toEqual([true, true, false]);
  });
});
