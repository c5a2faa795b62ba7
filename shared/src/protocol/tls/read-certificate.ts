import { createPublicKey, verify } from "node:crypto";
import {
  certificateName,
  decodeClaim,
  decodeUtcTime,
  extensionOid,
  type HotkeyClaim,
  keyForms,
  type TlsKeyType,
  versionField,
} from "./certificate-form.ts";
import { createDerReader, derTag } from "./der.ts";

/** What a certificate of our form says; nothing of it is proven yet. */
export type CertificateFacts = {
  readonly claim: HotkeyClaim;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly keyType: TlsKeyType;
  /** SubjectPublicKeyInfo as DER: the key that TLS proves the peer has. */
  readonly spki: Uint8Array;
  /** The signed part, with tag and length. */
  readonly signedPart: Uint8Array;
  readonly selfSignature: Uint8Array;
};

/** Ours have less than 500 bytes; nothing longer than this is looked at. */
export const maxCertificateBytes = 2_048;

/** Reads a certificate strictly: undefined for everything but the one form (certificate-form.ts), whoever made it. Never throws. */
export function readCertificate(bytes: Uint8Array): CertificateFacts | undefined {
  const outer = createDerReader(bytes);
  let signedPart: Uint8Array = new Uint8Array(0);
  let algorithm: Uint8Array = signedPart;
  let signature: Uint8Array = signedPart;
  outer.inside(derTag.sequence, (certificate) => {
    signedPart = certificate.value(derTag.sequence);
    algorithm = certificate.value(derTag.sequence);
    signature = certificate.content(derTag.bitString);
  });
  const keyType = (["p256", "ed25519"] as const).find(
    (type) => Buffer.compare(keyForms[type].algorithm, algorithm) === 0,
  );
  if (!outer.sound() || !outer.atEnd() || keyType === undefined || signature[0] !== 0) return undefined;
  const inner = readSignedPart(signedPart, keyType);
  if (inner === undefined) return undefined;
  return { ...inner, keyType, signedPart, selfSignature: signature.subarray(1) };
}

function readSignedPart(
  bytes: Uint8Array,
  keyType: TlsKeyType,
): Pick<CertificateFacts, "claim" | "notBeforeMs" | "notAfterMs" | "spki"> | undefined {
  const { algorithm, spkiPrefix, keyBytes } = keyForms[keyType];
  const whole = createDerReader(bytes);
  const read = whole.inside(derTag.sequence, (part) => {
    part.exactly(versionField);
    const serial = part.content(derTag.integer);
    // The algorithm inside must be the one outside: the outer one is covered by no signature.
    part.exactly(algorithm);
    part.exactly(certificateName);
    const [notBeforeMs, notAfterMs] = part.inside(derTag.sequence, (validity) => [
      decodeUtcTime(validity.content(derTag.utcTime)),
      decodeUtcTime(validity.content(derTag.utcTime)),
    ]);
    part.exactly(certificateName);
    const spki = part.value(derTag.sequence);
    const claim = part.inside(derTag.extensions, (explicit) =>
      explicit.inside(derTag.sequence, (list) =>
        list.inside(derTag.sequence, (extension) => {
          extension.exactly(extensionOid);
          return extension.inside(derTag.octetString, (value) => decodeClaim(value.content(derTag.octetString)));
        }),
      ),
    );
    return { serial, notBeforeMs, notAfterMs, spki, claim };
  });
  const { serial, notBeforeMs, notAfterMs, spki, claim } = read;
  if (!whole.sound() || !whole.atEnd() || claim === undefined || notBeforeMs === undefined || notAfterMs === undefined)
    return undefined;
  if (!isSerial(serial) || spki.length !== spkiPrefix.length + keyBytes) return undefined;
  if (Buffer.compare(spki.subarray(0, spkiPrefix.length), spkiPrefix) !== 0) return undefined;
  return { claim, notBeforeMs, notAfterMs, spki };
}

/** Sixteen bytes, positive, with the bit set that makes this their shortest form. */
function isSerial(serial: Uint8Array): boolean {
  return serial.length === 16 && (serial[0] ?? 0) >> 6 === 1;
}

/** True when the certificate is signed by the key it holds. Never throws: a key that is no point of its curve has signed nothing. */
export function isSelfSigned({ keyType, spki, signedPart, selfSignature }: CertificateFacts): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return verify(keyForms[keyType].hash, signedPart, key, selfSignature);
  } catch {
    return false;
  }
}
