import { type Keypair, type KeyScheme, verifySignature } from "../crypto/keypair.ts";
import { appError } from "../errors/app-error.ts";
import { withTimeout } from "../util/withTimeout.ts";
import { type BtauthClaim, btauthHeaders, parseBtauthHeaders, type RequestHeaders } from "./btauth-headers.ts";
import { btauthMessage, isSignableTarget } from "./btauth-message.ts";
import { nextNonceNs } from "./nonce.ts";
import type { ReplayStore } from "./replay-store.ts";

/**
 * btauth/1, the signed requests of SDK 11 (spec/wire-protocols.md 1.2), with two choices of ours: a request must be bound to its receiver, and
 * the scheme comes from the configuration of the server, never from the request.
 */

/** Why a request is not accepted. Safe to send back: nothing in it that the sender does not know. */
export type Refusal = {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly reason: string;
  readonly httpStatus: 401 | 503;
};
export type RefusalCode =
  | "E_AUTH_MALFORMED"
  | "E_AUTH_RECEIVER"
  | "E_AUTH_STALE"
  | "E_AUTH_SIGNATURE"
  | "E_AUTH_REPLAY"
  | "E_AUTH_REPLAY_STORE";

/** What came of a request. `nonce` is the one to sign the response with. */
export type Verdict = { readonly kind: "accepted"; readonly hotkey: string; readonly nonce: bigint } | Refusal;

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
    btauthMessage({ scheme, method, target, body, nonce: nonceNs, sender: address, receiver }),
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

export type PrecheckOptions = {
  readonly headers: RequestHeaders;
  /** Our own SS58 hotkey. */
  readonly receiver: string;
  /** The scheme of the sender's hotkey as the server knows it. */
  readonly expectedScheme: KeyScheme;
  /** Unix nanoseconds, default now. */
  readonly nowNs?: bigint;
  /** How old a request may be, default 10,000. */
  readonly maxAgeMs?: number;
  /** How far in the future, default 2,000: clocks differ. */
  readonly skewMs?: number;
};

/**
 * The checks that need the headers only, cheapest first: shape, receiver, freshness, scheme. A server runs them before it reads the body;
 * {@link verifyRequest} runs them in any case. Never throws.
 */
export function precheckRequest(
  options: PrecheckOptions,
): { readonly kind: "plausible"; readonly claim: BtauthClaim } | Refusal {
  const { headers, receiver, expectedScheme, maxAgeMs = 10_000, skewMs = 2_000 } = options;
  const claim = parseBtauthHeaders(headers);
  if ("malformed" in claim) return refused("E_AUTH_MALFORMED", `header ${claim.malformed} is missing or malformed`);
  if (claim.receiver === undefined) return refused("E_AUTH_RECEIVER", "the request is not bound to a receiver");
  if (claim.receiver !== receiver) return refused("E_AUTH_RECEIVER", "the request is for another receiver");
  const nowNs = options.nowNs ?? BigInt(Date.now()) * 1_000_000n;
  if (claim.nonce < nowNs - msToNs(maxAgeMs)) return refused("E_AUTH_STALE", "the request is too old");
  if (claim.nonce > nowNs + msToNs(skewMs)) return refused("E_AUTH_STALE", "the request is from the future");
  if (claim.scheme !== expectedScheme) return refused("E_AUTH_SIGNATURE", "the signature scheme is not accepted");
  return { kind: "plausible", claim };
}

export type VerifyRequestOptions = PrecheckOptions & {
  readonly method: string;
  readonly target: string;
  /** The raw body, before any parsing. */
  readonly body: Uint8Array;
  readonly replay: ReplayStore;
  /** How long a replay store outside this process may take, default 1,000; then the request is refused. */
  readonly replayTimeoutMs?: number;
};

/**
 * Verifies a request in the order of the specification: shape, receiver, freshness, signature, replay. The pair of hotkey and nonce is recorded
 * only after the signature has passed, so nobody can burn another's nonce. Never rejects: a broken replay store refuses.
 */
export async function verifyRequest(options: VerifyRequestOptions): Promise<Verdict> {
  const { method, target, body, expectedScheme, replay, replayTimeoutMs = 1_000 } = options;
  const check = precheckRequest(options);
  if (check.kind === "refused") return check;
  const { hotkey, publicKey, receiver, nonce, signature } = check.claim;
  if (!isSignableTarget(method, target)) return refused("E_AUTH_MALFORMED", "the request target is malformed");
  const message = btauthMessage({ scheme: expectedScheme, method, target, body, nonce, sender: hotkey, receiver });
  if (!verifySignature(expectedScheme, message, signature, publicKey))
    return refused("E_AUTH_SIGNATURE", "the signature is wrong");
  const fresh = await claimNonce(replay, hotkey, nonce, replayTimeoutMs);
  if (fresh === undefined)
    return { ...refused("E_AUTH_REPLAY_STORE", "replays cannot be checked at the moment"), httpStatus: 503 };
  if (!fresh) return refused("E_AUTH_REPLAY", "the request was used before, or signed before this server started");
  return { kind: "accepted", hotkey, nonce };
}

/** Undefined when the store fails or is late. */
async function claimNonce(
  replay: ReplayStore,
  hotkey: string,
  nonce: bigint,
  timeoutMs: number,
): Promise<boolean | undefined> {
  try {
    const claimed = replay.claim(hotkey, nonce);
    return typeof claimed === "boolean" ? claimed : await withTimeout(claimed, timeoutMs, "The replay store");
  } catch {
    return undefined;
  }
}

function refused(code: RefusalCode, reason: string): Refusal {
  return { kind: "refused", code, reason, httpStatus: 401 };
}

function msToNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000)) * 1_000n;
}
