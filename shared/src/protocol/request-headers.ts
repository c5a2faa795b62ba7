import { type AuthRefusal, authRefusal } from "./auth-refusal.ts";
import type { RequestHeaders } from "./btauth-headers.ts";

/** What the dialects have in common when they read headers. */

/** A header that was sent once; undefined for one that is missing or repeated. */
export function singleHeader(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** A header that was sent once and has this shape. */
export function headerMatching(headers: RequestHeaders, name: string, pattern: RegExp): string | undefined {
  const value = singleHeader(headers, name);
  return value !== undefined && pattern.test(value) ? value : undefined;
}

/** The refusal of headers of which one is missing or misshapen. */
export function malformedHeader(name: string): AuthRefusal {
  return authRefusal("E_AUTH_MALFORMED", `header ${name} is missing or malformed`);
}

/** The refusal of a request that was signed before or after its window; times in unix nanoseconds, both ends allowed. */
export function staleRefusal(
  issuedNs: bigint,
  nowNs: bigint,
  { maxAgeNs, skewNs }: { readonly maxAgeNs: bigint; readonly skewNs: bigint },
): AuthRefusal | undefined {
  if (issuedNs < nowNs - maxAgeNs) return authRefusal("E_AUTH_STALE", "the request is too old");
  if (issuedNs > nowNs + skewNs) return authRefusal("E_AUTH_STALE", "the request is from the future");
  return undefined;
}

/** Milliseconds in nanoseconds, to the microsecond. */
export function msToNs(ms: number): bigint {
  return BigInt(Math.round(ms * 1_000)) * 1_000n;
}
