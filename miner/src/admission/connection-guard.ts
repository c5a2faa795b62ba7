import type { Server, Socket } from "node:net";
import { networkOf } from "./network-of.ts";

/** Connections of one network (an IPv4 address, a /64 of IPv6). */
export type ConnectionLimits = { readonly maxPerAddress: number };

/**
 * Destroys a connection at accept when its network has too many: the cheapest refusal there is, before TLS and before HTTP. `onRefused` is called
 * for those and for the ones that the server itself drops because of its own bound on all connections. Holds one number per connected network.
 */
export function guardConnections(
  server: Server,
  { maxPerAddress }: ConnectionLimits,
  onRefused: (reason: "address" | "total") => void = () => undefined,
): void {
  const open = new Map<string, number>();
  server.on("drop", () => onRefused("total"));
  server.prependListener("connection", (socket: Socket) => {
    // Undefined when the peer is gone already.
    const network = networkOf(socket.remoteAddress ?? "");
    const count = open.get(network) ?? 0;
    if (count >= maxPerAddress) {
      onRefused("address");
      socket.destroy();
      return;
    }
    open.set(network, count + 1);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}
