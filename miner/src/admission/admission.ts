import type { KeyScheme } from "@subnetkit/shared/crypto/keypair";
import { precheckRequest, type RefusalCode, verifyRequest } from "@subnetkit/shared/protocol/btauth";
import { btauthHeaders, type RequestHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import type { ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import type { RequestOutcome } from "../metrics.ts";
import type { Caller, Callers } from "./callers.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { type Refusal, refusals } from "./refusal.ts";

/** Who is let in. */
export type AdmissionPolicy = {
  /** Our own ss58 hotkey: requests for another miner are refused. */
  readonly receiver: string;
  /** Scheme of the callers' hotkeys; from configuration, never from the request. */
  readonly scheme: KeyScheme;
  readonly requirePermit: boolean;
  readonly minStakeRao: bigint;
  readonly maxBodyBytes: number;
};

/** What admission knows before the body has arrived. */
export type RequestHead = { readonly headers: RequestHeaders; readonly contentLength: number | undefined };

/** A whole request. */
export type WholeRequest = RequestHead & {
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
};

/** A request that passed every stage, or why not. */
export type Admitted = { readonly kind: "admitted"; readonly caller: Caller; readonly nonce: bigint };
export type Refused = {
  readonly kind: "refused";
  readonly refusal: Refusal;
  /** Set once the signature was verified: from then on the answer can be signed for this caller. */
  readonly proven?: { readonly hotkey: string; readonly nonce: bigint };
  readonly retryAfterMs?: number;
};

/**
 * The stages a request passes, in this order, cheapest first; each has a coded refusal and a count in the metrics.
 *
 * `head`, before the body is read: size, shape (version, all headers, receiver), hotkey (registered here), freshness, permit and stake floor:
 * map look-ups and comparisons, a few microseconds. `whole`, after it: signature (a curve operation), replay, rate. The permit stands before the
 * signature because hotkeys are public: a forger who names one without a permit must not get a curve operation out of us. The token
 * bucket stands after it, or anybody could empty an honest caller's bucket.
 */
export type Admission = {
  head(request: RequestHead): Refused | { readonly kind: "plausible" };
  whole(request: WholeRequest): Promise<Admitted | Refused>;
  /** True for a registered hotkey that has permit and stake as the policy asks. */
  admits(caller: Caller): boolean;
};

/** Stages in their order, for metrics and documentation. */
export const stages = [
  "size",
  "shape",
  "hotkey",
  "freshness",
  "permit",
  "signature",
  "replay",
  "rate",
] as const satisfies readonly RequestOutcome[];

/** One of {@link stages}. */
export type Stage = (typeof stages)[number];

/** Builds admission. `onPassed` counts; it is called once per stage and request. */
export function createAdmission(
  policy: AdmissionPolicy,
  modules: {
    readonly callers: Callers;
    readonly replay: ReplayStore;
    readonly rate: RateLimiter;
    readonly onPassed?: (stage: Stage) => void;
  },
): Admission {
  const { callers, replay, rate, onPassed = () => undefined } = modules;
  const { receiver, scheme } = policy;

  const permitOf = (caller: Caller): Refusal | undefined => {
    if (policy.requirePermit && !caller.validatorPermit) return refusals.noPermit;
    return caller.stakeRao < policy.minStakeRao ? refusals.stakeTooLow : undefined;
  };

  return {
    admits: (caller) => permitOf(caller) === undefined,
    head: ({ headers, contentLength }) => {
      if ((contentLength ?? 0) > policy.maxBodyBytes) return refused(refusals.tooLarge);
      onPassed("size");
      const hotkey = headers[btauthHeaders.hotkey];
      if (typeof hotkey !== "string" || !hasAllHeaders(headers)) return refused(refusals.malformed);
      const caller = callers.find(hotkey);
      if (caller === undefined) return refused(refusals.callerUnknown);
      const check = precheckRequest({ headers, receiver, expectedScheme: scheme });
      if (check.kind === "refused") return refused(refusalOf(check.code));
      for (const stage of ["shape", "hotkey", "freshness"] as const) onPassed(stage);
      const permit = permitOf(caller);
      if (permit !== undefined) return refused(permit);
      onPassed("permit");
      return { kind: "plausible" };
    },
    whole: async ({ method, target, headers, body }) => {
      const verdict = await verifyRequest({ method, target, headers, body, receiver, expectedScheme: scheme, replay });
      if (verdict.kind === "refused") {
        if (verdict.code !== "E_AUTH_SIGNATURE") onPassed("signature");
        return refused(refusalOf(verdict.code));
      }
      onPassed("signature");
      onPassed("replay");
      const proven = { hotkey: verdict.hotkey, nonce: verdict.nonce };
      const retryAfterMs = rate.take(verdict.hotkey);
      if (retryAfterMs > 0) return { kind: "refused", refusal: refusals.rate, proven, retryAfterMs };
      onPassed("rate");
      // The metagraph may have been replaced since the head was checked.
      const caller = callers.find(verdict.hotkey);
      if (caller === undefined) return { kind: "refused", refusal: refusals.callerUnknown, proven };
      return { kind: "admitted", caller, nonce: verdict.nonce };
    },
  };
}

const requiredHeaders = [btauthHeaders.version, btauthHeaders.nonce, btauthHeaders.signature] as const;

function hasAllHeaders(headers: RequestHeaders): boolean {
  return requiredHeaders.every((name) => typeof headers[name] === "string");
}

function refused(refusal: Refusal): Refused {
  return { kind: "refused", refusal };
}

const refusalByCode: Readonly<Record<RefusalCode, Refusal>> = {
  E_AUTH_MALFORMED: refusals.malformed,
  E_AUTH_RECEIVER: refusals.wrongReceiver,
  E_AUTH_STALE: refusals.stale,
  E_AUTH_SIGNATURE: refusals.badSignature,
  E_AUTH_REPLAY: refusals.replayed,
  E_AUTH_REPLAY_STORE: refusals.replayStoreDown,
};

function refusalOf(code: RefusalCode): Refusal {
  return refusalByCode[code];
}
