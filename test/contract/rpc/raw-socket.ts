/** A WebSocket that shows every frame: what a client library sees before it interprets anything. */
import { once } from "node:events";
import { WebSocket } from "ws";

/** Any message of the node. */
export interface Frame {
  readonly id?: number | string;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: string };
  readonly params?: { readonly subscription: string; readonly result: Record<string, unknown> };
}

/** An event of a subscription. */
export type Event = Record<string, unknown>;

/** A connection and all it received. */
export interface RawSocket {
  /** Everything received, in order; batches are one entry. */
  readonly frames: readonly Frame[];
  /** Sends text as it is. */
  send(text: string): void;
  /** Sends a request and waits for its reply. */
  call(method: string, ...params: unknown[]): Promise<Frame>;
  /** Like `call`; the result, or a thrown Error where the reply is one. */
  result(method: string, ...params: unknown[]): Promise<unknown>;
  /** The next untaken event of a subscription that fits. */
  event(subscription: unknown, fits?: (event: Event) => boolean): Promise<Event>;
  /** The first frame that fits, from `from` on. */
  frame(fits: (frame: Frame) => boolean, from?: number): Promise<Frame>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Connects to a port of this machine. */
export async function connectRaw(port: number): Promise<RawSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const frames: Frame[] = [];
  const taken = new Set<Frame>();
  const waiting = new Set<() => void>();
  let nextId = 0;
  socket.on("message", (data) => {
    frames.push(JSON.parse(String(data)) as Frame);
    for (const wake of [...waiting]) wake();
  });
  const closed = once(socket, "close").then(([code]) => code as number);
  await once(socket, "open");
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  const call = (method: string, ...params: unknown[]): Promise<Frame> => {
    const id = nextId++;
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return until(() => frames.find((frame) => frame.id === id));
  };
  return {
    frames,
    closed,
    send: (text) => socket.send(text),
    call,
    async result(method, ...params) {
      const { result, error } = await call(method, ...params);
      if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message} ${error.data ?? ""}`);
      return result;
    },
    async event(subscription, fits = () => true) {
      const frame = await until(() =>
        frames.find(
          (one) =>
            !taken.has(one) &&
            one.params !== undefined &&
            one.params.subscription === subscription &&
            fits(one.params.result),
        ),
      );
      taken.add(frame);
      return frame.params?.result ?? {};
    },
    frame: (fits, from = 0) => until(() => frames.slice(from).find(fits)),
    close: () => socket.terminate(),
  };
}
