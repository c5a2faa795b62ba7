import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { sha256 } from "../../crypto/hash.ts";
import type { Keypair } from "../../crypto/keypair.ts";
import { appError } from "../../errors/app-error.ts";
import {
  bindingMessage,
  certificateName,
  encodeClaim,
  encodeUtcTime,
  extensionOid,
  keyForms,
  type TlsKeyType,
  type TlsScope,
  versionField,
} from "./certificate-form.ts";
import { der, derTag } from "./der.ts";

export type MakeCertificateOptions = TlsScope & {
  /** The hotkey that vouches for the TLS key. */
  readonly keypair: Keypair;
  /** Unix milliseconds; whole seconds count. */
  readonly notAfterMs: number;
  /** Unix milliseconds, default five minutes ago: clocks differ. */
  readonly notBeforeMs?: number;
  /** The TLS private key, P-256 or Ed25519; default a new P-256 one. */
  readonly key?: KeyObject;
};

/** A certificate and its key as node:tls takes them. */
export type HotkeyCertificate = {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS 8. Secret. */
  readonly key: string;
  /** The certificate as DER. */
  readonly der: Uint8Array;
  /** What the chain publishes, see {@link fingerprintOf}. */
  readonly fingerprint: Uint8Array;
  readonly notAfterMs: number;
};

const defaultBackdateMs = 5 * 60_000;

/** UTCTime ends here. */
const endOfUtcTimeMs = Date.UTC(2050, 0, 1);

/** A new TLS key. P-256 is the faster of the two in node:tls. */
export function makeTlsKey(type: TlsKeyType = "p256"): KeyObject {
  return type === "p256"
    ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
    : generateKeyPairSync("ed25519").privateKey;
}

/**
 * SHA-256 of a certificate's SubjectPublicKeyInfo, 32 bytes: of the key, not of the certificate, so that renewing the certificate changes nothing on
 * the chain.
 */
export function fingerprintOf(spki: Uint8Array): Uint8Array {
  return sha256(spki);
}

/**
 * Makes a certificate whose key a hotkey vouches for. Throws E_TLS_CERTIFICATE for a key of another kind and for times that the form cannot say.
 */
export function makeHotkeyCertificate(options: MakeCertificateOptions): HotkeyCertificate {
  const { keypair, notAfterMs, notBeforeMs = Date.now() - defaultBackdateMs, key = makeTlsKey() } = options;
  const { role, netuid, genesisHash } = options;
  const keyType = keyTypeOf(key);
  if (!(notBeforeMs >= Date.UTC(2000) && notBeforeMs < notAfterMs && notAfterMs < endOfUtcTimeMs))
    throw appError("E_TLS_CERTIFICATE", { problem: "it must end after it begins, before the year 2050" });
  if (!Number.isInteger(netuid) || netuid < 0 || netuid > 65_535 || !/^0x[0-9a-f]{64}$/.test(genesisHash))
    throw appError("E_TLS_CERTIFICATE", { problem: "netuid or genesis hash is not one" });

  const { algorithm, hash } = keyForms[keyType];
  const spki = new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" }));
  const claim = { role, netuid, genesisHash, scheme: keypair.scheme };
  const signature = keypair.sign(bindingMessage(claim, notAfterMs, spki));
  const extension = der(
    derTag.sequence,
    extensionOid,
    der(derTag.octetString, der(derTag.octetString, encodeClaim({ ...claim, hotkey: keypair.publicKey, signature }))),
  );
  const signedPart = der(
    derTag.sequence,
    versionField,
    der(derTag.integer, newSerial()),
    algorithm,
    certificateName,
    der(
      derTag.sequence,
      der(derTag.utcTime, encodeUtcTime(notBeforeMs)),
      der(derTag.utcTime, encodeUtcTime(notAfterMs)),
    ),
    certificateName,
    spki,
    der(derTag.extensions, der(derTag.sequence, extension)),
  );
  const selfSignature = der(derTag.bitString, Uint8Array.of(0), sign(hash, signedPart, key));
  const bytes = der(derTag.sequence, signedPart, algorithm, selfSignature);
  return {
    cert: pem(bytes),
    key: key.export({ format: "pem", type: "pkcs8" }).toString(),
    der: bytes,
    fingerprint: fingerprintOf(spki),
    notAfterMs: Math.floor(notAfterMs / 1000) * 1000,
  };
}

/** Reads a TLS private key from PEM. Throws E_TLS_CERTIFICATE without repeating the text. */
export function parseTlsKey(text: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    throw appError("E_TLS_CERTIFICATE", { problem: "its key is not a private key in PEM" });
  }
  keyTypeOf(key);
  return key;
}

function keyTypeOf(key: KeyObject): TlsKeyType {
  if (key.type === "private" && key.asymmetricKeyType === "ed25519") return "ed25519";
  if (key.type === "private" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return "p256";
  throw appError("E_TLS_CERTIFICATE", { problem: "its key is neither P-256 nor Ed25519" });
}

function newSerial(): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  return serial;
}

function pem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
