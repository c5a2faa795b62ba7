import { randomUUID } from "node:crypto";
import { sha256Hex } from "../../crypto/hash.ts";
import type { Keypair } from "../../crypto/keypair.ts";
import { hexToBytes, utf8 } from "../../util/bytes.ts";
import { authRefusal } from "../auth-refusal.ts";
import type { RequestHeaders } from "../btauth-headers.ts";
import type { Dialect } from "../dialect.ts";
import { isHotkeyAddress, publicKeyOf } from "../hotkey-address.ts";
import { headerMatching, malformedHeader, msToNs, singleHeader, staleRefusal } from "../request-headers.ts";

/**
 * Epistula version 2, the signed requests of several live subnets (spec/wire-protocols.md 1.3). The optional secret signatures are neither made nor
 * read: deployed implementations disagree on what they sign.
 */

/** Names of the headers, in lower case. */
export const epistulaHeaders = {
  version: "epistula-version",
  timestamp: "epistula-timestamp",
  uuid: "epistula-uuid",
  signedBy: "epistula-signed-by",
  signedFor: "epistula-signed-for",
  signature: "epistula-request-signature",
} as const;

/** Everything an Epistula signature covers: neither method nor path. */
type EpistulaMessage = {
  /** SHA-256 of the raw body, 64 lower-case hex digits. */
  readonly bodySha256: string;
  readonly uuid: string;
  /** Unix milliseconds, decimal. */
  readonly timestampMs: string;
  /** SS58 of the receiver, empty for a request that is addressed to nobody. */
  readonly signedFor: string;
};

/** The signed bytes. */
function epistulaMessage({ bodySha256, uuid, timestampMs, signedFor }: EpistulaMessage): Uint8Array {
  return utf8(`${bodySha256}.${uuid}.${timestampMs}.${signedFor}`);
}

/** Signs a request for one receiver: the headers to send with exactly this body, and the uuid a signed response is bound to. */
export function signEpistula({
  body,
  keypair,
  receiver,
  timestampMs = Date.now(),
  uuid = randomUUID(),
}: {
  readonly body: Uint8Array;
  readonly keypair: Keypair;
  /** SS58 hotkey of the one server that may accept this. */
  readonly receiver: string;
  /** Unix milliseconds, default now. */
  readonly timestampMs?: number;
  /** Default a fresh one; a retry must be signed anew. */
  readonly uuid?: string;
}): { readonly headers: Record<string, string>; readonly uuid: string } {
  const message = epistulaMessage({
    bodySha256: sha256Hex(body),
    uuid,
    timestampMs: String(timestampMs),
    signedFor: receiver,
  });
  return {
    uuid,
    headers: {
      [epistulaHeaders.version]: "2",
      [epistulaHeaders.timestamp]: String(timestampMs),
      [epistulaHeaders.uuid]: uuid,
      [epistulaHeaders.signedBy]: keypair.address,
      [epistulaHeaders.signedFor]: receiver,
      [epistulaHeaders.signature]: `0x${Buffer.from(keypair.sign(message)).toString("hex")}`,
    },
  };
}

const timestampPattern = /^[1-9]\d{0,15}$/;
const uuidPattern = /^[0-9a-fA-F-]{1,40}$/;
const signaturePattern = /^0x[0-9a-fA-F]{128}$/;

type EpistulaClaim = {
  readonly hotkey: string;
  readonly publicKey: Uint8Array;
  readonly signedFor: string | undefined;
  readonly timestampMs: string;
  readonly uuid: string;
  readonly signature: Uint8Array;
};

function parse(headers: RequestHeaders): EpistulaClaim | { readonly malformed: string } {
  const text = (name: string, pattern: RegExp): string | undefined => headerMatching(headers, name, pattern);
  const timestampMs = text(epistulaHeaders.timestamp, timestampPattern);
  const uuid = text(epistulaHeaders.uuid, uuidPattern);
  const signature = text(epistulaHeaders.signature, signaturePattern);
  const hotkey = headers[epistulaHeaders.signedBy];
  const signedFor = headers[epistulaHeaders.signedFor];
  if (headers[epistulaHeaders.version] !== "2") return { malformed: epistulaHeaders.version };
  if (typeof hotkey !== "string" || !isHotkeyAddress(hotkey)) return { malformed: epistulaHeaders.signedBy };
  if (signedFor !== undefined && (typeof signedFor !== "string" || !isHotkeyAddress(signedFor)))
    return { malformed: epistulaHeaders.signedFor };
  if (timestampMs === undefined) return { malformed: epistulaHeaders.timestamp };
  if (uuid === undefined) return { malformed: epistulaHeaders.uuid };
  if (signature === undefined) return { malformed: epistulaHeaders.signature };
  const publicKey = publicKeyOf(hotkey);
  if (publicKey === undefined) return { malformed: epistulaHeaders.signedBy };
  return { hotkey, publicKey, signedFor, timestampMs, uuid, signature: hexToBytes(signature.toLowerCase()) };
}

export type EpistulaDialectOptions = {
  /** How old a request may be, milliseconds, default 8,000 as deployed. */
  readonly maxAgeMs?: number;
  /** How far in the future, milliseconds, default 2,000; deployed servers have no bound. */
  readonly skewMs?: number;
};

/** Epistula as a {@link Dialect}: addressed to us, bounded in the future, used once; deployed servers check none of the three. */
export function epistulaDialect({ maxAgeMs = 8_000, skewMs = 2_000 }: EpistulaDialectOptions = {}): Dialect {
  const window = { maxAgeNs: msToNs(maxAgeMs), skewNs: msToNs(skewMs) };
  return {
    name: "epistula",
    maxAgeMs,
    skewMs,
    sender: (headers) => singleHeader(headers, epistulaHeaders.signedBy),
    precheck(headers, { receiver, nowNs }) {
      const claim = parse(headers);
      if ("malformed" in claim) return malformedHeader(claim.malformed);
      if (claim.signedFor !== receiver) return authRefusal("E_AUTH_RECEIVER", "the request is not signed for us");
      const { hotkey, publicKey, signature, uuid, timestampMs } = claim;
      const issuedNs = BigInt(timestampMs) * 1_000_000n;
      // Whole milliseconds on both sides: finer ones are not in the signed text.
      const stale = staleRefusal(issuedNs, nowNs - (nowNs % 1_000_000n), window);
      if (stale !== undefined) return stale;
      return {
        kind: "plausible",
        claim: {
          hotkey,
          publicKey,
          signature,
          issuedNs,
          replayId: uuid.toLowerCase(),
          requestNonce: uuid,
        },
      };
    },
    message({ requestNonce, issuedNs }, { body, bodySha256 = sha256Hex(body) }, { receiver }) {
      const timestampMs = (issuedNs / 1_000_000n).toString();
      return epistulaMessage({ bodySha256, uuid: requestNonce, timestampMs, signedFor: receiver });
    },
  };
}
