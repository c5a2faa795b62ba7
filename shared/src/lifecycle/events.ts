import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import { eventsFd } from "../config/process-env.ts";

/** One line to the supervisor. Known types: process.ready, round.finished, weights.submitted, weights.finalized, weights.failed, warning, error. */
export type LifecycleEvent = { readonly type: string; readonly [field: string]: unknown };

export type EventSink = {
  /** Sends one event. Never throws, never blocks; drops the event when the supervisor does not read. */
  emit(event: LifecycleEvent): void;
};

/** Bytes that may wait for a supervisor that has stopped reading before events are dropped. */
const maxPendingBytes = 256 * 1024;

/**
 * Opens the event channel on file descriptor 3 (or `fd`) as newline-delimited JSON. Without a supervisor, or once the channel breaks,
 * every `emit` is a no-op. The channel does not keep the process alive.
 */
export function createEventSink(fd: number | undefined = eventsFd()): EventSink {
  const socket = fd === undefined ? undefined : openChannel(fd);
  return {
    emit(event) {
      if (socket === undefined || socket.destroyed || socket.writableLength > maxPendingBytes) return;
      socket.write(`${JSON.stringify(event, bigintAsString)}\n`);
    },
  };
}

function openChannel(fd: number): Socket | undefined {
  try {
    fstatSync(fd);
    const socket = new Socket({ fd, readable: false, writable: true });
    socket.on("error", () => socket.destroy());
    socket.unref();
    return socket;
  } catch {
    return undefined;
  }
}

function bigintAsString(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
