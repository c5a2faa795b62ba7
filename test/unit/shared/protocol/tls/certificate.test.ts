import { createPrivateKey, X509Certificate } from "node:crypto";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { sr25519Backend } from "@subnetkit/shared/crypto/sr25519";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { extensionOid } from "@subnetkit/shared/protocol/tls/certificate-form";
import { fingerprintOf, makeHotkeyCertificate, makeTlsKey } from "@subnetkit/shared/protocol/tls/make-certificate";
import { readCertificate } from "@subnetkit/shared/protocol/tls/read-certificate";
import {
  createCertificateCache,
  type ExpectedPeer,
  maxLifetimeMs,
  verifyHotkeyCertificate,
} from "@subnetkit/shared/protocol/tls/verify-certificate";
import { describe, expect, test } from "vitest";
import {
  certificate,
  factsOf,
  forge,
  genesisHash,
  hourMs,
  netuid,
  ordinaryCertificate,
  signedByAuthority,
  stranger,
  validator,
} from "./support.ts";

const ed25519Validator = keypairFromUri("//Validator", "ed25519");

function expected(changes: Partial<ExpectedPeer> = {}): ExpectedPeer {
  return { role: "validator", netuid, genesisHash, expect: validator.address, ...changes };
}

const reasonOf = (bytes: Uint8Array, changes: Partial<ExpectedPeer> = {}): string => {
  const verdict = verifyHotkeyCertificate(bytes, expected(changes));
  return verdict.kind === "verified" ? "verified" : verdict.reason;
};

describe("a certificate we make", () => {
  test.each([
    ["sr25519 hotkey, P-256 key", validator, "p256"],
    ["sr25519 hotkey, Ed25519 key", validator, "ed25519"],
    ["ed25519 hotkey, P-256 key", ed25519Validator, "p256"],
    ["ed25519 hotkey, Ed25519 key", ed25519Validator, "ed25519"],
  ] as const)("is verified, and node reads the same out of it: %s", (_name, keypair, keyType) => {
    const notAfterMs = Math.floor((Date.now() + hourMs) / 1000) * 1000;
    const key = makeTlsKey(keyType);
    const made = certificate({ keypair, key, notAfterMs });
    const verdict = verifyHotkeyCertificate(
      made.der,
      expected({ expect: keypair.address, schemeOf: () => keypair.scheme, fingerprint: made.fingerprint }),
    );
    expect(verdict).toEqual({
      kind: "verified",
      peer: { hotkey: keypair.address, publicKey: keypair.publicKey, notAfterMs },
    });

    const byNode = new X509Certificate(made.cert);
    expect(byNode.verify(byNode.publicKey)).toBe(true);
    expect(byNode.checkPrivateKey(createPrivateKey(made.key))).toBe(true);
    expect(byNode.checkIssued(byNode)).toBe(true);
    expect([byNode.subject, byNode.issuer]).toEqual(["CN=subnetkit", "CN=subnetkit"]);
    expect(Date.parse(byNode.validTo)).toBe(notAfterMs);
    expect(byNode.raw).toEqual(Buffer.from(made.der));
    expect(made.der.length).toBeLessThan(500);
    expect(fingerprintOf(byNode.publicKey.export({ format: "der", type: "spki" }))).toEqual(made.fingerprint);
  });

  test("carries its extension under the documented object identifier", () => {
    let rest = 248905868599258733321313604920636148076n;
    const digits: number[] = [];
    for (; rest > 0n; rest >>= 7n) digits.unshift(Number(rest & 127n) | (digits.length > 0 ? 0x80 : 0));
    const bytes = [2 * 40 + 25, ...digits];
    expect([...extensionOid]).toEqual([0x06, bytes.length, ...bytes]);
  });

  test("keeps its fingerprint when it is renewed with the same key, and gets another with another key", () => {
    const key = makeTlsKey();
    const [first, renewed] = [certificate({ key }), certificate({ key, notAfterMs: Date.now() + 2 * hourMs })];
    expect(renewed.der).not.toEqual(first.der);
    expect(renewed.fingerprint).toEqual(first.fingerprint);
    expect(certificate().fingerprint).not.toEqual(first.fingerprint);
  });

  test.each([
    ["an end beyond UTCTime", { notAfterMs: Date.UTC(2050) }],
    ["an end before its begin", { notAfterMs: 1_000_000_000_000 }],
    ["a netuid of 17 bits", { netuid: 65_536 }],
    ["a genesis hash that is none", { genesisHash: "0x12" }],
    ["an end that is no number", { notAfterMs: Number.NaN }],
  ])("is not made with %s", (_name, changes) => {
    const make = (): unknown =>
      makeHotkeyCertificate({
        keypair: validator,
        role: "miner",
        netuid,
        genesisHash,
        notAfterMs: Date.now() + 1,
        ...changes,
      });
    expect(make).toThrow(expect.objectContaining({ code: "E_TLS_CERTIFICATE" }));
  });
});

