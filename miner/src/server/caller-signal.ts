import type { Socket } from "node:net";
import type { StopSignal } from "../scheduler/stop-signal.ts";
import { offConnectionEnd, onConnectionEnd } from "./connection-end.ts";

/**
 * Fires when the caller hangs up or the miner stops, and listens to either only while somebody listens to it: most requests are answered before anybody
 * does, and an AbortController for each of them, linked to both, would cost more than all the checks of its headers. A class, because a getter in an
 * object literal costs half a microsecond per object.
 */
export class CallerSignal implements StopSignal {
  readonly #socket: Socket;
  readonly #stop: AbortSignal;

  constructor(socket: Socket, stop: AbortSignal) {
    this.#socket = socket;
    this.#stop = stop;
  }

  get aborted(): boolean {
    return this.#socket.destroyed || this.#stop.aborted;
  }

  addEventListener(type: "abort", listener: () => void): void {
    onConnectionEnd(this.#socket, listener);
    this.#stop.addEventListener(type, listener);
  }

  removeEventListener(type: "abort", listener: () => void): void {
    offConnectionEnd(this.#socket, listener);
    this.#stop.removeEventListener(type, listener);
  }
}
