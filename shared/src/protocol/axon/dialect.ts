import { utf8 } from "../../util/bytes.ts";
import { authRefusal } from "../auth-refusal.ts";
import type { Dialect } from "../dialect.ts";
import { malformedHeader, singleHeader, staleRefusal } from "../request-headers.ts";
import { axonHeaders, parseAxonHeaders } from "./headers.ts";

/** What an SDK 10 dendrite signs (spec/wire-protocols.md 1.1): neither method nor path, and of the body only what its hash covers. */
export type AxonMessage = {
  /** Unix nanoseconds. */
  readonly nonce: bigint;
  /** SS58 of who asks. */
  readonly dendrite: string;
  /** SS58 of who is asked. */
  readonly axon: string;
  readonly uuid: string;
  /** Lower-case hex, see body-hash.ts. */
  readonly bodyHash: string;
};

/** The signed bytes. */
export function axonMessage({ nonce, dendrite, axon, uuid, bodyHash }: AxonMessage): Uint8Array {
  return utf8(`${nonce}.${dendrite}.${axon}.${uuid}.${bodyHash}`);
}

export type AxonDialectOptions = {
  /** A caller's own time-out widens its window; more than this is not believed, milliseconds, default 12,000. */
  readonly maxTimeoutMs?: number;
  /** How far in the future a request may be signed, milliseconds, default 2,000; SDK 10 has no bound. */
  readonly skewMs?: number;
};

/** What SDK 10 allows beyond the caller's time-out, milliseconds. */
const allowedDelayMs = 4_000;

/**
 * SDK 10's Axon as a {@link Dialect}, with the holes of the original closed: a signature is required, the future is bounded, the caller's time-out is
 * clamped, the version header changes nothing, and a nonce is used once instead of "larger than the last". That the body belongs to
 * its hash is checked where the body is read, because only the task knows which fields are hashed.
 */
export function axonDialect({ maxTimeoutMs = 12_000, skewMs = 2_000 }: AxonDialectOptions = {}): Dialect {
  const skewNs = BigInt(skewMs) * 1_000_000n;
  return {
    name: "axon",
    maxAgeMs: allowedDelayMs + maxTimeoutMs,
    skewMs,
    sender: (headers) => singleHeader(headers, axonHeaders.dendriteHotkey),
    precheck(headers, { receiver, nowNs }) {
      const claim = parseAxonHeaders(headers);
      if ("malformed" in claim) return malformedHeader(claim.malformed);
      if (claim.axon !== receiver) return authRefusal("E_AUTH_RECEIVER", "the request is for another receiver");
      const { dendrite: hotkey, publicKey, signature, nonce, uuid, timeoutMs } = claim;
      const maxAgeMs = Math.round(allowedDelayMs + Math.min(timeoutMs, maxTimeoutMs));
      const stale = staleRefusal(nonce, nowNs, { maxAgeNs: BigInt(maxAgeMs) * 1_000_000n, skewNs });
      if (stale !== undefined) return stale;
      return {
        kind: "plausible",
        claim: {
          hotkey,
          publicKey,
          signature,
          issuedNs: nonce,
          replayId: `${nonce}.${uuid}`,
          requestNonce: nonce.toString(),
          timeoutMs,
        },
      };
    },
    message(claim, { headers }, { receiver }) {
      const parsed = parseAxonHeaders(headers);
      if ("malformed" in parsed) return undefined;
      const { nonce, uuid, bodyHash } = parsed;
      return axonMessage({ nonce, dendrite: claim.hotkey, axon: receiver, uuid, bodyHash });
    },
  };
}
