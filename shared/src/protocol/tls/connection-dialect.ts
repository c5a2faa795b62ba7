import { authRefusal } from "../auth-refusal.ts";
import type { Dialect } from "../dialect.ts";
import type { TlsPeer } from "./verify-certificate.ts";

/** A client's name for one request of a connection; our signed response is bound to it. */
export const requestNonceHeader = "x-subnetkit-request-nonce";

const noSignature = new Uint8Array(0);
let requests = 0;

/**
 * The dialect of requests that carry no signature of their own, because the connection they came over proves who sends them. It is made from the
 * connection and from nothing that a request says; TLS protects body and order, so nothing can be replayed and every request is a new one.
 */
export function connectionDialect(peer: TlsPeer): Dialect {
  const known = dialects.get(peer);
  if (known !== undefined) return known;
  const dialect = makeDialect(peer);
  dialects.set(peer, dialect);
  return dialect;
}

/** One per connection. */
const dialects = new WeakMap<TlsPeer, Dialect>();

function makeDialect({ hotkey, publicKey, notAfterMs }: TlsPeer): Dialect {
  const notAfterNs = BigInt(notAfterMs) * 1_000_000n;
  return {
    name: "tls",
    maxAgeMs: 0,
    skewMs: 0,
    sender: () => hotkey,
    precheck(headers, { nowNs }) {
      // A connection outlives the certificate it began with.
      if (nowNs >= notAfterNs) return authRefusal("E_TLS_EXPIRED", "the certificate of the connection has ended");
      const nonce = headers[requestNonceHeader];
      if (nonce !== undefined && (typeof nonce !== "string" || !/^[\x21-\x7e]{1,80}$/.test(nonce)))
        return authRefusal("E_AUTH_MALFORMED", `header ${requestNonceHeader} is malformed`);
      requests += 1;
      const replayId = `tls-${requests}`;
      const requestNonce = nonce ?? "";
      return {
        kind: "plausible",
        claim: { hotkey, publicKey, signature: noSignature, issuedNs: nowNs, replayId, requestNonce },
      };
    },
    // Nobody signs these requests; whoever asks for the bytes is told that there are none.
    message: () => undefined,
  };
}
