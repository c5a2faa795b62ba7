import { verifySignature } from "../crypto/keypair.ts";
import { withTimeout } from "../util/withTimeout.ts";
import { type AuthRefusal, authRefusal } from "./auth-refusal.ts";
import type { Dialect, PrecheckContext, SignedClaim, WireRequest } from "./dialect.ts";
import type { ReplayStore } from "./replay-store.ts";

export type VerifySignedModules = {
  readonly replay: ReplayStore;
  /** How long a replay store outside this process may take, default 1,000; then the request is refused. */
  readonly replayTimeoutMs?: number;
};

/**
 * The checks after {@link Dialect.precheck}, alike for every dialect: signature, then replay. What makes the request unique is recorded only after
 * the signature has passed, so nobody can burn another's nonce. Never rejects: a broken replay store refuses.
 */
export async function verifySigned(
  dialect: Dialect,
  claim: SignedClaim,
  request: WireRequest,
  context: Omit<PrecheckContext, "nowNs">,
  { replay, replayTimeoutMs = 1_000 }: VerifySignedModules,
): Promise<{ readonly kind: "accepted" } | AuthRefusal> {
  const message = dialect.message(claim, request, context);
  if (message === undefined) return authRefusal("E_AUTH_MALFORMED", "the request target is malformed");
  if (!verifySignature(context.scheme, message, claim.signature, claim.publicKey))
    return authRefusal("E_AUTH_SIGNATURE", "the signature is wrong");
  const fresh = await claimOnce(replay, claim, replayTimeoutMs);
  if (fresh === undefined)
    return { ...authRefusal("E_AUTH_REPLAY_STORE", "replays cannot be checked at the moment"), httpStatus: 503 };
  if (!fresh) return authRefusal("E_AUTH_REPLAY", "the request was used before, or signed before this server started");
  return { kind: "accepted" };
}

/** Undefined when the store fails or is late. */
async function claimOnce(replay: ReplayStore, claim: SignedClaim, timeoutMs: number): Promise<boolean | undefined> {
  try {
    const claimed = replay.claim(claim);
    return typeof claimed === "boolean" ? claimed : await withTimeout(claimed, timeoutMs, "The replay store");
  } catch {
    return undefined;
  }
}
