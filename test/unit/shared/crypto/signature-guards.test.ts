import { randomBytes } from "node:crypto";
import { type KeyScheme, keypairFromUri, verifySignature } from "@subnetkit/shared/crypto/keypair";
import { sr25519Backend } from "@subnetkit/shared/crypto/sr25519";
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const message = utf8("POST /v1/tasks/classify");
const alice = keypairFromUri("//Alice");
const order = (1n << 252n) + 27_742_317_777_372_353_535_851_937_790_883_648_493n;

/** A signature whose second half is this scalar, marked as schnorrkel marks it. */
function withScalar(scalar: bigint): Uint8Array {
  const digits = scalar.toString(16).padStart(64, "0");
  const bytes = new Uint8Array([...alice.sign(message).subarray(0, 32), ...Buffer.from(digits, "hex").reverse()]);
  bytes[63] = bytes[63]! | 0x80;
  return bytes;
}

/** Signatures a stranger might send: of the wrong length, unmarked, out of range, torn, and well-formed but false. */
function badSignatures(): Uint8Array[] {
  const result: Uint8Array[] = [];
  for (let i = 0; i < 600; i++) {
    const marked = new Uint8Array(randomBytes(64));
    marked[63] = marked[63]! | 0x80;
    const flipped = alice.sign(message);
    flipped[i % 64] = flipped[i % 64]! ^ (1 << (i % 8));
    const inRange = new Uint8Array(randomBytes(64));
    inRange[63] = 0x80 | (i % 16);
    result.push(new Uint8Array(randomBytes(64)), marked, flipped, inRange, new Uint8Array(randomBytes(i % 130)));
  }
  const edges = [0n, 1n, order - 1n, order, order + 1n, 1n << 252n, (1n << 253n) - 1n, (1n << 255n) - 1n];
  return [...result, ...edges.map(withScalar), new Uint8Array(64), new Uint8Array(64).fill(255)];
}

describe("verifySignature against hostile bytes", () => {
  it("survives 3,000 bad signatures without a throw, and the fast implementation is still there and right", () => {
    const bad = badSignatures();
    expect(bad.length).toBeGreaterThan(3_000);
    expect(bad.filter((signature) => verifySignature("sr25519", message, signature, alice.publicKey))).toEqual([]);
    expect(sr25519Backend()).toBe("wasm");
    expect(verifySignature("sr25519", message, alice.sign(message), alice.publicKey)).toBe(true);
  });

  it("never throws on any signature and any public key, under either scheme", () => {
    const bytes = fc.uint8Array({ maxLength: 70 });
    const key = fc.oneof(bytes, fc.uint8Array({ minLength: 32, maxLength: 32 }));
    fc.assert(
      fc.property(
        fc.constantFrom<KeyScheme>("sr25519", "ed25519"),
        bytes,
        bytes,
        key,
        (scheme, text, signature, publicKey) => {
          expect(verifySignature(scheme, text, signature, publicKey)).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
    expect(sr25519Backend()).toBe("wasm");
  });

  it("survives 3,000 valid signatures under keys that are no points", () => {
    const signature = alice.sign(message);
    for (let i = 0; i < 3_000; i++)
      expect(verifySignature("sr25519", message, signature, new Uint8Array(randomBytes(32)))).toBe(false);
    expect(sr25519Backend()).toBe("wasm");
  });

  it("takes a scalar just below the group order for well-formed and does not confuse it with one above", () => {
    expect(verifySignature("sr25519", message, withScalar(order - 1n), alice.publicKey)).toBe(false);
    const real = alice.sign(message);
    const scalar = BigInt(`0x${Buffer.from(real.subarray(32)).reverse().toString("hex")}`) - (1n << 255n);
    expect(
      verifySignature(
        "sr25519",
        message,
        new Uint8Array([...real.subarray(0, 32), ...withScalar(scalar).subarray(32)]),
        alice.publicKey,
      ),
    ).toBe(true);
    expect(
      verifySignature(
        "sr25519",
        message,
        new Uint8Array([...real.subarray(0, 32), ...withScalar(scalar + order).subarray(32)]),
        alice.publicKey,
      ),
    ).toBe(false);
  });

  it("refuses the keys under which anyone can sign: the identity and the points of small order", () => {
    const zero = new Uint8Array(32);
    const one = new Uint8Array(32);
    one[0] = 1;
    expect(encodeAddress(zero)).toBe("5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM");
    const forgedForIdentity = new Uint8Array(64);
    forgedForIdentity[63] = 0x80;
    expect(verifySignature("sr25519", message, forgedForIdentity, zero)).toBe(false);
    const forgedForSmallOrder = new Uint8Array([...one, ...new Uint8Array(32)]);
    const eighth = hexToBytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    for (const key of [zero, one, eighth])
      expect(verifySignature("ed25519", message, forgedForSmallOrder, key)).toBe(false);
  });

  it("verifies messages too long for the fast implementation", () => {
    const long = new Uint8Array(70_000).fill(1);
    const signature = alice.sign(long);
    expect(verifySignature("sr25519", long, signature, alice.publicKey)).toBe(true);
    expect(verifySignature("sr25519", long.subarray(1), signature, alice.publicKey)).toBe(false);
    expect(sr25519Backend()).toBe("wasm");
  });
});
