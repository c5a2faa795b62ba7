import { storyLine } from "@subnetkit/cli/chain/dev/block-story";
import { describe, expect, it } from "vitest";

const well = (call: string) => ({ call, signer: null, hash: "0x", error: null });

describe("the line of a block", () => {
  it("folds equal outcomes and names errors", () => {
    const failed = {
      ...well("SubtensorModule.burned_register"),
      error: "SubtensorModule.TooManyRegistrationsThisBlock",
    };
    const extrinsics = [well("SubtensorModule.set_weights"), well("SubtensorModule.set_weights"), failed];
    expect(storyLine({ number: 1_012, hash: "0x", extrinsics, retracted: [], ms: 0.8 })).toBe(
      "#1,012  set_weights ok x2, burned_register failed: TooManyRegistrationsThisBlock   0.8 ms",
    );
  });

  it("shows the call inside a sudo, and a reorganisation", () => {
    const extrinsics = [well("Sudo.sudo(AdminUtils.sudo_set_tempo)")];
    expect(storyLine({ number: 7, hash: "0x", extrinsics, retracted: ["0x1", "0x2"], ms: 1 })).toBe(
      "#7  reorg: 2 replaced, sudo(sudo_set_tempo) ok   1.0 ms",
    );
  });
});
