import { sha256Hex } from "../crypto/hash.ts";
import type { KeyScheme } from "../crypto/keypair.ts";
import { utf8 } from "../util/bytes.ts";

/** Everything a btauth/1 signature covers. */
export type SignedRequest = {
  readonly scheme: KeyScheme;
  /** Any case; signed in upper case. */
  readonly method: string;
  /** Path and query, percent-encoded, exactly as sent. */
  readonly target: string;
  /** The raw body, before any parsing. */
  readonly body: Uint8Array;
  /** Unix nanoseconds: above 2^53, so never a `number`. */
  readonly nonce: bigint;
  /** SS58 of the sender. */
  readonly sender: string;
  /** SS58 of the receiver, or undefined for a request that is not bound to one. */
  readonly receiver: string | undefined;
};

/** The bytes that are signed: eight lines, no newline at the end (spec/wire-protocols.md 1.2). */
export function btauthMessage(request: SignedRequest): Uint8Array {
  const { scheme, method, target, body, nonce, sender, receiver } = request;
  return utf8(
    ["btauth/1", scheme, method.toUpperCase(), target, sha256Hex(body), nonce.toString(), sender, receiver ?? "-"].join(
      "\n",
    ),
  );
}

/** True for a method and a target that cannot smuggle a line into the message: printable ASCII, bounded. */
export function isSignableTarget(method: string, target: string): boolean {
  return /^[A-Za-z]{1,16}$/.test(method) && /^[\x21-\x7e]{1,2048}$/.test(target);
}
