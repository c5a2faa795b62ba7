import { sha256Hex } from "../crypto/hash.ts";
import type { Keypair, KeyScheme } from "../crypto/keypair.ts";
import { appError } from "../errors/app-error.ts";
import { type AuthRefusal, authRefusal } from "./auth-refusal.ts";
import { btauthHeaders, parseBtauthHeaders, type RequestHeaders } from "./btauth-headers.ts";
import { btauthMessage, isSignableTarget } from "./btauth-message.ts";
import type { Dialect } from "./dialect.ts";
import { nextNonceNs } from "./nonce.ts";
import { malformedHeader, msToNs, singleHeader, staleRefusal } from "./request-headers.ts";
import { type VerifySignedModules, verifySigned } from "./verify-signed.ts";

/**
 * btauth/1, the signed requests of SDK 11 (spec/wire-protocols.md 1.2), with two choices of ours: a request must be bound to its receiver, and
 * the scheme comes from the configuration of the server, never from the request.
 */

/** What came of a request. `nonce` is the one to sign the response with. */
export type Verdict = { readonly kind: "accepted"; readonly hotkey: string; readonly nonce: bigint } | AuthRefusal;

export type SignRequestOptions = {
  readonly method: string;
  /** Path and query, percent-encoded, exactly as it will be sent. */
  readonly target: string;
  readonly body: Uint8Array;
  readonly keypair: Keypair;
  /** SS58 hotkey of the one server that may accept this. */
  readonly receiver: string;
  /** Unix nanoseconds; default a fresh one. A retry must be signed anew. */
  readonly nonceNs?: bigint;
};

/** Signs a request: the headers to send with exactly these bytes. Throws E_AUTH_TARGET for a target that cannot be signed. */
export function signRequest({
  method,
  target,
  body,
  keypair,
  receiver,
  nonceNs = nextNonceNs(),
}: SignRequestOptions): Record<string, string> {
  if (!isSignableTarget(method, target)) throw appError("E_AUTH_TARGET", { method, length: target.length });
  const { scheme, address } = keypair;
  const signature = keypair.sign(
    btauthMessage({ scheme, method, target, bodySha256: sha256Hex(body), nonce: nonceNs, sender: address, receiver }),
  );
  return {
    [btauthHeaders.version]: "1",
    [btauthHeaders.hotkey]: address,
    [btauthHeaders.receiver]: receiver,
    [btauthHeaders.nonce]: nonceNs.toString(),
    ...(scheme === "sr25519" ? {} : { [btauthHeaders.crypto]: scheme }),
    [btauthHeaders.signature]: `0x${Buffer.from(signature).toString("hex")}`,
  };
}

/** The time window of requests. */
export type BtauthWindow = {
  /** How old a request may be, default 10,000. */
  readonly maxAgeMs?: number;
  /** How far in the future, default 2,000: clocks differ. */
  readonly skewMs?: number;
};

/** btauth/1 as a {@link Dialect}. */
export function btauthDialect({ maxAgeMs = 10_000, skewMs = 2_000 }: BtauthWindow = {}): Dialect {
  const window = { maxAgeNs: msToNs(maxAgeMs), skewNs: msToNs(skewMs) };
  return {
    name: "btauth",
    maxAgeMs,
    skewMs,
    sender: (headers) => singleHeader(headers, btauthHeaders.hotkey),
    precheck(headers, { receiver, scheme, nowNs }) {
      const claim = parseBtauthHeaders(headers);
      if ("malformed" in claim) return malformedHeader(claim.malformed);
      if (claim.receiver === undefined) return authRefusal("E_AUTH_RECEIVER", "the request is not bound to a receiver");
      if (claim.receiver !== receiver) return authRefusal("E_AUTH_RECEIVER", "the request is for another receiver");
      const { hotkey, publicKey, signatureHex, nonce, nonceText } = claim;
      const stale = staleRefusal(nonce, nowNs, window);
      if (stale !== undefined) return stale;
      if (claim.scheme !== scheme) return authRefusal("E_AUTH_SIGNATURE", "the signature scheme is not accepted");
      const signature = Buffer.from(signatureHex.slice(2), "hex");
      return {
        kind: "plausible",
        claim: { hotkey, publicKey, signature, issuedNs: nonce, replayId: nonceText, requestNonce: nonceText },
      };
    },
    message({ hotkey, requestNonce }, { method, target, body, bodySha256 = sha256Hex(body) }, { receiver, scheme }) {
      if (!isSignableTarget(method, target)) return undefined;
      return btauthMessage({ scheme, method, target, bodySha256, nonce: requestNonce, sender: hotkey, receiver });
    },
  };
}

export type VerifyRequestOptions = BtauthWindow & {
  readonly method: string;
  readonly target: string;
  readonly headers: RequestHeaders;
  /** The raw body, before any parsing. */
  readonly body: Uint8Array;
  /** Our own SS58 hotkey. */
  readonly receiver: string;
  /** The scheme of the sender's hotkey as the server knows it. */
  readonly expectedScheme: KeyScheme;
  /** Unix nanoseconds, default now. */
  readonly nowNs?: bigint;
} & VerifySignedModules;

/** Verifies a whole request in the order of the specification: shape, receiver, freshness, signature, replay. Never rejects. */
export async function verifyRequest(options: VerifyRequestOptions): Promise<Verdict> {
  const { receiver, expectedScheme: scheme, nowNs = BigInt(Date.now()) * 1_000_000n } = options;
  const dialect = btauthDialect(options);
  const check = dialect.precheck(options.headers, { receiver, scheme, nowNs });
  if (check.kind === "refused") return check;
  const verdict = await verifySigned(dialect, check.claim, options, { receiver, scheme }, options);
  if (verdict.kind === "refused") return verdict;
  return { kind: "accepted", hotkey: check.claim.hotkey, nonce: check.claim.issuedNs };
}
