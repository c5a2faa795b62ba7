import type { KeyScheme } from "../crypto/keypair.ts";

/** Everything a btauth/1 signature covers. */
export type SignedRequest = {
  readonly scheme: KeyScheme;
  /** Any case; signed in upper case. */
  readonly method: string;
  /** Path and query, percent-encoded, exactly as sent. */
  readonly target: string;
  /** SHA-256 of the raw body, 64 lower-case hex digits. */
  readonly bodySha256: string;
  /** Unix nanoseconds, or their decimal text: above 2^53, so never a `number`. */
  readonly nonce: bigint | string;
  /** SS58 of the sender. */
  readonly sender: string;
  /** SS58 of the receiver, or undefined for a request that is not bound to one. */
  readonly receiver: string | undefined;
};

/** The bytes that are signed: eight lines, no newline at the end (spec/wire-protocols.md 1.2). */
export function btauthMessage(request: SignedRequest): Uint8Array {
  const { scheme, method, target, bodySha256, nonce, sender, receiver = "-" } = request;
  // Buffer.from takes a fifth of the time of TextEncoder.
  return Buffer.from(
    `btauth/1\n${scheme}\n${method.toUpperCase()}\n${target}\n${bodySha256}\n${nonce}\n${sender}\n${receiver}`,
  );
}

/** True for a method and a target that cannot smuggle a line into the message: printable ASCII, bounded. */
export function isSignableTarget(method: string, target: string): boolean {
  return /^[A-Za-z]{1,16}$/.test(method) && /^[\x21-\x7e]{1,2048}$/.test(target);
}
