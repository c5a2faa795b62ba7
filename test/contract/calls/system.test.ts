/** Calls of System and Timestamp (upstream pallets), and an Ethereum key shown to belong to a hotkey (spec/subtensor-interface.md 2.3). */
import {
  blake2AsHex,
  encodeAddress,
  ethereumEncode,
  keccakAsU8a,
  secp256k1PairFromSeed,
  secp256k1Sign,
} from "@polkadot/util-crypto";
import { bnToU8a, u8aConcat, u8aToHex } from "@polkadot/util";
import { describe, expect, it } from "vitest";
import { covers, coversErrors } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("System.remark");
covers("System.remark_with_event", "BadOrigin");
covers("System.set_heap_pages", "BadOrigin");
covers("System.set_storage", "BadOrigin");
covers("System.kill_storage", "BadOrigin");
covers("System.kill_prefix", "BadOrigin");
coversErrors("Timestamp.set", "BadOrigin");
covers(
  "SubtensorModule.associate_evm_key",
  "HotKeyNotRegisteredInSubNet",
  "EvmKeyAssociateRateLimitExceeded",
  "InvalidIdentity",
  "InvalidRecoveredPublicKey",
);

const { stranger, miner, validator } = people;
const h = harness(subnetWorld);

describe("System", () => {
  it("takes remarks, with an event of their hash or without", async () => {
    expect(await h.ok(stranger, "System.remark", "0x01")).toEqual([]);
    expect(await h.ok(stranger, "System.remark_with_event", "0x01")).toEqual([
      ["System.Remarked", stranger.address, blake2AsHex("0x01")],
    ]);
    await h.rootFails("BadOrigin", "System.remark_with_event", "0x01");
    expect(await h.root("System.remark", "0x01")).toEqual([]);
  });

  it("lets root write and delete raw storage", async () => {
    const read = (key: string) => h.rpc("state_getStorage", key);
    await h.root("System.set_storage", [
      ["0xabcd01", "0x05"],
      ["0xabcd02", "0x06"],
      ["0xabcd03", "0x07"],
    ]);
    expect(await read("0xabcd02")).toBe("0x06");
    await h.root("System.kill_storage", ["0xabcd02"]);
    expect(await read("0xabcd02")).toBeNull();
    await h.root("System.kill_prefix", "0xabcd", 1);
    expect([await read("0xabcd01"), await read("0xabcd03")]).toEqual([null, "0x07"]);
    await h.root("System.set_heap_pages", 64);
    await h.fails("BadOrigin", stranger, "System.set_storage", []);
    await h.fails("BadOrigin", stranger, "System.kill_storage", []);
    await h.fails("BadOrigin", stranger, "System.kill_prefix", "0x", 1);
    await h.fails("BadOrigin", stranger, "System.set_heap_pages", 1);
  });

  it("keeps the time for the block's author", async () => {
    await h.fails("BadOrigin", stranger, "Timestamp.set", 1);
    await h.rootFails("BadOrigin", "Timestamp.set", 1);
  });
});

describe("SubtensorModule.associate_evm_key", () => {
  const call = "SubtensorModule.associate_evm_key";
  const pair = secp256k1PairFromSeed(new Uint8Array(32).fill(7));
  const address = ethereumEncode(pair.publicKey).toLowerCase();
  /** A personal message over hotkey and Keccak of the block number. */
  const sign = (hotkey: Uint8Array, block: number): string => {
    const message = u8aConcat(hotkey, keccakAsU8a(bnToU8a(block, { bitLength: 64, isLe: true })));
    const prefix = new TextEncoder().encode(`\x19Ethereum Signed Message:\n${message.length}`);
    return u8aToHex(secp256k1Sign(u8aConcat(prefix, message), pair, "keccak"));
  };

  it("stores the address with the block, free", async () => {
    expect(await h.ok(miner, call, NETUID, address, 5, sign(miner.publicKey, 5))).toEqual([
      ["SubtensorModule.EvmKeyAssociated", NETUID, miner.address, address, await h.height()],
    ]);
    expect(await h.get("SubtensorModule.AssociatedEvmAddress", NETUID, 2)).toEqual([address, await h.height()]);
  });

  it("refuses in the order registration, rate, signature, address", async () => {
    const bad = `0x${"ff".repeat(65)}`;
    await h.guarded([19, "HotKeyNotRegisteredInSubNet"], stranger, call, NETUID, address, 5, bad);
    await h.fails("InvalidIdentity", miner, call, NETUID, address, 5, bad);
    await h.fails("InvalidRecoveredPublicKey", miner, call, NETUID, address, 6, sign(miner.publicKey, 5));
    await h.fails("InvalidRecoveredPublicKey", validator, call, NETUID, address, 5, sign(miner.publicKey, 5));
    await h.fund(miner, 10n ** 9n);
    const good = [NETUID, address, 5, sign(miner.publicKey, 5)];
    await h.nestedFails("EvmKeyAssociateRateLimitExceeded", miner, call, good, good);
    expect(encodeAddress(miner.publicKey, 42)).toBe(miner.address);
  });
});
