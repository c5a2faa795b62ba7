import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { balances } from "../../../../../../chain/src/spec/pallets/balances.ts";
import { preimage } from "../../../../../../chain/src/spec/pallets/preimage.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { account, type Step, sudo, World } from "../subtensor/world.ts";

const BYTES = Uint8Array.of(1, 2, 3, 4);
const HASH = bytesToHex(blake2b256(BYTES));
const call = (name: string, args: Record<string, unknown>) => ({ pallet: "Preimage", name, args });
const note: Step = { who: "//Bob", call: call("note_preimage", { bytes: BYTES }) };
const unnote = (who: string): Step => ({ who, call: call("unnote_preimage", { hash: HASH }) });
const request = sudo(call("request_preimage", { hash: HASH }));
const unrequest = sudo(call("unrequest_preimage", { hash: HASH }));
const reserved = (world: World): bigint => world.state.get(system.storage.Account, account("//Bob")).data.reserved;
const stored = (world: World): boolean => world.state.has(preimage.storage.PreimageFor, [HASH, BYTES.length]);

describe("preimages", () => {
  it("are noted for a held deposit and taken back by who noted them", () => {
    const world = new World();
    world.must(note);
    expect(reserved(world)).toBe(108_000_000n);
    expect(world.state.get(balances.storage.Holds, account("//Bob"))).toEqual([
      { id: { type: "Preimage", value: { type: "Preimage" } }, amount: 108_000_000n },
    ]);
    expect(world.block(note, unnote("//Eve"), unnote("//Bob"))).toEqual(["AlreadyNoted", "NotAuthorized", "ok"]);
    expect([reserved(world), stored(world)]).toEqual([0n, false]);
    expect(world.state.has(balances.storage.Holds, account("//Bob"))).toBe(false);
    expect(world.block(unnote("//Bob"))).toEqual(["NotNoted"]);
  });

  it("stay while root requests them, without the deposit once it was taken back", () => {
    const world = new World();
    world.must(note, request, request);
    world.must(unnote("//Bob"));
    expect([reserved(world), stored(world)]).toEqual([0n, true]);
    world.must(unrequest);
    expect(stored(world)).toBe(true);
    world.must(unrequest);
    expect(stored(world)).toBe(false);
    expect(world.events("Cleared")).toHaveLength(1);
    expect(world.block(unrequest)).toEqual(["NotRequested"]);
  });

  it("cost nothing where root asked for them first", () => {
    const world = new World();
    world.must(request);
    world.must(note);
    expect([reserved(world), stored(world)]).toEqual([0n, true]);
  });
});
