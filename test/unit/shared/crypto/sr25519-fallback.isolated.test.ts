import { utf8 } from "@subnetkit/shared/util/bytes";
import { describe, expect, it, vi } from "vitest";

/** The Rust crate after too many panics: every call ends in a WebAssembly trap. */
vi.mock("@polkadot-labs/schnorrkel-wasm", () => {
  const trap = () =>
    vi.fn(() => {
      throw new Error("unreachable");
    });
  return {
    sr25519_sign: trap(),
    sr25519_verify: trap(),
    sr25519_pubkey: trap(),
    sr25519_derive_keypair_hard: trap(),
    sr25519_derive_seed_hard: trap(),
  };
});

const { keypairFromUri, verifySignature } = await import("@subnetkit/shared/crypto/keypair");
const { sr25519Backend } = await import("@subnetkit/shared/crypto/sr25519");
const schnorrkel = await import("@polkadot-labs/schnorrkel-wasm");

describe("sr25519 with a broken WebAssembly instance", () => {
  it("goes on in plain JavaScript, derives, signs and verifies, and never asks the broken one again", () => {
    expect(sr25519Backend()).toBe("wasm");
    const alice = keypairFromUri("//Alice");
    const message = utf8("hello");
    expect(sr25519Backend()).toBe("portable");
    expect(alice.address).toBe("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
    const signature = alice.sign(message);
    expect(verifySignature("sr25519", message, signature, alice.publicKey)).toBe(true);
    expect(verifySignature("sr25519", utf8("other"), signature, alice.publicKey)).toBe(false);
    expect(vi.mocked(schnorrkel.sr25519_pubkey)).toHaveBeenCalledTimes(1);
    for (const call of [schnorrkel.sr25519_derive_keypair_hard, schnorrkel.sr25519_sign, schnorrkel.sr25519_verify])
      expect(vi.mocked(call)).not.toHaveBeenCalled();
  });
});
