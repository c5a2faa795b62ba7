import type { Socket } from "node:net";

/** What is to be done when a connection closes; a property, because a WeakMap costs almost a microsecond per request. */
const listeners = Symbol("what to do when this connection closes");
type Watched = Socket & { [listeners]?: Set<() => void> };

/**
 * Calls `listener` when the connection closes. By connection and not by request, because Node tells nothing to some requests that wait behind another
 * on a connection that breaks, neither by their own events nor by those of their responses; and with one listener of the socket for all of them,
 * because a caller may send any number at once.
 */
export function onConnectionEnd(socket: Watched, listener: () => void): void {
  (socket[listeners] ?? watch(socket)).add(listener);
}

/** Takes it back. */
export function offConnectionEnd(socket: Watched, listener: () => void): void {
  socket[listeners]?.delete(listener);
}

function watch(socket: Watched): Set<() => void> {
  const all = new Set<() => void>();
  socket[listeners] = all;
  socket.once("close", () => {
    for (const each of all) each();
  });
  return all;
}
