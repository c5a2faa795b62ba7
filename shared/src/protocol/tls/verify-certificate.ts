import { timingSafeEqual } from "node:crypto";
import { sha256Hex } from "../../crypto/hash.ts";
import { verifySignature } from "../../crypto/keypair.ts";
import { allSr25519, type SchemeOf } from "../../crypto/scheme-of.ts";
import { encodeAddress } from "../../crypto/ss58.ts";
import { type BoundedMap, createBoundedMap } from "../../util/boundedMap.ts";
import { bindingMessage, type TlsScope } from "./certificate-form.ts";
import { fingerprintOf } from "./make-certificate.ts";
import { type CertificateFacts, isSelfSigned, maxCertificateBytes, readCertificate } from "./read-certificate.ts";

/** Who is at the other end of a connection, proven. */
export type TlsPeer = {
  /** SS58. */
  readonly hotkey: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** When the proof ends, unix milliseconds. */
  readonly notAfterMs: number;
};

/** Why a certificate is refused, in the order of the checks; few known values, fit for a metric label. */
export type CertificateRefusal =
  | "size"
  | "form"
  | "early"
  | "expired"
  | "lifetime"
  | "network"
  | "role"
  | "scheme"
  | "unknown"
  | "pin"
  | "signature"
  | "self_signature";

export type CertificateVerdict =
  | { readonly kind: "verified"; readonly peer: TlsPeer }
  | { readonly kind: "refused"; readonly reason: CertificateRefusal };

/** What a peer's certificate is held against. */
export type ExpectedPeer = TlsScope & {
  /** The one hotkey (SS58) it must be, or whether a hotkey is known. Asked before any curve operation. */
  readonly expect: string | ((hotkey: string) => boolean);
  /** Scheme of the peer's hotkey as we know it, never as the certificate says; default sr25519. */
  readonly schemeOf?: SchemeOf | undefined;
  /** The published fingerprint of its key, where there is one. */
  readonly fingerprint?: Uint8Array | undefined;
  /** Unix milliseconds, default now. */
  readonly now?: number;
  /** Certificates whose signatures held before: a validator shows the same one on every connection. */
  readonly cache?: CertificateCache;
};

/** Certificates whose signatures hold, by their SHA-256. Everything that can change, dates included, is checked again on every use. */
export type CertificateCache = BoundedMap<string, CertificateFacts>;

/** Longest time a certificate may still be good for: bounds the use of a stolen key. */
export const maxLifetimeMs = 90 * 86_400_000;

/** An empty cache. Only certificates signed by known hotkeys get in, so strangers cannot flush it. */
export function createCertificateCache(maxEntries = 1_024): CertificateCache {
  return createBoundedMap(maxEntries);
}

/**
 * Whether this certificate proves a hotkey. The order keeps strangers cheap and the curve code out of their reach: size, form, dates, scope, known
 * hotkey, pin, then the hotkey's signature, then the certificate's own. Never throws.
 */
export function verifyHotkeyCertificate(bytes: Uint8Array, expected: ExpectedPeer): CertificateVerdict {
  if (bytes.length > maxCertificateBytes) return refused("size");
  const { now = Date.now(), cache } = expected;
  const digest = cache === undefined ? "" : sha256Hex(bytes);
  const remembered = cache?.get(digest);
  const facts = remembered ?? readCertificate(bytes);
  if (facts === undefined) return refused("form");
  const { claim, notBeforeMs, notAfterMs } = facts;
  if (now < notBeforeMs) return refused("early");
  if (now >= notAfterMs) return refused("expired");
  if (notAfterMs - now > maxLifetimeMs) return refused("lifetime");
  if (claim.genesisHash !== expected.genesisHash || claim.netuid !== expected.netuid) return refused("network");
  if (claim.role !== expected.role) return refused("role");
  const { schemeOf = allSr25519 } = expected;
  const hotkey = encodeAddress(claim.hotkey);
  if (claim.scheme !== schemeOf(hotkey)) return refused("scheme");
  if (!isExpected(expected.expect, hotkey)) return refused("unknown");
  if (!isPinned(expected.fingerprint, facts.spki)) return refused("pin");
  if (remembered === undefined) {
    const message = bindingMessage(claim, notAfterMs, facts.spki);
    if (!verifySignature(claim.scheme, message, claim.signature, claim.hotkey)) return refused("signature");
    if (!isSelfSigned(facts)) return refused("self_signature");
    cache?.set(digest, facts);
  }
  return { kind: "verified", peer: { hotkey, publicKey: claim.hotkey, notAfterMs } };
}

function isExpected(expect: ExpectedPeer["expect"], hotkey: string): boolean {
  return typeof expect === "string" ? expect === hotkey : expect(hotkey);
}

function isPinned(fingerprint: Uint8Array | undefined, spki: Uint8Array): boolean {
  if (fingerprint === undefined) return true;
  const actual = fingerprintOf(spki);
  return fingerprint.length === actual.length && timingSafeEqual(fingerprint, actual);
}

function refused(reason: CertificateRefusal): CertificateVerdict {
  return { kind: "refused", reason };
}
