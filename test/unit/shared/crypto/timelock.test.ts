import { beaconPublicKey, beaconSign, beaconVerify, roundMessage, roundPoint } from "@subnetkit/shared/crypto/beacon";
import { sha256 } from "@subnetkit/shared/crypto/hash";
import { timelockDecrypt, timelockEncrypt, timelockSizes } from "@subnetkit/shared/crypto/timelock";
import { decodeWeightsPayload, encodeWeightsPayload } from "@subnetkit/shared/crypto/weights-payload";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { bareHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Known answer of spec/subtensor-interface.md 6.3: made by the chain's Rust crate for round 1000 of the real quicknet. */
const quicknet = hexToBytes(
  "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
);
const vector = {
  round: 1000n,
  message: "f652498d092acd949bad74e40683bf3824fb817980504a0c7e6722cfc5a9c0a3",
  point: "8f5a32d53837b00fbc0ee31ce9966435a41c5188a80ce9934d3c80588b6ad6f643ebda1b83ef89e44da9ced6205cdecf",
  signature: hexToBytes(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
  ),
  plaintext: hexToBytes(
    "80d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d080000010008b66dfffff8dc0c0000000000",
  ),
  random: {
    key: Uint8Array.from({ length: 32 }, (_, i) => i),
    sigma: hexToBytes("ae8a0d300cbd4c32c572a4cc19540cba6512cf2128a9dc412482ccaeb1180ae1"),
    nonce: hexToBytes("be87e02483980ae7f6c37d57"),
  },
  ciphertext: hexToBytes(
    "afc66db4adbe0a1ce2cc08eb58ccebbbd54fb8562438e81f9f6ccde99849ca8afcd8a60a52a1c59ac7fb3783bb5e1db6109058ebf5a6abfaa061c3ab41c24c36517e1236d1a4c9a8423cad0f0159e9616c93d49baf1767cecf94104a69a850482000000000000000d72020d68d4bab2c2be62da10d9e6b1981fd6abe7813e30e778a80b50a5896ab2000000000000000c83ba6232e24d2f108377d7ec23861cfc8c28c01ddc028fda5c5fd54f609577e5f00000000000000430000000000000011e7b7f4eb861bfd4434167df7e300e0cd0c9a17ebdf3442faf98e407e204ffac0acaecc36b29b95c01af49c6881b65bf7d45267bd47a0b1286bdd98e849af00099f060c00000000000000be87e02483980ae7f6c37d5708000000000000004145535f47434d5f",
  ),
};
const alice = hexToBytes("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");

const secret = sha256(utf8("a beacon of our own")).map((byte, i) => (i === 0 ? byte & 0x3f : byte));
const publicKey = beaconPublicKey(secret);

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return "nothing was thrown";
};

const changed = (bytes: Uint8Array, offset: number, value?: number): Uint8Array =>
  bytes.map((byte, i) => (i === offset ? (value ?? byte ^ 1) : byte));

describe("the known answer of the chain's crate", () => {
  it("hashes the round to the same message and the same point", () => {
    expect(bareHex(roundMessage(vector.round))).toBe(vector.message);
    expect(bareHex(roundPoint(vector.round).toBytes(true))).toBe(vector.point);
  });

  it("accepts the real quicknet signature for its round only", () => {
    expect(beaconVerify(quicknet, vector.round, vector.signature)).toBe(true);
    expect(beaconVerify(quicknet, vector.round + 1n, vector.signature)).toBe(false);
    expect(beaconVerify(publicKey, vector.round, vector.signature)).toBe(false);
  });

  it("encrypts to the same bytes, also when the pairing comes from the cache", () => {
    expect(bareHex(timelockEncrypt(vector.plaintext, vector.round, quicknet, vector.random))).toBe(
      bareHex(vector.ciphertext),
    );
    expect(bareHex(timelockEncrypt(vector.plaintext, vector.round, quicknet, vector.random))).toBe(
      bareHex(vector.ciphertext),
    );
  });

  it("decrypts to the plaintext", () => {
    expect(bareHex(timelockDecrypt(vector.ciphertext, vector.signature))).toBe(bareHex(vector.plaintext));
  });

  it("encodes and decodes the payload", () => {
    const payload = { hotkey: alice, uids: [0, 1], values: [28086, 65535], versionKey: 843000n };
    expect(bareHex(encodeWeightsPayload(payload))).toBe(bareHex(vector.plaintext));
    expect(decodeWeightsPayload(vector.plaintext)).toEqual({ kind: "current", ...payload });
  });
});