describe("a certificate that is not good", () => {
  const now = Date.now();
  const good = certificate();

  test("fails on the first check it does not pass", () => {
    const cases: Record<string, string> = {
      verified: reasonOf(good.der),
      size: reasonOf(new Uint8Array(2_049)),
      form: reasonOf(Buffer.concat([good.der, Buffer.alloc(1)])),
      early: reasonOf(certificate({ notBeforeMs: now + hourMs, notAfterMs: now + 2 * hourMs }).der),
      expired: reasonOf(certificate({ notBeforeMs: now - 2 * hourMs, notAfterMs: now - 1_000 }).der),
      lifetime: reasonOf(certificate({ notAfterMs: now + maxLifetimeMs + hourMs }).der),
      role: reasonOf(certificate({ role: "miner" }).der),
      scheme: reasonOf(good.der, { schemeOf: () => "ed25519" }),
      unknown: reasonOf(good.der, { expect: stranger.address }),
      pin: reasonOf(good.der, { fingerprint: certificate().fingerprint }),
      self_signature: reasonOf(signedByAuthority(good).der),
    };
    for (const [reason, found] of Object.entries(cases)) expect(found).toBe(reason);
    expect(reasonOf(certificate({ netuid: 3 }).der)).toBe("network");
    expect(reasonOf(certificate({ genesisHash: `0x${"cd".repeat(32)}` }).der)).toBe("network");
    expect(reasonOf(good.der, { fingerprint: new Uint8Array(31) })).toBe("pin");
  });

  test("has ended from the very millisecond it names", () => {
    const { notAfterMs } = good;
    expect(reasonOf(good.der, { now: notAfterMs - 1 })).toBe("verified");
    expect(reasonOf(good.der, { now: notAfterMs })).toBe("expired");
  });

  test("gains nothing from a stolen TLS key: a longer validity, another role, another subnet or chain are not what the hotkey signed", () => {
    const edit =
      (at: number, ...bytes: number[]) =>
      (claim: Uint8Array) => {
        const copy = Uint8Array.from(claim);
        copy.set(bytes, at);
        return copy;
      };
    expect(reasonOf(forge(good, {}).der)).toBe("verified");
    expect(reasonOf(forge(good, { notAfterMs: good.notAfterMs + hourMs }).der)).toBe("signature");
    expect(reasonOf(forge(good, { claim: edit(2, 0) }).der, { role: "miner" })).toBe("signature");
    expect(reasonOf(forge(good, { claim: edit(3, 0, 7) }).der, { netuid: 7 })).toBe("signature");
    const other = new Uint8Array(32).fill(0xcd);
    expect(reasonOf(forge(good, { claim: edit(5, ...other) }).der, { genesisHash: `0x${"cd".repeat(32)}` })).toBe(
      "signature",
    );
  });

  test("is refused when another hotkey signed it", () => {
    const named = forge(certificate({ keypair: stranger }), {
      claim: (claim) => {
        const copy = Uint8Array.from(claim);
        copy.set(validator.publicKey, 37);
        return copy;
      },
    });
    expect(reasonOf(named.der)).toBe("signature");
  });

  test("with a malformed signature or a hotkey that is no point is refused, and the curve code lives on", () => {
    const withSignature = (fill: number): Uint8Array =>
      forge(good, {
        claim: (claim) => {
          const copy = Uint8Array.from(claim);
          copy.fill(fill, 69);
          return copy;
        },
      }).der;
    for (const fill of [0xff, 0x00, 0x80, 0x7f]) expect(reasonOf(withSignature(fill))).toBe("signature");

    // Even a caller that knows every hotkey gets no panic out of what does not decode.
    for (const fill of [0xff, 0x00, 0x7f, 0x80]) {
      const point = forge(good, {
        claim: (claim) => {
          const copy = Uint8Array.from(claim);
          copy.fill(fill, 37, 69);
          return copy;
        },
      });
      expect(reasonOf(point.der)).toBe("unknown");
      expect(reasonOf(point.der, { expect: () => true })).toBe("signature");
    }
    expect(sr25519Backend()).toBe("wasm");
    expect(reasonOf(good.der)).toBe("verified");
  });

  test("of an unknown hotkey is refused before its signature is looked at", () => {
    const asked: string[] = [];
    const tampered = forge(certificate({ keypair: stranger }), { claim: (claim) => claim.fill(0xff, 69) });
    const reason = reasonOf(tampered.der, {
      expect: (hotkey) => {
        asked.push(hotkey);
        return false;
      },
    });
    expect([reason, asked]).toEqual(["unknown", [stranger.address]]);
  });

  test("issued by an authority, with no extension of ours, is not of the form", () => {
    const { cert, chain } = ordinaryCertificate();
    const [leaf, authority] = [new X509Certificate(cert), new X509Certificate(chain.slice(cert.length))];
    expect([leaf.checkIssued(authority), leaf.verify(authority.publicKey)]).toEqual([true, true]);
    expect(reasonOf(leaf.raw)).toBe("form");
  });
});

