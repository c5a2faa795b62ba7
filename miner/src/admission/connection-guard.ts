import type { Server, Socket } from "node:net";
import { networkOf } from "./network-of.ts";
import { createRateLimiter, type RateLimit } from "./rate-limiter.ts";

/** How many connections are taken; a network is an IPv4 address, or a /64 of IPv6. */
export type ConnectionLimits = {
  /** Open connections of one network. */
  readonly maxPerAddress: number;
  /** For a server with TLS: its handshakes cost a millisecond or two each, whoever asks for them. */
  readonly handshakes?: HandshakeLimits | undefined;
};

/** How often a handshake is begun. */
export type HandshakeLimits = {
  /** Of one network. */
  readonly perAddress: RateLimit;
  /** Of all networks together that nobody has proven to be in, so that those who have keep theirs. */
  readonly strangers: RateLimit;
  /** Whether a permitted caller has proven to ask from this network, or announces itself there. */
  readonly isFamiliar: (network: string) => boolean;
};

/**
 * Why a connection was destroyed at accept: its network has too many open (`address`), or all together have (`total`); its network begins too many
 * handshakes (`handshake_address`), or strangers together do (`handshake_total`).
 */
export const connectionRefusals = ["address", "total", "handshake_address", "handshake_total"] as const;
export type ConnectionRefusal = (typeof connectionRefusals)[number];

/**
 * Destroys a connection at accept when there are too many: the cheapest refusal there is. It stands in front of what the server listens with itself, or TLS
 * and HTTP would be set up for a connection that is gone. `onRefused` is called for those and for the ones that the server itself drops because of its own
 * bound on all connections. Holds one number per connected network. To be called once, before the server listens.
 */
export function guardConnections(
  server: Server,
  { maxPerAddress, handshakes }: ConnectionLimits,
  onRefused: (reason: ConnectionRefusal) => void = () => undefined,
): void {
  const open = new Map<string, number>();
  const tooOften = handshakes === undefined ? () => undefined : handshakeGuard(handshakes);
  server.on("drop", () => onRefused("total"));
  const served = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    // Undefined when the peer is gone already.
    const network = networkOf(socket.remoteAddress ?? "");
    const count = open.get(network) ?? 0;
    const refusal = count >= maxPerAddress ? "address" : tooOften(network);
    if (refusal !== undefined) {
      onRefused(refusal);
      socket.destroy();
      return;
    }
    open.set(network, count + 1);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    for (const serve of served) serve.call(server, socket);
  });
}

/** Networks remembered; each costs about 100 bytes. */
const maxNetworks = 16_384;

function handshakeGuard({
  perAddress,
  strangers,
  isFamiliar,
}: HandshakeLimits): (network: string) => ConnectionRefusal | undefined {
  const ofNetwork = createRateLimiter(perAddress, Date.now, maxNetworks);
  const ofStrangers = createRateLimiter(strangers);
  return (network) => {
    if (ofNetwork.take(network) > 0) return "handshake_address";
    return !isFamiliar(network) && ofStrangers.take("all") > 0 ? "handshake_total" : undefined;
  };
}