describe("a beacon of our own", () => {
  it("signs what it verifies, 48 bytes", () => {
    const signature = beaconSign(secret, 7n);
    expect(signature.length).toBe(48);
    expect(publicKey.length).toBe(96);
    expect(beaconVerify(publicKey, 7n, signature)).toBe(true);
    expect(beaconVerify(publicKey, 8n, signature)).toBe(false);
  });

  it("answers false, and does not throw, on bytes that are no point, the identity, a wrong length or a round outside u64", () => {
    const signature = beaconSign(secret, 7n);
    const identity = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xc0 : 0));
    expect(beaconVerify(publicKey, 7n, changed(signature, 20))).toBe(false);
    expect(beaconVerify(publicKey, 7n, identity)).toBe(false);
    expect(beaconVerify(publicKey, 7n, signature.subarray(1))).toBe(false);
    expect(beaconVerify(changed(publicKey, 50), 7n, signature)).toBe(false);
    expect(beaconVerify(publicKey, -1n, signature)).toBe(false);
    expect(beaconVerify(publicKey, 1n << 64n, signature)).toBe(false);
  });

  it("refuses a secret of the wrong length, zero, or not below the group order", () => {
    expect(codeOf(() => beaconPublicKey(new Uint8Array(31)))).toBe("E_TIMELOCK_INPUT");
    expect(codeOf(() => beaconPublicKey(new Uint8Array(32)))).toBe("E_TIMELOCK_INPUT");
    expect(codeOf(() => beaconSign(new Uint8Array(32).fill(0xff), 1n))).toBe("E_TIMELOCK_INPUT");
    expect(codeOf(() => beaconSign(secret, -1n))).toBe("E_TIMELOCK_INPUT");
  });
});

