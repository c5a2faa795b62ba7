/** MevShield: keys announced by authors, calls stored encrypted, and root's settings (spec/subtensor-interface.md 2.5, rules of pallet_shield). */
import { u8aToHex } from "@polkadot/util";
import { describe, expect, it } from "vitest";
import { bareExtrinsic } from "../../../chain/src/node/block/extrinsic.ts";
import { covers, coversErrors } from "./coverage.ts";
import { harness, key } from "./harness.ts";
import { people } from "./world.ts";

covers("MevShield.store_encrypted", "BadOrigin", "TooManyPendingExtrinsics");
covers("MevShield.submit_encrypted", "BadOrigin");
coversErrors("MevShield.announce_next_key", "BadOrigin");
covers("MevShield.set_max_pending_extrinsics_number", "BadOrigin");
covers("MevShield.set_on_initialize_weight", "BadOrigin", "WeightExceedsAbsoluteMax");
covers("MevShield.set_stored_extrinsic_lifetime", "BadOrigin");
covers("MevShield.set_max_extrinsic_weight", "BadOrigin", "WeightExceedsAbsoluteMax");

const { stranger } = people;
const h = harness(async () => {});

describe("MevShield.store_encrypted", () => {
  const store = "MevShield.store_encrypted";

  it("keeps a call for the block after, which cannot open it: this runtime has no decryptor", async () => {
    const height = await h.height();
    expect(await h.ok(stranger, store, "0x0102")).toEqual([["MevShield.ExtrinsicStored", 0, stranger.address]]);
    const stored = { who: stranger.address, encryptedCall: "0x0102", submittedAt: height + 1 };
    expect(await h.get("MevShield.PendingExtrinsics", 0)).toEqual(stored);
    expect(await h.get("MevShield.CounterForPendingExtrinsics")).toBe(1);
    await h.blocks();
    expect(await h.hookEvents()).toContainEqual(["MevShield.ExtrinsicDecodeFailed", 0]);
    expect(await h.get("MevShield.PendingExtrinsics", 0)).toBeNull();
    expect(await h.get("MevShield.CounterForPendingExtrinsics")).toBe(0);
    expect(await h.ok(stranger, store, "0x03")).toEqual([["MevShield.ExtrinsicStored", 1, stranger.address]]);
    await h.rootFails("BadOrigin", store, "0x");
  });

  it("drops what waited too long, and keeps no more than root allows", async () => {
    // Written before the hooks of its block.
    await h.set({
      MevShield: {
        PendingExtrinsics: [[[0], { who: stranger.address, encrypted_call: "0x", submitted_at: 0 }]],
        CounterForPendingExtrinsics: 1,
        NextPendingExtrinsicIndex: 1,
        ExtrinsicLifetime: 1,
      },
    });
    expect(await h.hookEvents()).toContainEqual(["MevShield.ExtrinsicExpired", 0]);
    await h.root("MevShield.set_max_pending_extrinsics_number", 0);
    await h.fails("TooManyPendingExtrinsics", stranger, store, "0x");
  });
});

describe("MevShield.announce_next_key", () => {
  const announced = (byte: string): string => `0x${byte.repeat(1_184)}`;
  const keys = async (): Promise<unknown[]> =>
    Promise.all(["CurrentKey", "PendingKey", "NextKey"].map((item) => h.get(`MevShield.${item}`)));

  it("is for authors: a block that holds it moves the keys up", async () => {
    await h.fails("BadOrigin", stranger, "MevShield.announce_next_key", null);
    await h.rootFails("BadOrigin", "MevShield.announce_next_key", null);
    const bare = h.tx("MevShield.announce_next_key", announced("02")).toHex();
    await expect(h.rpc("author_submitExtrinsic", bare)).rejects.toMatchObject({ code: 1011 });
    // What a real author's inherent would do, in executions that are thrown away.
    const author = u8aToHex(key("//One").publicKey);
    await h.set({
      MevShield: { PendingKey: announced("0a"), NextKey: announced("0b"), AuthorKeys: [[[author], announced("0c")]] },
    });
    const apply = (argument: string | undefined): Promise<string> => {
      const args = {
        enc_key: argument === undefined ? undefined : new Uint8Array(Buffer.from(argument.slice(2), "hex")),
      };
      const { bytes } = bareExtrinsic({ pallet: "MevShield", name: "announce_next_key", args });
      return h.rpc("state_call", "BlockBuilder_apply_extrinsic", `0x${Buffer.from(bytes).toString("hex")}`);
    };
    expect([await apply(announced("0d")), await apply(undefined)]).toEqual(["0x0000", "0x0000"]);
    // Module 30, error 0: BadEncKeyLen.
    expect(await apply("0x0102")).toBe("0x0001031e00000000");
    expect(await keys()).toEqual([null, announced("0a"), announced("0b")]);
  });
});

describe("MevShield", () => {
  it("has settings that root may change", async () => {
    const settings: [string, number, string][] = [
      ["set_max_pending_extrinsics_number", 5, "MaxPendingExtrinsicsNumberSet"],
      ["set_on_initialize_weight", 6, "OnInitializeWeightSet"],
      ["set_stored_extrinsic_lifetime", 7, "ExtrinsicLifetimeSet"],
      ["set_max_extrinsic_weight", 8, "MaxExtrinsicWeightSet"],
    ];
    for (const [call, value, event] of settings) {
      await h.fails("BadOrigin", stranger, `MevShield.${call}`, value);
      expect(await h.root(`MevShield.${call}`, value)).toEqual([[`MevShield.${event}`, value]]);
    }
    for (const call of ["MevShield.set_on_initialize_weight", "MevShield.set_max_extrinsic_weight"])
      await h.rootFails("WeightExceedsAbsoluteMax", call, 2_000_000_000_001);
  });

  it("takes sealed bytes inside another call, with an event and no more", async () => {
    const submit = h.tx("MevShield.submit_encrypted", "0x0102");
    expect(await h.submit(stranger, submit)).toEqual({ kind: "invalid", code: 1010, data: "Custom error: 23" });
    const [event] = await h.ok(stranger, "Utility.batch", [submit]);
    expect([event?.[0], event?.[2]]).toEqual(["MevShield.EncryptedSubmitted", stranger.address]);
    h.saw("MevShield.submit_encrypted");
    await h.rootFails("BadOrigin", "MevShield.submit_encrypted", "0x0102");
  });
});
