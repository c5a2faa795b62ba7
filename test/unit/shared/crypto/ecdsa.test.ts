import { Keyring } from "@polkadot/keyring";
import { ecdsaVerify } from "@subnetkit/shared/crypto/ecdsa";
import { utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const pair = new Keyring({ type: "ecdsa", ss58Format: 42 }).addFromUri("//Alice");
const other = new Keyring({ type: "ecdsa" }).addFromUri("//Bob");
const message = utf8("a payload");

const changed = (bytes: Uint8Array, at: number, by: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ by;
  return copy;
};

describe("ecdsaVerify", () => {
  it("accepts what a polkadot.js keyring signs, for that account only and for those bytes only", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const signature = pair.sign(bytes);
        expect(ecdsaVerify(bytes, signature, pair.addressRaw)).toBe(true);
        expect(ecdsaVerify(bytes, signature, other.addressRaw)).toBe(false);
        expect(ecdsaVerify(Uint8Array.of(...bytes, 0), signature, pair.addressRaw)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  it("reads Ethereum's recovery ids 27 and 28 as 0 and 1", () => {
    const signature = pair.sign(message);
    const moved = Uint8Array.from(signature);
    moved[64] = (moved[64] ?? 0) + 27;
    expect(ecdsaVerify(message, moved, pair.addressRaw)).toBe(true);
  });

  it("refuses every changed bit and every other length without a throw", () => {
    const signature = pair.sign(message);
    for (let at = 0; at < 65; at++)
      expect(ecdsaVerify(message, changed(signature, at, 1 << (at % 8)), pair.addressRaw)).toBe(false);
    for (const length of [0, 1, 64, 66]) {
      const bytes = new Uint8Array(length);
      bytes.set(signature.subarray(0, Math.min(length, 65)));
      expect(ecdsaVerify(message, bytes, pair.addressRaw)).toBe(false);
    }
    for (const fill of [0, 255])
      expect(ecdsaVerify(message, new Uint8Array(65).fill(fill), pair.addressRaw)).toBe(false);
  });
});