describe("timelock", () => {
  it("opens what it closed, for any message, and adds 244 bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.bigInt(0n, (1n << 64n) - 1n), (message, round) => {
        const ciphertext = timelockEncrypt(message, round, publicKey);
        expect(ciphertext.length).toBe(message.length + timelockSizes.overhead);
        expect(bareHex(timelockDecrypt(ciphertext, beaconSign(secret, round)))).toBe(bareHex(message));
      }),
      { numRuns: 8 },
    );
  });

  it("gives other bytes each time", () => {
    expect(bareHex(timelockEncrypt(utf8("x"), 5n, publicKey))).not.toBe(
      bareHex(timelockEncrypt(utf8("x"), 5n, publicKey)),
    );
  });

  it("does not mix up the rounds and keys its cache holds", () => {
    const other = beaconPublicKey(sha256(utf8("another beacon")).fill(1, 0, 1));
    const toOurs = timelockEncrypt(utf8("ours"), 9n, publicKey);
    timelockEncrypt(utf8("theirs"), 9n, other);
    const toNext = timelockEncrypt(utf8("next"), 10n, publicKey);
    expect(bareHex(timelockDecrypt(toOurs, beaconSign(secret, 9n)))).toBe(bareHex(utf8("ours")));
    expect(bareHex(timelockDecrypt(toNext, beaconSign(secret, 10n)))).toBe(bareHex(utf8("next")));
  });

  it("takes a message of 4756 bytes and none longer", () => {
    expect(timelockEncrypt(new Uint8Array(4756), 5n, publicKey).length).toBe(5000);
    expect(codeOf(() => timelockEncrypt(new Uint8Array(4757), 5n, publicKey))).toBe("E_TIMELOCK_INPUT");
  });

  it("refuses keys, rounds and random values of the wrong size", () => {
    expect(codeOf(() => timelockEncrypt(utf8("x"), 5n, publicKey.subarray(1)))).toBe("E_TIMELOCK_INPUT");
    expect(codeOf(() => timelockEncrypt(utf8("x"), 5n, changed(publicKey, 60)))).toBe("E_TIMELOCK_MALFORMED");
    expect(codeOf(() => timelockEncrypt(utf8("x"), 1n << 64n, publicKey))).toBe("E_TIMELOCK_INPUT");
    const shortKey = { ...vector.random, key: new Uint8Array(31) };
    expect(codeOf(() => timelockEncrypt(utf8("x"), 5n, publicKey, shortKey))).toBe("E_TIMELOCK_INPUT");
  });

  it.each([
    ["the signature of another round", vector.ciphertext, beaconSign(secret, 1000n), "E_TIMELOCK_DECRYPT"],
    ["an altered V", changed(vector.ciphertext, 110), vector.signature, "E_TIMELOCK_DECRYPT"],
    ["an altered W", changed(vector.ciphertext, 150), vector.signature, "E_TIMELOCK_DECRYPT"],
    ["an altered message", changed(vector.ciphertext, 195), vector.signature, "E_TIMELOCK_DECRYPT"],
    ["an altered tag", changed(vector.ciphertext, 192 + 66), vector.signature, "E_TIMELOCK_DECRYPT"],
    ["an altered nonce", changed(vector.ciphertext, 270), vector.signature, "E_TIMELOCK_DECRYPT"],
    [
      "a U that is another point",
      concat(publicKey, vector.ciphertext.subarray(96)),
      vector.signature,
      "E_TIMELOCK_DECRYPT",
    ],
    ["a U that is no point", changed(vector.ciphertext, 40), vector.signature, "E_TIMELOCK_MALFORMED"],
    ["a V of 31 bytes", changed(vector.ciphertext, 96, 31), vector.signature, "E_TIMELOCK_MALFORMED"],
    ["a W of 33 bytes", changed(vector.ciphertext, 136, 33), vector.signature, "E_TIMELOCK_MALFORMED"],
    ["a body longer than the rest", changed(vector.ciphertext, 176, 0xff), vector.signature, "E_TIMELOCK_MALFORMED"],
    [
      "a length of 2^64 - 1",
      vector.ciphertext.map((b, i) => (i >= 176 && i < 184 ? 0xff : b)),
      vector.signature,
      "E_TIMELOCK_MALFORMED",
    ],
    [
      "a sealed message shorter than its tag",
      changed(vector.ciphertext, 184, 15),
      vector.signature,
      "E_TIMELOCK_MALFORMED",
    ],
    ["a missing cipher suite", vector.ciphertext.subarray(0, 295 - 16), vector.signature, "E_TIMELOCK_MALFORMED"],
    ["a signature that is no point", vector.ciphertext, changed(vector.signature, 9), "E_TIMELOCK_MALFORMED"],
    ["a signature of 47 bytes", vector.ciphertext, vector.signature.subarray(1), "E_TIMELOCK_MALFORMED"],
    ["more than 5000 bytes", new Uint8Array(5001), vector.signature, "E_TIMELOCK_MALFORMED"],
    ["nothing", new Uint8Array(0), vector.signature, "E_TIMELOCK_MALFORMED"],
  ])("refuses %s", (_, ciphertext, signature, code) => {
    expect(codeOf(() => timelockDecrypt(ciphertext, signature))).toBe(code);
  });

  it("refuses every cut of a ciphertext with a typed error", () => {
    for (let length = 0; length < vector.ciphertext.length; length++) {
      expect(codeOf(() => timelockDecrypt(vector.ciphertext.subarray(0, length), vector.signature))).toBe(
        "E_TIMELOCK_MALFORMED",
      );
    }
  });

  it("ignores bytes inside the body after its last field", () => {
    const [head, rest] = [changed(vector.ciphertext, 176, 0x5f + 3).subarray(0, 279), vector.ciphertext.subarray(279)];
    expect(bareHex(timelockDecrypt(concat(head, utf8("abc"), rest), vector.signature))).toBe(bareHex(vector.plaintext));
  });

  it("ignores bytes after the ciphertext and the content of the cipher suite, as the chain does", () => {
    const padded = concat(vector.ciphertext, utf8("more"));
    const otherSuite = changed(vector.ciphertext, vector.ciphertext.length - 1);
    expect(bareHex(timelockDecrypt(padded, vector.signature))).toBe(bareHex(vector.plaintext));
    expect(bareHex(timelockDecrypt(otherSuite, vector.signature))).toBe(bareHex(vector.plaintext));
  });
});

