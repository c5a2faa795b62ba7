import { keccakAsU8a } from "@polkadot/util-crypto/keccak";
import { secp256k1Expand, secp256k1PairFromSeed, secp256k1Sign } from "@polkadot/util-crypto/secp256k1";
import { describe, expect, it } from "vitest";
import { associationMessage } from "../../../../../../chain/src/node/runtime/subtensor/calls/evm.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { minerHotkey, NETUID, startSubnet } from "./scenario.ts";
import { account, fund, type Step, subtensor, TAO } from "./world.ts";

const S = subtensorModule.storage;
const pair = secp256k1PairFromSeed(new Uint8Array(32).fill(9));
const address = keccakAsU8a(secp256k1Expand(pair.publicKey)).slice(-20);
const HOTKEY = minerHotkey(0);
const SIGNED = 5n;
const sign = (hotkey: string): Uint8Array => secp256k1Sign(associationMessage(account(hotkey), SIGNED), pair, "keccak");
const associate = (args: Record<string, unknown> = {}, who = HOTKEY): Step =>
  subtensor(who, "associate_evm_key", {
    netuid: NETUID,
    evm_key: address,
    block_number: SIGNED,
    signature: sign(HOTKEY),
    ...args,
  });

describe("associate_evm_key", () => {
  it("stores the address of the key that signed, for free", () => {
    const world = startSubnet();
    world.must(associate());
    const uid = world.state.get(S.Uids, NETUID, account(HOTKEY)) as number;
    expect(world.state.get(S.AssociatedEvmAddress, NETUID, uid)).toEqual([address, BigInt(world.number)]);
    expect(world.events("EvmKeyAssociated")).toHaveLength(1);
  });

  it("refuses other keys, broken signatures and hotkeys without a uid", () => {
    const world = startSubnet();
    world.must(fund("//Stranger", TAO));
    expect(world.block(associate({ evm_key: new Uint8Array(20) }))).toEqual(["InvalidRecoveredPublicKey"]);
    expect(world.block(associate({ signature: new Uint8Array(65) }))).toEqual(["InvalidIdentity"]);
    expect(world.block(associate({}, "//Stranger"))).toEqual(["Custom 19"]);
  });

  it("allows one association a block on a fast chain", () => {
    const world = startSubnet();
    expect(world.block(associate(), associate())).toEqual(["ok", "Custom 20"]);
  });
});
