import { sha256 } from "../../crypto/hash.ts";
import type { KeyScheme } from "../../crypto/keypair.ts";
import { concatBytes, hexToBytes, utf8 } from "../../util/bytes.ts";
import { der, derTag } from "./der.ts";

/**
 * The one form of certificate that is made and accepted: X.509 version 3, self-signed, one P-256 or Ed25519 key, a fixed name, one extension. What
 * X.509 leaves open is closed here, so that a certificate has one encoding and every byte of it is covered by a signature.
 */

/** Who presents a certificate: the miner that is asked, or the validator that asks. One role's certificate is refused in the other. */
export type TlsRole = "miner" | "validator";

/** What a certificate is good for. */
export type TlsScope = {
  readonly role: TlsRole;
  readonly netuid: number;
  /** Genesis hash of the chain, 0x and 64 lower-case digits. */
  readonly genesisHash: string;
};

/** The kind of the TLS key, which has nothing to do with the scheme of the hotkey. */
export type TlsKeyType = "p256" | "ed25519";

/**
 * What differs between the two kinds of key: the algorithm as DER, and what stands before the key in its SubjectPublicKeyInfo, which ends with it.
 */
export const keyForms: Readonly<
  Record<
    TlsKeyType,
    {
      readonly algorithm: Uint8Array;
      readonly spkiPrefix: Uint8Array;
      readonly keyBytes: number;
      readonly hash: string | null;
    }
  >
> = {
  p256: {
    algorithm: hexToBytes("300a06082a8648ce3d040302"),
    spkiPrefix: hexToBytes("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
    keyBytes: 64,
    hash: "sha256",
  },
  ed25519: {
    algorithm: hexToBytes("300506032b6570"),
    spkiPrefix: hexToBytes("302a300506032b6570032100"),
    keyBytes: 32,
    hash: null,
  },
};

/** Issuer and subject: CN=subnetkit. A name proves nothing here and so must not vary. */
export const certificateName: Uint8Array = der(
  derTag.sequence,
  der(derTag.set, der(derTag.sequence, hexToBytes("0603550403"), der(derTag.utf8String, utf8("subnetkit")))),
);

/** 2.25.248905868599258733321313604920636148076: an arc of its own by UUID, which needs no registration. */
export const extensionOid: Uint8Array = hexToBytes("06146982f6c1c3b3a2ead285d79e8fffde8fa6e4926c");

/** The version field of X.509 version 3. */
export const versionField: Uint8Array = hexToBytes("a003020102");

const formVersion = 1;
const schemes: readonly KeyScheme[] = ["sr25519", "ed25519"];
const roles: readonly TlsRole[] = ["miner", "validator"];

/** What the extension says. */
export type HotkeyClaim = TlsScope & {
  readonly scheme: KeyScheme;
  /** 32 bytes. */
  readonly hotkey: Uint8Array;
  /** 64 bytes by the hotkey over {@link bindingMessage}. */
  readonly signature: Uint8Array;
};

/** Bytes of the extension: version, scheme, role, netuid (big-endian), genesis hash, hotkey, signature. */
const claimBytes = 1 + 1 + 1 + 2 + 32 + 32 + 64;

/** The extension's content. */
export function encodeClaim({ scheme, role, netuid, genesisHash, hotkey, signature }: HotkeyClaim): Uint8Array {
  const head = Uint8Array.of(formVersion, schemes.indexOf(scheme), roles.indexOf(role), netuid >> 8, netuid & 0xff);
  return concatBytes(head, hexToBytes(genesisHash), hotkey, signature);
}

/** The reverse; undefined for anything that {@link encodeClaim} does not give. */
export function decodeClaim(bytes: Uint8Array): HotkeyClaim | undefined {
  const [version, schemeNumber = 255, roleNumber = 255, high = 0, low = 0] = bytes;
  const scheme = schemes[schemeNumber];
  const role = roles[roleNumber];
  if (bytes.length !== claimBytes || version !== formVersion || scheme === undefined || role === undefined)
    return undefined;
  const genesisHash = `0x${Buffer.from(bytes.subarray(5, 37)).toString("hex")}`;
  const hotkey = bytes.slice(37, 69);
  return { scheme, role, netuid: (high << 8) | low, genesisHash, hotkey, signature: bytes.slice(69) };
}

const signingContext = utf8("subnetkit-tls/1\n");

/**
 * What the hotkey signs: a context that no other signed message starts with, and the hash of everything a thief of the TLS key would like to change:
 * network, subnet, role, scheme, end of validity (unix seconds) and the key itself.
 */
export function bindingMessage(
  { role, netuid, genesisHash, scheme }: Omit<HotkeyClaim, "hotkey" | "signature">,
  notAfterMs: number,
  spki: Uint8Array,
): Uint8Array {
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(netuid, 0);
  fixed.writeUInt8(roles.indexOf(role), 2);
  fixed.writeUInt8(schemes.indexOf(scheme), 3);
  fixed.writeBigUInt64BE(BigInt(Math.floor(notAfterMs / 1000)), 4);
  const digest = sha256(concatBytes(signingContext, hexToBytes(genesisHash), fixed, spki));
  return concatBytes(signingContext, digest);
}

/** An ASN.1 UTCTime of a time between 2000 and 2049, to the second. */
export function encodeUtcTime(ms: number): Uint8Array {
  return utf8(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`);
}

/** Unix milliseconds of a UTCTime between 2000 and 2049; undefined for anything else. */
export function decodeUtcTime(bytes: Uint8Array): number | undefined {
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
    .exec(Buffer.from(bytes).toString("latin1"))
    ?.slice(1)
    .map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const ms = Date.UTC(2000 + year, month - 1, day, hour, minute, second);
  return year < 50 && Buffer.compare(encodeUtcTime(ms), bytes) === 0 ? ms : undefined;
}
