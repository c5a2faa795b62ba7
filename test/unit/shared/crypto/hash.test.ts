import { blake2b256, blake2b512, prepareFastHashes, sha3_256, sha256, sha256Hex } from "@subnetkit/shared/crypto/hash";
import { bareHex, utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("hashes", () => {
  it("agree with published values", () => {
    expect(bareHex(sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256Hex("abc")).toBe(bareHex(sha256(utf8("abc"))));
    expect(sha256Hex(utf8('{"prompt": "hello"}'))).toBe(
      "341c57448e531310fbbe83f44cea2a5e838bd9e8a6b82b269f01d0dbbc23c3cc",
    );
    expect(bareHex(sha3_256(new Uint8Array()))).toBe(
      "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
    );
    expect(bareHex(blake2b256(utf8("abc")))).toBe("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    expect(bareHex(blake2b512(utf8("abc"))).slice(0, 32)).toBe("ba80a53f981c4d0d6a2797b69f12f6e9");
  });

  it("stay the same when the fast BLAKE2b takes over", async () => {
    const inputs = [
      ...fc.sample(fc.uint8Array({ maxLength: 2_000 }), 100),
      new Uint8Array(),
      new Uint8Array(128),
      new Uint8Array(129),
    ];
    const plain = inputs.map(blake2b256);
    await prepareFastHashes();
    const fast = inputs.map(blake2b256);
    expect(fast).toEqual(plain);
    expect(new Set(fast.map(bareHex)).size).toBe(new Set(inputs.map(bareHex)).size);
  });
});