describe("the weights payload", () => {
  const u16 = fc.integer({ min: 0, max: 65535 });

  it("comes back as it was, in both forms", () => {
    const pairs = fc.array(fc.tuple(u16, u16), { maxLength: 300 });
    fc.assert(
      fc.property(pairs, fc.bigInt(0n, (1n << 64n) - 1n), (entries, versionKey) => {
        const lists = { uids: entries.map(([uid]) => uid), values: entries.map(([, value]) => value), versionKey };
        const current = encodeWeightsPayload({ hotkey: alice, ...lists });
        expect(decodeWeightsPayload(current)).toEqual({ kind: "current", hotkey: alice, ...lists });
      }),
      { numRuns: 100 },
    );
    const legacy = { uids: [0, 5], values: [1, 65535], versionKey: 3n };
    expect(bareHex(encodeWeightsPayload(legacy))).toBe("0800000500080100ffff0300000000000000");
    expect(decodeWeightsPayload(encodeWeightsPayload(legacy))).toEqual({ kind: "legacy", ...legacy });
  });

  it("decodes as the chain does: trailing bytes ignored, a longer hotkey cut to 32 bytes", () => {
    expect(decodeWeightsPayload(concat(vector.plaintext, utf8("tail")))).toEqual(
      decodeWeightsPayload(vector.plaintext),
    );
    const longer = concat(Uint8Array.of(33 << 2), alice, Uint8Array.of(9), vector.plaintext.subarray(33));
    expect(decodeWeightsPayload(longer)).toEqual(decodeWeightsPayload(vector.plaintext));
  });

  it("calls cut, over-long and non-minimal encodings malformed", () => {
    expect(decodeWeightsPayload(new Uint8Array(0))).toEqual({ kind: "malformed" });
    expect(decodeWeightsPayload(vector.plaintext.subarray(0, 50))).toEqual({ kind: "malformed" });
    expect(decodeWeightsPayload(hexToBytes("feffffff00"))).toEqual({ kind: "malformed" });
    expect(decodeWeightsPayload(hexToBytes("0100000000000000000000000000"))).toEqual({ kind: "malformed" });
    expect(decodeWeightsPayload(hexToBytes("03ffffffff"))).toEqual({ kind: "malformed" });
  });

  it("never throws on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(["current", "legacy", "malformed"]).toContain(decodeWeightsPayload(bytes).kind);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses to encode what is no u16, u64 or 32-byte key", () => {
    const good = { hotkey: alice, uids: [1], values: [2], versionKey: 0n };
    for (const bad of [
      { uids: [65536] },
      { values: [-1] },
      { values: [1.5] },
      { values: [] },
      { versionKey: -1n },
      { hotkey: alice.subarray(1) },
    ]) {
      expect(codeOf(() => encodeWeightsPayload({ ...good, ...bad }))).toBe("E_TIMELOCK_INPUT");
    }
  });
});

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
