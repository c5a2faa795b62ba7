import { Keyring } from "@polkadot/keyring";
import {
  cryptoWaitReady,
  ed25519Verify,
  mnemonicGenerate,
  mnemonicToMiniSecret as polkadotMiniSecret,
  sr25519Verify,
} from "@polkadot/util-crypto";
import {
  type KeyScheme,
  keypairFromSecretKey,
  keypairFromSeed,
  keypairFromUri,
  verifySignature,
} from "@subnetkit/shared/crypto/keypair";
import { keyMaterialOfUri } from "@subnetkit/shared/crypto/key-material";
import {
  entropyToMnemonic,
  generateMnemonic,
  mnemonicToEntropy,
  mnemonicToMiniSecret,
} from "@subnetkit/shared/crypto/mnemonic";
import { bareHex, utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

const schemes: readonly KeyScheme[] = ["sr25519", "ed25519"];
const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const step = fc.oneof(
  fc.stringMatching(/^[a-zA-Z_.-]{1,40}$/),
  fc.nat(1_000_000).map(String),
  fc.constantFrom("0", "007", "4294967296", "x".repeat(64)),
);

beforeAll(async () => void (await cryptoWaitReady()));

function polkadotAddress(uri: string, scheme: KeyScheme): string {
  return new Keyring({ type: scheme, ss58Format: 42 }).addFromUri(uri).address;
}

describe("keypairFromUri", () => {
  it("knows the development keys", () => {
    expect(keypairFromUri("//Alice").address).toBe("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
    expect(keypairFromUri("//Bob").address).toBe("5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty");
    expect(keypairFromUri("//Alice", "ed25519").address).toBe("5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu");
  });

  it("derives what polkadot.js derives, for hard and soft steps of any kind and a password", () => {
    const path = fc
      .array(fc.tuple(fc.constantFrom("/", "//"), step), { maxLength: 3 })
      .map((steps) => steps.flat().join(""));
    fc.assert(
      fc.property(path, fc.constantFrom("", "///secret", "///pass//word /x"), (steps, password) => {
        const uri = `${phrase}${steps}${password}`;
        expect(keypairFromUri(uri).address).toBe(polkadotAddress(uri, "sr25519"));
      }),
      { numRuns: 25 },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 3 }), (steps) => {
        const uri = `${phrase}${steps.map((name) => `//${name}`).join("")}`;
        expect(keypairFromUri(uri, "ed25519").address).toBe(polkadotAddress(uri, "ed25519"));
      }),
      { numRuns: 15 },
    );
  });

  it("starts from a hexadecimal seed", () => {
    const seed = new Uint8Array(32).fill(7);
    for (const scheme of schemes)
      expect(keypairFromUri(`0x${bareHex(seed)}`, scheme).address).toBe(keypairFromSeed(seed, scheme).address);
    expect(keypairFromUri(`0x${bareHex(seed)}//a`).address).toBe(polkadotAddress(`0x${bareHex(seed)}//a`, "sr25519"));
  });

  it.each([
    "",
    "///",
    "//",
    "0x12//a",
    "//a///\u0000".repeat(300),
    "not a phrase",
    `${phrase} extra`,
    phrase.replace("yellow", "year"),
    "//Alice//",
    "a\n//b",
  ])("refuses %j without repeating it", (uri) => {
    for (const scheme of schemes) {
      let error: unknown;
      try {
        keypairFromUri(uri, scheme);
      } catch (thrown) {
        error = thrown;
      }
      if (uri === "///") expect(error).toBeUndefined();
      else {
        expect(error).toEqual(expect.objectContaining({ code: expect.stringMatching(/^E_BAD_(KEY_URI|MNEMONIC)$/) }));
        for (const word of ["legal", "winner", "extra", "phrase"])
          expect(JSON.stringify(error).includes(`"${word}`)).toBe(false);
      }
    }
  });

  it("refuses soft steps for ed25519, which has none", () => {
    expect(() => keypairFromUri("//a/b", "ed25519")).toThrowError(expect.objectContaining({ code: "E_BAD_KEY_URI" }));
  });
});

describe("a keypair", () => {
  it.each(schemes)("of scheme %s signs so that it and polkadot.js verify, and nothing else does", (scheme) => {
    const [alice, bob] = [keypairFromUri("//Alice", scheme), keypairFromUri("//Bob", scheme)];
    const polkadotVerify = scheme === "sr25519" ? sr25519Verify : ed25519Verify;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
        const signature = alice.sign(message);
        expect(signature).toHaveLength(64);
        expect(verifySignature(scheme, message, signature, alice.publicKey)).toBe(true);
        expect(polkadotVerify(message, signature, alice.publicKey)).toBe(true);
        expect(verifySignature(scheme, message, signature, bob.publicKey)).toBe(false);
        expect(verifySignature(scheme, new Uint8Array([...message, 0]), signature, alice.publicKey)).toBe(false);
        expect(verifySignature(scheme === "sr25519" ? "ed25519" : "sr25519", message, signature, alice.publicKey)).toBe(
          false,
        );
      }),
      { numRuns: 20 },
    );
  });

  it.each(schemes)("of scheme %s verifies what polkadot.js signs, except wrapped bytes", (scheme) => {
    const pair = new Keyring({ type: scheme }).addFromUri("//Alice");
    const { publicKey } = keypairFromUri("//Alice", scheme);
    expect(verifySignature(scheme, utf8("hello"), pair.sign("hello"), publicKey)).toBe(true);
    expect(verifySignature(scheme, utf8("hello"), pair.sign("<Bytes>hello</Bytes>"), publicKey)).toBe(false);
  });

  it("shows no secret when it is printed", () => {
    const seed = new Uint8Array(32).fill(0xab);
    for (const scheme of schemes) {
      const keypair = keypairFromSeed(seed, scheme);
      expect(Object.keys(keypair).sort()).toEqual(["address", "publicKey", "scheme", "sign"]);
      expect(JSON.stringify(keypair)).not.toContain("171,171,171");
    }
  });

  it("comes from a seed of 32 bytes or a secret key of 64, and from nothing else", () => {
    expect(keypairFromSecretKey(keyMaterialOfUri("//Alice", "sr25519").secretKey).address).toBe(
      keypairFromUri("//Alice").address,
    );
    for (const scheme of schemes)
      expect(() => keypairFromSeed(new Uint8Array(31), scheme)).toThrowError(
        expect.objectContaining({ code: "E_BAD_KEY" }),
      );
    expect(() => keypairFromSecretKey(new Uint8Array(64).fill(255))).toThrowError(
      expect.objectContaining({ code: "E_BAD_KEY" }),
    );
    expect(() => keypairFromSecretKey(new Uint8Array(32))).toThrowError(expect.objectContaining({ code: "E_BAD_KEY" }));
  });
});

describe("secret phrases", () => {
  it("give the mini secret polkadot.js gives, for every length", () => {
    for (const words of [12, 15, 18, 21, 24] as const) {
      const mnemonic = mnemonicGenerate(words);
      expect(mnemonicToMiniSecret(mnemonic, "pass")).toEqual(polkadotMiniSecret(mnemonic, "pass"));
    }
  });

  it("survive a round trip through their entropy", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(16, 20, 24, 28, 32).chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
        (entropy) => {
          expect(mnemonicToEntropy(entropyToMnemonic(entropy))).toEqual(entropy);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("are twelve valid words when made here, never the same twice", () => {
    const [a, b] = [generateMnemonic(), generateMnemonic()];
    expect(a.split(" ")).toHaveLength(12);
    expect(mnemonicToEntropy(a)).toHaveLength(16);
    expect(a).not.toBe(b);
  });
});