describe("a hostile certificate", () => {
  test.each(["p256", "ed25519"] as const)(
    "is refused whatever byte is changed, without an exception or a dead verifier: %s",
    (type) => {
      const { der } = certificate({ key: makeTlsKey(type) });
      const accepted: string[] = [];
      for (let at = 0; at < der.length; at++) {
        for (const mask of [0x01, 0x80, 0xff]) {
          const mutant = Uint8Array.from(der);
          mutant[at]! ^= mask;
          if (reasonOf(mutant, { expect: () => true }) === "verified") accepted.push(`${at} ^ ${mask}`);
        }
      }
      expect(accepted).toEqual([]);
      expect(sr25519Backend()).toBe("wasm");
      expect(reasonOf(der)).toBe("verified");
    },
  );

  test("is refused when it is cut anywhere, extended, or empty", () => {
    const { der } = certificate();
    for (let length = 0; length < der.length; length++)
      expect(readCertificate(der.subarray(0, length))).toBeUndefined();
    expect(readCertificate(Buffer.concat([der, der]))).toBeUndefined();
    expect(readCertificate(Buffer.alloc(2_048, 0x30))).toBeUndefined();
  });

  test("is refused when a length is not in its shortest form", () => {
    const { der } = certificate();
    expect(der[1]).toBe(0x82);
    const longer = Buffer.concat([Buffer.of(0x30, 0x83, 0, der[2]!, der[3]!), der.subarray(4)]);
    expect(readCertificate(longer)).toBeUndefined();
    const indefinite = Buffer.concat([Buffer.of(0x30, 0x80), der.subarray(4), Buffer.of(0, 0)]);
    expect(readCertificate(indefinite)).toBeUndefined();
  });
});

describe("the cache", () => {
  test("saves the signatures and nothing else: dates, scope and registration are asked every time", () => {
    const cache = createCertificateCache();
    const made = certificate();
    expect(reasonOf(made.der, { cache })).toBe("verified");
    expect(cache.size).toBe(1);
    expect(reasonOf(made.der, { cache })).toBe("verified");
    expect(reasonOf(made.der, { cache, now: made.notAfterMs })).toBe("expired");
    expect(reasonOf(made.der, { cache, expect: () => false })).toBe("unknown");
    expect(reasonOf(made.der, { cache, netuid: 3 })).toBe("network");
    expect(reasonOf(made.der, { cache, role: "miner" })).toBe("role");
    expect(reasonOf(made.der, { cache, fingerprint: new Uint8Array(32) })).toBe("pin");
  });

  test("holds no certificate that was refused, and no more than it may", () => {
    const cache = createCertificateCache(2);
    reasonOf(certificate().der, { cache, expect: () => false });
    reasonOf(forge(certificate(), { claim: (claim) => claim.fill(1, 69) }).der, { cache });
    expect(cache.size).toBe(0);
    for (let i = 0; i < 4; i++) reasonOf(certificate().der, { cache });
    expect(cache.size).toBe(2);
  });

  test("does not take a mutant for the certificate it was made from", () => {
    const cache = createCertificateCache();
    const made = certificate();
    reasonOf(made.der, { cache });
    const mutant = Uint8Array.from(made.der);
    mutant[mutant.length - 1]! ^= 1;
    expect(reasonOf(mutant, { cache })).toBe("self_signature");
  });
});

test("the facts of a certificate are those it was made with", () => {
  const made = certificate({
    netuid: 4_095,
    notBeforeMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    notAfterMs: Date.UTC(2049, 11, 31, 23, 59, 59),
  });
  expect(factsOf(made)).toMatchObject({
    notBeforeMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    notAfterMs: Date.UTC(2049, 11, 31, 23, 59, 59),
    keyType: "p256",
    claim: { role: "validator", netuid: 4_095, genesisHash, scheme: "sr25519", hotkey: validator.publicKey },
  });
});

test("errors of the maker are coded", () => {
  try {
    certificate({ netuid: -1 });
    expect.unreachable();
  } catch (error) {
    expect(isAppError(error, "E_TLS_CERTIFICATE")).toBe(true);
  }
});
