import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { AuthRefusalCode } from "@subnetkit/shared/protocol/auth-refusal";
import type { RequestHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import type { Dialect, SignedClaim, WireRequest } from "@subnetkit/shared/protocol/dialect";
import type { ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import type { AnsweredRequest } from "@subnetkit/shared/protocol/response-signature";
import { connectionDialect } from "@subnetkit/shared/protocol/tls/connection-dialect";
import type { TlsPeer } from "@subnetkit/shared/protocol/tls/verify-certificate";
import { checkSignature, claimUse } from "@subnetkit/shared/protocol/verify-signed";
import { type Later, whenReady } from "@subnetkit/shared/util/whenReady";
import type { RequestOutcome } from "../metrics.ts";
import type { AddressGuard, Attempt } from "./address-guard.ts";
import type { BodyBudget } from "./body-budget.ts";
import type { CallerLists } from "./caller-lists.ts";
import type { Caller, Callers } from "./callers.ts";
import { networkOf } from "./network-of.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { type Refusal, refusals } from "./refusal.ts";

/** Who is let in. */
export type AdmissionPolicy = {
  /** Our own ss58 hotkey: requests for another miner are refused. */
  readonly receiver: string;
  readonly requirePermit: boolean;
  readonly minStakeRao: bigint;
  readonly maxBodyBytes: number;
};

/** What admission knows before the body has arrived. */
export type RequestHead = {
  readonly headers: RequestHeaders;
  /** As announced: 0 for no body, undefined for one of unknown length. */
  readonly contentLength: number | undefined;
  /** Where the connection comes from. */
  readonly address: string;
  /** Who the connection is proven to come from; counts for requests without a signature of their own. */
  readonly peer?: TlsPeer | undefined;
};

/** A request whose headers passed: who claims to ask, and how it is signed. */
export type Plausible = {
  readonly kind: "plausible";
  readonly dialect: Dialect;
  readonly claim: SignedClaim;
  /** Whom the claim names; proven by nothing yet. */
  readonly named: Caller;
  /** Whether whoever is named has proven before to ask from there, or does so by the connection. */
  readonly known: boolean;
  readonly address: string;
  /** The check of its signature; undefined where there is none to check. */
  readonly attempt: Attempt | undefined;
  /** Gives back what was reserved for the request; to be called when it ends in any way. `whole` calls it too. */
  readonly release: () => void;
};

/** A request that passed every stage, or why not. */
export type Admitted = {
  readonly kind: "admitted";
  readonly caller: Caller;
  readonly proven: Proven;
  /** How long the caller says it waits, milliseconds; unsigned. */
  readonly timeoutMs: number | undefined;
};
export type Refused = {
  readonly kind: "refused";
  readonly refusal: Refusal;
  /** Set once the signature was verified: from then on the answer can be signed for this caller. */
  readonly proven?: Proven;
  readonly retryAfterMs?: number;
};

/**
 * Whom an answer is for, and the request it is bound to: known only once the request's signature was verified, or its connection. An empty nonce binds
 * to nothing, and an answer in one piece goes unsigned; the hash of the request may be empty then as well.
 */
export type Proven = AnsweredRequest & { readonly requestNonce: string };

/**
 * The stages a request passes, in this order, cheapest first; each has a coded refusal and a count in the metrics.
 *
 * `head`, before the body is read: address (its list and its bucket), size, shape (version, all headers, receiver), hotkey (registered here),
 * freshness, list, permit and stake floor, forgery (how many wrong signatures came from there), budget (room for its body): map look-ups and
 * comparisons, a few microseconds.
 * `whole`, after it: signature (a curve operation), rate, replay. The permit stands before the signature because hotkeys are public: a forger
 * who names one without a permit must not get a curve operation out of us. A caller's token bucket stands after it, or anybody could empty an
 * honest caller's. It stands before the recording of the request as used: a 429 says "not now", and what was not looked at is not used, so that the very same
 * request may come again after `Retry-After`, and a caller beyond its rate fills no replay store. A token is given back for a request that turns out to be
 * used, or whoever overheard it could empty its sender's bucket by repeating it. What the store knows at once to be used is refused before anything else
 * of it is looked at; with a store outside this process that is what this process has seen, and a repeat of what another one has answered costs one
 * curve operation and one look at the store, and once.
 */
export type Admission = {
  /** By where it comes from alone: all that a page for everybody asks. */
  visitor(address: string): Refused | undefined;
  head(request: RequestHead): Refused | Plausible;
  /** At once unless the replay store has to be waited for. */
  whole(plausible: Plausible, request: WireRequest): Later<Admitted | Refused>;
  /** True for a registered hotkey that has permit and stake as the policy asks. */
  admits(caller: Caller): boolean;
};

/** Stages in their order, for metrics and documentation. */
export const stages = [
  "address",
  "size",
  "shape",
  "hotkey",
  "freshness",
  "list",
  "permit",
  "forgery",
  "budget",
  "signature",
  "rate",
  "replay",
] as const satisfies readonly RequestOutcome[];

/** One of {@link stages}. */
export type Stage = (typeof stages)[number];

/** Builds admission. `onPassed` counts; it is called once per stage and request. */
export function createAdmission(
  policy: AdmissionPolicy,
  modules: {
    /** What is understood, in the order it is tried. */
    readonly dialects: readonly Dialect[];
    readonly callers: Callers;
    readonly replay: ReplayStore;
    readonly rate: RateLimiter;
    readonly addresses: AddressGuard;
    readonly lists: CallerLists;
    readonly bodies: BodyBudget;
    readonly onPassed?: (stage: Stage) => void;
  },
): Admission {
  const { dialects, callers, replay, rate, addresses, lists, bodies, onPassed = () => undefined } = modules;
  const { receiver } = policy;

  const permitOf = (caller: Caller): Refusal | undefined => {
    if (lists.allows(caller.hotkey)) return undefined;
    if (policy.requirePermit && !caller.validatorPermit) return refusals.noPermit;
    return caller.stakeRao < policy.minStakeRao ? refusals.stakeTooLow : undefined;
  };

  const visitor = (address: string): Refused | undefined => {
    if (lists.deniesAddress(address)) return refused(refusals.addressDenied);
    const tooManyMs = addresses.take(address);
    return tooManyMs > 0 ? { ...refused(refusals.addressRate), retryAfterMs: tooManyMs } : undefined;
  };

  /** What becomes of one who has proven who he is, and has to wait so long for his next token. */
  const ofProven = (claim: SignedClaim, request: WireRequest, waitMs: number): Admitted | Refused => {
    const { hotkey: validator, requestNonce, timeoutMs } = claim;
    const { target, body, bodySha256: requestSha256 = sha256Hex(body) } = request;
    const proven = { validator, requestNonce, target, requestSha256 };
    if (waitMs > 0) return { kind: "refused", refusal: refusals.rate, proven, retryAfterMs: waitMs };
    // The metagraph may have been replaced since the head was checked.
    const caller = callers.find(validator);
    if (caller === undefined) return { kind: "refused", refusal: refusals.callerUnknown, proven };
    return { kind: "admitted", caller, proven, timeoutMs };
  };

  return {
    admits: (caller) => permitOf(caller) === undefined,
    visitor,
    head: ({ headers, contentLength, address, peer }) => {
      const unwelcome = visitor(address);
      if (unwelcome !== undefined) return unwelcome;
      onPassed("address");
      if ((contentLength ?? 0) > policy.maxBodyBytes) return refused(refusals.tooLarge);
      onPassed("size");
      const spoken = recognise(dialects, headers) ?? ofConnection(peer);
      if (spoken === undefined) return refused(refusals.malformed);
      // Before the shape, which decodes what is sent: strangers cost one look-up.
      const caller = callers.find(spoken.sender);
      if (caller === undefined) return refused(refusals.callerUnknown);
      const { dialect } = spoken;
      const nowNs = BigInt(Date.now()) * 1_000_000n;
      const check = dialect.precheck(headers, { receiver, scheme: caller.scheme, nowNs });
      if (check.kind === "refused") return refused(refusalByCode[check.code]);
      onPassed("shape");
      onPassed("hotkey");
      onPassed("freshness");
      if (lists.deniesHotkey(caller.hotkey)) return refused(refusals.denied);
      onPassed("list");
      const permit = permitOf(caller);
      if (permit !== undefined) return refused(permit);
      onPassed("permit");
      // Over a proven connection there is nothing to verify.
      const attempt = dialect.name === "tls" ? undefined : addresses.attempt(address, caller.hotkey);
      if (typeof attempt === "number") return { ...refused(refusals.forgeries), retryAfterMs: attempt };
      onPassed("forgery");
      const known = attempt === undefined || attempt.known;
      // By looking, not taking: it would be refused anyway, after a curve operation that nothing else bounds, because its signature is right.
      const busyMs = known ? rate.wait(caller.hotkey) : 0;
      if (busyMs > 0) {
        attempt?.end("unchecked");
        return { ...refused(refusals.rate), retryAfterMs: busyMs };
      }
      const giveBack = bodies.reserve({ contentLength, network: networkOf(address), known, caller: caller.hotkey });
      if (giveBack === undefined) {
        attempt?.end("unchecked");
        return refused(refusals.bodies);
      }
      onPassed("budget");
      const release = (): void => {
        giveBack();
        attempt?.end("unchecked");
      };
      return { kind: "plausible", dialect, claim: check.claim, named: caller, known, address, attempt, release };
    },
    whole: ({ dialect, claim, named, address, attempt, release }, request) => {
      const { hotkey } = claim;
      if (attempt === undefined) {
        release();
        onPassed("signature");
        const waitMs = rate.take(hotkey);
        if (waitMs === 0) {
          onPassed("rate");
          onPassed("replay");
        }
        return ofProven(claim, request, waitMs);
      }
      // It would be refused anyway, after a curve operation that no bound on forgeries counts: its signature is right.
      if (replay.isUsed?.(claim) === true) {
        release();
        return refused(refusals.replayed);
      }
      const forged = checkSignature(dialect, claim, request, { receiver, scheme: named.scheme });
      if (forged !== undefined) {
        // A request that nobody can have signed says nothing about where it comes from.
        if (forged.code === "E_AUTH_SIGNATURE") attempt.end("wrong");
        release();
        return refused(refusalByCode[forged.code]);
      }
      onPassed("signature");
      attempt.end("right");
      const busyMs = rate.take(hotkey);
      if (busyMs > 0) {
        release();
        return ofProven(claim, request, busyMs);
      }
      onPassed("rate");
      return whenReady(claimUse(claim, { replay }), (refusal) => {
        release();
        // Nor does one that was overheard.
        if (refusal !== undefined) {
          rate.giveBack(hotkey);
          return refused(refusalByCode[refusal.code]);
        }
        addresses.proven(address, hotkey);
        onPassed("replay");
        return ofProven(claim, request, 0);
      });
    },
  };
}

function recognise(
  dialects: readonly Dialect[],
  headers: RequestHeaders,
): { readonly dialect: Dialect; readonly sender: string } | undefined {
  for (const dialect of dialects) {
    const sender = dialect.sender(headers);
    if (sender !== undefined) return { dialect, sender };
  }
  return undefined;
}

/** The sender that the connection proves, for a request that names none. */
function ofConnection(peer: TlsPeer | undefined): { readonly dialect: Dialect; readonly sender: string } | undefined {
  return peer === undefined ? undefined : { dialect: connectionDialect(peer), sender: peer.hotkey };
}

function refused(refusal: Refusal): Refused {
  return { kind: "refused", refusal };
}

const refusalByCode: Readonly<Record<AuthRefusalCode, Refusal>> = {
  E_AUTH_MALFORMED: refusals.malformed,
  E_AUTH_RECEIVER: refusals.wrongReceiver,
  E_AUTH_STALE: refusals.stale,
  E_AUTH_SIGNATURE: refusals.badSignature,
  E_AUTH_REPLAY: refusals.replayed,
  E_AUTH_REPLAY_STORE: refusals.replayStoreDown,
  E_TLS_EXPIRED: refusals.tlsExpired,
};
