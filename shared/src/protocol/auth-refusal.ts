/** Why a signed request is not accepted. Safe to send back: nothing in it that the sender does not know. */
export type AuthRefusal = {
  readonly kind: "refused";
  readonly code: AuthRefusalCode;
  readonly reason: string;
  readonly httpStatus: 401 | 503;
};

/** The codes of {@link AuthRefusal}, in the order of the checks; the last one is for connections whose certificate has ended. */
export type AuthRefusalCode =
  | "E_AUTH_MALFORMED"
  | "E_AUTH_RECEIVER"
  | "E_AUTH_STALE"
  | "E_AUTH_SIGNATURE"
  | "E_AUTH_REPLAY"
  | "E_AUTH_REPLAY_STORE"
  | "E_TLS_EXPIRED";

/** A refusal with status 401. */
export function authRefusal(code: AuthRefusalCode, reason: string): AuthRefusal {
  return { kind: "refused", code, reason, httpStatus: 401 };
}
