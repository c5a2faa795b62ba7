import { constants } from "node:crypto";
import type { HotkeyCertificate } from "./make-certificate.ts";

/**
 * What both ends give node:tls. `rejectUnauthorized` is false because no authority signs these certificates: node would refuse every one of them, and
 * it never calls `checkServerIdentity` for a self-signed peer. Each end verifies the peer itself, with `verifyConnection`, before a byte is used.
 */
export function tlsOptions({ cert, key }: HotkeyCertificate): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: "TLSv1.3";
  readonly rejectUnauthorized: false;
} {
  return { cert, key, minVersion: "TLSv1.3", rejectUnauthorized: false };
}

/** What a server adds: it asks for a certificate, and gives out no tickets, with which a client could come back without one. */
export const tlsServerOptions = { requestCert: true, secureOptions: constants.SSL_OP_NO_TICKET } as const;
