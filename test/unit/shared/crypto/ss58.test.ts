import { decodeAddress as polkadotDecode, encodeAddress as polkadotEncode } from "@polkadot/util-crypto";
import { base58Decode, base58Encode } from "@subnetkit/shared/crypto/base58";
import { decodeAddress, encodeAddress, isAddress } from "@subnetkit/shared/crypto/ss58";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const publicKey = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("ss58", () => {
  it("knows Alice", () => {
    expect(encodeAddress(hexToBytes("0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"))).toBe(alice);
  });

  it("agrees with polkadot.js in both directions for every network format", () => {
    const formats = fc.integer({ min: 0, max: 16_383 }).filter((prefix) => prefix !== 46 && prefix !== 47);
    fc.assert(
      fc.property(publicKey, formats, (key, prefix) => {
        const address = encodeAddress(key, prefix);
        expect(address).toBe(polkadotEncode(key, prefix));
        expect(decodeAddress(address, prefix)).toEqual(key);
        expect(polkadotDecode(address)).toEqual(key);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses an address with any one character changed", () => {
    fc.assert(
      fc.property(
        publicKey,
        fc.nat(47),
        fc.constantFrom(..."123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
        (key, at, letter) => {
          const address = encodeAddress(key);
          const changed = address.slice(0, at) + letter + address.slice(at + 1);
          expect(isAddress(changed)).toBe(changed === address);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("refuses another network's address of the same key, and names the reason", () => {
    expect(() => decodeAddress(encodeAddress(decodeAddress(alice), 0))).toThrowError(
      expect.objectContaining({ code: "E_BAD_ADDRESS", message: expect.stringContaining("network format is not 42") }),
    );
  });

  it.each(["", "5", `1${alice}`, ` ${alice}`, `${alice}\n`, "0".repeat(48), "5".repeat(10_000), "τ".repeat(48)])(
    "refuses %j",
    (text) => {
      expect(() => decodeAddress(text)).toThrowError(expect.objectContaining({ code: "E_BAD_ADDRESS" }));
    },
  );

  it("does not repeat a text that cannot be an address: it may be a secret typed into the wrong field", () => {
    expect(() => decodeAddress("bottom drive obey lake")).toThrowError(
      expect.objectContaining({ data: { length: 22, problem: expect.any(String) } }),
    );
  });

  it("encodes nothing but 32-byte keys and known formats", () => {
    expect(() => encodeAddress(new Uint8Array(33))).toThrowError(expect.objectContaining({ code: "E_BAD_KEY" }));
    expect(() => encodeAddress(new Uint8Array(32), 16_384)).toThrowError(
      expect.objectContaining({ code: "E_BAD_ADDRESS" }),
    );
  });
});

describe("base58", () => {
  it("survives a round trip, leading zeros included", () => {
    fc.assert(
      fc.property(fc.nat(3), fc.uint8Array({ maxLength: 40 }), (zeros, tail) => {
        const bytes = new Uint8Array([...new Array<number>(zeros).fill(0), ...tail]);
        expect(base58Decode(base58Encode(bytes))).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses the letters it leaves out", () => {
    expect(["0", "O", "I", "l", " "].map(base58Decode)).toEqual(new Array(5).fill(undefined));
  });
});
