import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import {
  certificateName,
  encodeUtcTime,
  extensionOid,
  keyForms,
  versionField,
} from "@subnetkit/shared/protocol/tls/certificate-form";
import { der, derTag } from "@subnetkit/shared/protocol/tls/der";
import {
  type HotkeyCertificate,
  type MakeCertificateOptions,
  makeHotkeyCertificate,
  makeTlsKey,
} from "@subnetkit/shared/protocol/tls/make-certificate";
import { type CertificateFacts, readCertificate } from "@subnetkit/shared/protocol/tls/read-certificate";
import { hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";

export const miner = keypairFromUri("//Miner");
export const validator = keypairFromUri("//Validator");
export const stranger = keypairFromUri("//Stranger");

export const netuid = 2;
export const genesisHash = `0x${"ab".repeat(32)}`;
export const hourMs = 3_600_000;

/** A validator's certificate of one hour, or what a test makes of it. */
export function certificate(changes: Partial<MakeCertificateOptions> = {}): HotkeyCertificate {
  return makeHotkeyCertificate({
    keypair: validator,
    role: "validator",
    netuid,
    genesisHash,
    notAfterMs: Date.now() + hourMs,
    ...changes,
  });
}

/** The parts of a certificate that a forger can choose. */
export type ForgedParts = {
  /** The extension's content. */
  claim?: (claim: Uint8Array) => Uint8Array;
  notAfterMs?: number;
  /** PEM of the key that signs it; default its own. */
  signedWith?: string;
};

/** A well-formed certificate with the key of another one and parts of a forger's choice, signed anew by `signedWith` or by its own key. */
export function forge(original: HotkeyCertificate, { claim = (same) => same, notAfterMs, signedWith }: ForgedParts) {
  const facts = factsOf(original);
  const spki = new Uint8Array(createPublicKey(original.key).export({ format: "der", type: "spki" }));
  const { algorithm, hash } = keyForms[facts.keyType];
  const at = Buffer.from(original.der).indexOf(Buffer.from(facts.claim.signature)) - 69;
  const extension = der(
    derTag.sequence,
    extensionOid,
    der(derTag.octetString, der(derTag.octetString, claim(original.der.slice(at, at + 133)))),
  );
  const signedPart = der(
    derTag.sequence,
    versionField,
    der(derTag.integer, new Uint8Array(16).fill(0x41)),
    algorithm,
    certificateName,
    der(
      derTag.sequence,
      der(derTag.utcTime, encodeUtcTime(facts.notBeforeMs)),
      der(derTag.utcTime, encodeUtcTime(notAfterMs ?? facts.notAfterMs)),
    ),
    certificateName,
    spki,
    der(derTag.extensions, der(derTag.sequence, extension)),
  );
  const signature = sign(hash, signedPart, createPrivateKey(signedWith ?? original.key));
  const bytes = der(derTag.sequence, signedPart, algorithm, der(derTag.bitString, Uint8Array.of(0), signature));
  return { ...original, der: bytes, cert: pem(bytes) };
}

/** The certificate signed by an authority with our extension copied into it: valid X.509, but not self-signed. */
export function signedByAuthority(original: HotkeyCertificate) {
  const authority = makeTlsKey().export({ format: "pem", type: "pkcs8" }).toString();
  return forge(original, { signedWith: authority });
}

/** What an ordinary authority issues: valid X.509 with no extension of ours, here without extensions at all. */
export function ordinaryCertificate(): { cert: string; key: string; chain: string } {
  const [authority, leaf] = [makeTlsKey(), makeTlsKey()];
  const cert = pem(issue("leaf", leaf, "authority", authority));
  const chain = cert + pem(issue("authority", authority, "authority", authority));
  return { cert, key: leaf.export({ format: "pem", type: "pkcs8" }).toString(), chain };
}

function issue(subject: string, key: KeyObject, issuer: string, issuerKey: KeyObject): Uint8Array {
  const name = (text: string): Uint8Array => {
    const attribute = der(derTag.sequence, hexToBytes("0603550403"), der(derTag.utf8String, utf8(text)));
    return der(derTag.sequence, der(derTag.set, attribute));
  };
  const { algorithm, hash } = keyForms.p256;
  const time = (ms: number): Uint8Array => der(derTag.utcTime, encodeUtcTime(ms));
  const signedPart = der(
    derTag.sequence,
    versionField,
    der(derTag.integer, new Uint8Array(16).fill(0x41)),
    algorithm,
    name(issuer),
    der(derTag.sequence, time(Date.now() - hourMs), time(Date.now() + hourMs)),
    name(subject),
    new Uint8Array(createPublicKey(key).export({ format: "der", type: "spki" })),
  );
  const signature = der(derTag.bitString, Uint8Array.of(0), sign(hash, signedPart, issuerKey));
  return der(derTag.sequence, signedPart, algorithm, signature);
}

export function factsOf({ der: bytes }: { readonly der: Uint8Array }): CertificateFacts {
  const facts = readCertificate(bytes);
  if (facts === undefined) throw new Error("not a certificate of our form");
  return facts;
}

export function pem(bytes: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes).toString("base64")}\n-----END CERTIFICATE-----\n`;
}
