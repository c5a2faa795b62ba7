import { wantsHelp } from "@subnetkit/shared/config/flags";
import { environmentWithoutSettings, eventsFd, lifelineRequested } from "@subnetkit/shared/config/process-env";
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

describe("environmentWithoutSettings", () => {
  it("keeps everything but our own settings, which may be keys, and how to log", () => {
    const kept = { PATH: "/bin", VK_DRIVER_FILES: "a.json", SUBNETKIT_LOG: "json", MY_SUBNETKIT_: "x" };
    const ours = { SUBNETKIT_MINER_MODEL_KEY: "sesame", subnetkit_miner_model_key: "sesame", SUBNETKIT_EVENTS_FD: "3" };
    expect(environmentWithoutSettings({ ...kept, ...ours })).toEqual(kept);
  });
});

describe("wantsHelp", () => {
  it("sees the flag anywhere on the command line", () => {
    expect([wantsHelp(["--a", "--help"]), wantsHelp(["-h"]), wantsHelp(["help"])]).toEqual([true, true, false]);
  });
});
