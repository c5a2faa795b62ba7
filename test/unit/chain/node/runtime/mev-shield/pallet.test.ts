import { describe, expect, it } from "vitest";
import { mevShield } from "../../../../../../chain/src/spec/pallets/mev-shield.ts";
import { type Step, sudo, World } from "../subtensor/world.ts";

const call = (name: string, args: Record<string, unknown>) => ({ pallet: "MevShield", name, args });
const submit = (ciphertext: Uint8Array): Step => ({ who: "//Bob", call: call("submit_encrypted", { ciphertext }) });
/** Key hash, a key message of four bytes, nonce and `rest` bytes of transaction. */
const shielded = (rest: number): Uint8Array => {
  const bytes = new Uint8Array(16 + 2 + 4 + 24 + rest);
  bytes[16] = 4;
  return bytes;
};

describe("encrypted transactions", () => {
  it("are refused by the pool: nobody announced a key", () => {
    const world = new World();
    expect(world.block(submit(Uint8Array.of(1, 2, 3)))).toEqual(["Custom 23"]);
    expect(world.block(submit(shielded(0)))).toEqual(["Custom 23"]);
    expect(world.block(submit(shielded(1)))).toEqual(["Custom 24"]);
  });

  it("inside another call only leave an event, as on a chain that has keys", () => {
    const world = new World();
    const inner = call("submit_encrypted", { ciphertext: shielded(1) });
    expect(world.block({ who: "//Bob", call: { pallet: "Utility", name: "batch", args: { calls: [inner] } } })).toEqual(
      ["ok"],
    );
    expect(world.events("EncryptedSubmitted")).toHaveLength(1);
  });

  it("have settings that root may change", () => {
    const world = new World();
    const settings: [string, number | bigint, string][] = [
      ["set_max_pending_extrinsics_number", 5, "MaxPendingExtrinsicsNumberSet"],
      ["set_on_initialize_weight", 6n, "OnInitializeWeightSet"],
      ["set_stored_extrinsic_lifetime", 7, "ExtrinsicLifetimeSet"],
      ["set_max_extrinsic_weight", 8n, "MaxExtrinsicWeightSet"],
    ];
    for (const [name, value, event] of settings) {
      expect(world.block({ who: "//Bob", call: call(name, { value }) })).toEqual(["BadOrigin"]);
      world.must(sudo(call(name, { value })));
      expect(world.events(event).map(({ fields }) => fields)).toEqual([{ value }]);
    }
    expect(world.state.get(mevShield.storage.MaxExtrinsicWeight)).toBe(8n);
    for (const name of ["set_on_initialize_weight", "set_max_extrinsic_weight"])
      expect(world.block(sudo(call(name, { value: 2_000_000_000_001n })))).toEqual(["WeightExceedsAbsoluteMax"]);
  });
});
