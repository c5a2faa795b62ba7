import type { TLSSocket } from "node:tls";
import {
  type CertificateRefusal,
  type ExpectedPeer,
  type TlsPeer,
  verifyHotkeyCertificate,
} from "./verify-certificate.ts";

/** Why a connection is refused: what is wrong with the connection, then what is wrong with its certificate. */
export type ConnectionRefusal = "resumed" | "none" | "chain" | CertificateRefusal;

export type ConnectionVerdict =
  | { readonly kind: "verified"; readonly peer: TlsPeer }
  | { readonly kind: "refused"; readonly reason: ConnectionRefusal };

/**
 * Who is at the other end of a TLS connection whose handshake is done. A resumed session is refused because its ticket alone, without the key, would
 * pass for the peer; a chain of certificates because only one is ever sent by us. Never throws.
 */
export function verifyConnection(socket: TLSSocket, expected: ExpectedPeer): ConnectionVerdict {
  if (socket.isSessionReused()) return { kind: "refused", reason: "resumed" };
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { kind: "refused", reason: "none" };
  if (certificate.issuerCertificate !== undefined) return { kind: "refused", reason: "chain" };
  return verifyHotkeyCertificate(certificate.raw, expected);
}
