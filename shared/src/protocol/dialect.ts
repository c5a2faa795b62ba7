import type { KeyScheme } from "../crypto/keypair.ts";
import type { AuthRefusal } from "./auth-refusal.ts";
import type { RequestHeaders } from "./btauth-headers.ts";

/** The ways of signing a request that are understood, in the order in which they are recognised (spec/wire-protocols.md). */
export const dialectNames = ["btauth", "axon", "epistula"] as const;
export type DialectName = (typeof dialectNames)[number];

/** Those, and `tls`: requests that carry no signature because their connection proves the sender (protocol/tls). */
export type RequestDialect = DialectName | "tls";

/** What the headers of a request claim; nothing of it is proven yet. */
export type SignedClaim = {
  /** SS58 of the sender. */
  readonly hotkey: string;
  /** The 32 bytes behind `hotkey`. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** When the sender says it signed, unix nanoseconds. Covered by the signature. */
  readonly issuedNs: bigint;
  /** What makes the request unique among those of its hotkey: a nonce, a uuid. Covered by the signature. At most 80 characters. */
  readonly replayId: string;
  /** What our signed response is bound to, as text; empty when there is nothing to bind it to (dialect `tls` only), and then it is not signed. */
  readonly requestNonce: string;
  /** How long the caller says it waits, milliseconds; not covered by any signature, so only ever an upper bound that is clamped. */
  readonly timeoutMs?: number;
};

/** A request as it came over the wire. */
export type WireRequest = {
  readonly method: string;
  /** Path and query, percent-encoded, exactly as received. */
  readonly target: string;
  readonly headers: RequestHeaders;
  /** The raw body, before any parsing. */
  readonly body: Uint8Array;
  /** Its SHA-256, 64 lower-case hex digits, where whoever has read the body has computed it: it is needed again for the signed answer. */
  readonly bodySha256?: string | undefined;
};

/** What the headers are held against. */
export type PrecheckContext = {
  /** Our own SS58 hotkey. */
  readonly receiver: string;
  /** The scheme of the sender's hotkey as the server knows it, never as the request says. */
  readonly scheme: KeyScheme;
  /** Unix nanoseconds. */
  readonly nowNs: bigint;
};

/** One way of signing requests. Pure: a dialect holds no state, so that one replay store and one admission serve all of them. */
export type Dialect = {
  readonly name: RequestDialect;
  /** The oldest request it lets through, milliseconds; the replay store must remember at least as long. */
  readonly maxAgeMs: number;
  /** How far in the future a request may be signed, milliseconds. */
  readonly skewMs: number;
  /** The sender that the headers name, unproven and unparsed; undefined when the request is not in this dialect. The cheapest test there is. */
  sender(headers: RequestHeaders): string | undefined;
  /** The checks that need the headers only, cheapest first: shape, receiver, freshness, scheme. Never throws. */
  precheck(
    headers: RequestHeaders,
    context: PrecheckContext,
  ): { readonly kind: "plausible"; readonly claim: SignedClaim } | AuthRefusal;
  /** The bytes that the signature must cover; undefined for a request that nobody can have signed. */
  message(claim: SignedClaim, request: WireRequest, context: Omit<PrecheckContext, "nowNs">): Uint8Array | undefined;
};
