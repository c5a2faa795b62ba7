import type { Server, Socket } from "node:net";
import { networkOf } from "./network-of.ts";
import { createRateLimiter, type RateLimit } from "./rate-limiter.ts";

/** How many connections are taken; a network is an IPv4 address, or a /64 of IPv6. */
export type ConnectionLimits = {
  /** Open connections of one network, and of all networks together that one caller is known to be in. */
  readonly maxPerAddress: number;
  /** Open connections of all networks together that no caller is known to be in: the rest of the server's own bound is for those that are. */
  readonly maxOfStrangers: number;
  /** The permitted callers that have proven to ask from this network, or announce themselves there. */
  readonly callersIn: (network: string) => readonly string[];
  /** For a server with TLS: its handshakes cost a millisecond or two each, whoever asks for them. */
  readonly handshakes?: HandshakeLimits | undefined;
};

/** How often a handshake is begun, and for whom none is. */
export type HandshakeLimits = {
  /** Addresses that are refused whatever they ask: without TLS their requests are, by a coded answer. */
  readonly denies?: ((address: string) => boolean) | undefined;
  /** Of one network. */
  readonly perAddress: RateLimit;
  /** Of all networks together that one caller is known to be in: it may have many. */
  readonly perCaller: RateLimit;
  /** Of all networks together that no caller is known to be in, so that those keep theirs that one is. */
  readonly strangers: RateLimit;
};

/**
 * Why a connection was destroyed at accept: its address is on the list and would get a handshake (`denied`), its network has too many open (`address`), the caller there has in all its networks (`caller`), strangers have
 * (`strangers`), or all together (`total`); or too many handshakes are begun, by the same three (`handshake_address`, `handshake_caller`, `handshake_total`).
 */
export const connectionRefusals = [
  "denied",
  "address",
  "caller",
  "strangers",
  "total",
  "handshake_address",
  "handshake_caller",
  "handshake_total",
] as const;
export type ConnectionRefusal = (typeof connectionRefusals)[number];

/**
 * Destroys a connection at accept when there are too many: the cheapest refusal there is. It stands in front of what the server listens with itself, or TLS
 * and HTTP would be set up for a connection that is gone. `onRefused` is called for those and for the ones that the server itself drops because of its own
 * bound on all connections. Holds a number or two per connected network. To be called once, before the server listens.
 */
export function guardConnections(
  server: Server,
  { maxPerAddress, maxOfStrangers, callersIn, handshakes }: ConnectionLimits,
  onRefused: (reason: ConnectionRefusal) => void = () => undefined,
): void {
  const ofNetwork = createTally();
  const ofCaller = createTally();
  let ofStrangers = 0;
  const tooOften = handshakes === undefined ? () => undefined : handshakeGuard(handshakes);

  server.on("drop", () => onRefused("total"));
  const served = server.listeners("connection") as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    // Undefined when the peer is gone already.
    const network = networkOf(socket.remoteAddress ?? "");
    const callers = callersIn(network);
    const isStranger = callers.length === 0;
    const caller = callers.find((each) => ofCaller.of(each) < maxPerAddress);
    const refusal = ((): ConnectionRefusal | undefined => {
      if (handshakes?.denies?.(socket.remoteAddress ?? "") === true) return "denied";
      if (ofNetwork.of(network) >= maxPerAddress) return "address";
      if (isStranger && ofStrangers >= maxOfStrangers) return "strangers";
      if (!isStranger && caller === undefined) return "caller";
      return tooOften(network, callers);
    })();
    if (refusal !== undefined) {
      onRefused(refusal);
      socket.destroy();
      return;
    }
    ofNetwork.add(network, 1);
    if (caller === undefined) ofStrangers++;
    else ofCaller.add(caller, 1);
    socket.once("close", () => {
      ofNetwork.add(network, -1);
      if (caller === undefined) ofStrangers--;
      else ofCaller.add(caller, -1);
    });
    for (const serve of served) serve.call(server, socket);
  });
}

/** Counts by name; what is at 0 is not held. */
function createTally(): { of(name: string): number; add(name: string, change: number): void } {
  const counts = new Map<string, number>();
  return {
    of: (name) => counts.get(name) ?? 0,
    add: (name, change) => {
      const count = (counts.get(name) ?? 0) + change;
      if (count > 0) counts.set(name, count);
      else counts.delete(name);
    },
  };
}

/** Networks remembered; each costs about 100 bytes. */
const maxNetworks = 16_384;

/**
 * A network that one caller is known to be in counts under that caller, who may have sixty of them; where several are, under the first that has some left: nobody can
 * use up another's by moving in beside it.
 */
function handshakeGuard({
  perAddress,
  perCaller,
  strangers,
}: HandshakeLimits): (network: string, callers: readonly string[]) => ConnectionRefusal | undefined {
  const ofNetwork = createRateLimiter(perAddress, undefined, maxNetworks);
  const ofCaller = createRateLimiter(perCaller);
  const ofStrangers = createRateLimiter(strangers);
  return (network, callers) => {
    if (ofNetwork.take(network) > 0) return "handshake_address";
    if (callers.length === 0) return ofStrangers.take("all") > 0 ? "handshake_total" : undefined;
    return callers.some((caller) => ofCaller.take(caller) === 0) ? undefined : "handshake_caller";
  };
}
