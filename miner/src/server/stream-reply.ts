import type { Reply } from "./reply.ts";
import type { StreamFraming } from "./wire.ts";

/** A reply that is sent piece by piece. Nothing is sent before the first chunk, so that whatever fails earlier is an ordinary refusal. */
export type StreamReply = {
  started(): boolean;
  /** Sends a chunk; resolves when the caller has room for the next, or has gone. */
  send(json: string): Promise<void>;
  /** Says how it ended; what comes afterwards is dropped. */
  end(status: number, code?: string): void;
};

/** A caller that does not read may hold its connection for so long after the last byte was written. */
const lingerMs = 5_000;

/** Streams over the raw connection: the framework's own streams would keep no account of when a chunk was taken. */
export function createStreamReply(reply: Reply, framing: StreamFraming): StreamReply {
  const { raw } = reply;
  let state: "new" | "open" | "ended" = "new";

  const start = (): void => {
    state = "open";
    const close = raw.getHeader("connection");
    reply.hijack();
    raw.writeHead(200, {
      ...framing.headers,
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      ...(typeof close === "string" ? { connection: close } : {}),
    });
  };

  const room = (): Promise<void> =>
    new Promise((resolve) => {
      const onRoom = (): void => {
        raw.off("drain", onRoom);
        raw.off("close", onRoom);
        resolve();
      };
      raw.on("drain", onRoom);
      raw.on("close", onRoom);
    });

  return {
    started: () => state !== "new",
    send: async (json) => {
      if (state === "ended" || raw.destroyed) return;
      if (state === "new") start();
      if (!raw.write(framing.chunk(json)) && !raw.destroyed) await room();
    },
    end: (status, code) => {
      if (state !== "open") return;
      state = "ended";
      const last = framing.end(status, code);
      if (last !== undefined) raw.end(last);
      // What was written before goes out: the chunks were good.
      else setImmediate(() => raw.socket?.destroySoon());
      const timer = setTimeout(() => raw.destroy(), lingerMs);
      raw.once("close", () => clearTimeout(timer));
    },
  };
}
