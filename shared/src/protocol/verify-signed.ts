import { verifySignature } from "../crypto/keypair.ts";
import { type Later, whenReady } from "../util/whenReady.ts";
import { withTimeout } from "../util/withTimeout.ts";
import { type AuthRefusal, authRefusal } from "./auth-refusal.ts";
import type { Dialect, PrecheckContext, SignedClaim, WireRequest } from "./dialect.ts";
import type { ReplayStore } from "./replay-store.ts";

export type VerifySignedModules = {
  readonly replay: ReplayStore;
  /** How long a replay store outside this process may take, default 1,000; then the request is refused. */
  readonly replayTimeoutMs?: number;
};

/** What came of the checks. */
export type SignedVerdict = { readonly kind: "accepted" } | AuthRefusal;

/** The first check after {@link Dialect.precheck}, alike for every dialect: undefined when the signature holds. Never throws. */
export function checkSignature(
  dialect: Dialect,
  claim: SignedClaim,
  request: WireRequest,
  context: Omit<PrecheckContext, "nowNs">,
): AuthRefusal | undefined {
  const message = dialect.message(claim, request, context);
  if (message === undefined) return authRefusal("E_AUTH_MALFORMED", "the request target is malformed");
  if (!verifySignature(context.scheme, message, claim.signature, claim.publicKey))
    return authRefusal("E_AUTH_SIGNATURE", "the signature is wrong");
  return undefined;
}

/**
 * The second: records that a request is used, undefined when it is for the first time. Only for one whose signature holds, or anybody could burn another's
 * nonce. At once with a replay store in memory; never rejects: a broken store refuses.
 */
export function claimUse(
  claim: SignedClaim,
  { replay, replayTimeoutMs = 1_000 }: VerifySignedModules,
): Later<AuthRefusal | undefined> {
  try {
    const claimed = replay.claim(claim);
    if (typeof claimed === "boolean") return refusalOf(claimed);
    return withTimeout(claimed, replayTimeoutMs, "The replay store").then(refusalOf, () => refusalOf(undefined));
  } catch {
    return refusalOf(undefined);
  }
}

/** Both checks, for those who have nothing to do in between. */
export function verifySigned(
  dialect: Dialect,
  claim: SignedClaim,
  request: WireRequest,
  context: Omit<PrecheckContext, "nowNs">,
  modules: VerifySignedModules,
): Later<SignedVerdict> {
  return (
    checkSignature(dialect, claim, request, context) ??
    whenReady(claimUse(claim, modules), (refusal) => refusal ?? accepted)
  );
}

const accepted = { kind: "accepted" } as const;

/** `fresh` is undefined when the store has failed or is late. */
function refusalOf(fresh: boolean | undefined): AuthRefusal | undefined {
  if (fresh === undefined)
    return { ...authRefusal("E_AUTH_REPLAY_STORE", "replays cannot be checked at the moment"), httpStatus: 503 };
  if (fresh) return undefined;
  return authRefusal("E_AUTH_REPLAY", "the request was used before, or signed before this server started");
}
