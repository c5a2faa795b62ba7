/**
 * One WebSocket connection, with everything its peer can grow bounded: messages wait while the peer does not read its answers or asks for more than is
 * under way, and reading from it stops meanwhile, so that what it sends piles up on its own side.
 */
import type { Socket } from "node:net";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { WebSocket } from "ws";
import type { chainMetrics } from "../metrics.ts";
import type { ByteBudget } from "./byte-budget.ts";
import type { Dispatch, Dispatched } from "./dispatch.ts";
import { requestTooBig } from "./rpc-error.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Unread output at which no more requests are taken up, bytes. */
const HIGH_WATER = 1024 * 1024;
/** Unread output at which the peer counts as gone: only events of subscriptions get this far. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** Requests under way at once. */
const MAX_UNDER_WAY = 256;
/** Ms spent on one connection's requests before the event loop turns: blocks and others come in between. */
const TURN_MS = 8;

/** What a connection is given. */
export interface ConnectionOptions {
  readonly socket: WebSocket;
  /** The stream under it. */
  readonly stream: Socket;
  /** Largest message that is answered, bytes. */
  readonly maxMessageBytes: number;
  /** Largest message that is read at all, bytes. */
  readonly maxFrameBytes: number;
  /** What all connections have not finished sending. */
  readonly incoming: ByteBudget;
  /** What all peers have not read. */
  readonly unread: ByteBudget;
}

/** What a connection uses. */
export interface ConnectionModules {
  readonly dispatch: Dispatch;
  readonly log: Logger;
  readonly metrics: Metrics<typeof chainMetrics>;
}

/** Serves a connection until it closes. */
export class Connection {
  private readonly options: ConnectionOptions;
  private readonly modules: ConnectionModules;
  private readonly subscriptions: Subscriptions;
  private readonly waiting: string[] = [];
  private underWay = 0;
  private turning = false;
  private partial = 0;
  private unread = 0;
  private closed = false;

  constructor(options: ConnectionOptions, modules: ConnectionModules) {
    this.options = options;
    this.modules = modules;
    this.subscriptions = new Subscriptions(
      (text) => this.send(text),
      (by) => modules.metrics.subnetkit_chain_subscriptions.inc(by),
    );
    modules.metrics.subnetkit_chain_ws_connections.inc();
    const { socket, stream } = options;
    // Before the listener that assembles messages: a message that is complete takes its bytes off again.
    stream.prependListener("data", (chunk: Buffer) => this.arrived(chunk.length));
    socket.on("message", (data: Buffer) => this.received(data));
    socket.on("error", (error) => modules.log.debug({ err: error }, "a connection failed"));
    socket.on("close", () => this.end());
  }

  private arrived(bytes: number): void {
    // No message is larger than the largest frame: what comes beyond are control frames, which are not kept.
    const counted = Math.min(bytes, Math.max(0, this.options.maxFrameBytes - this.partial));
    this.partial += counted;
    if (this.options.incoming.add(counted) || this.partial < HIGH_WATER) return;
    this.modules.log.warn("clients sent more than the server holds; one was disconnected");
    this.options.socket.terminate();
  }

  private received(data: Buffer): void {
    this.options.incoming.add(-this.partial);
    this.partial = 0;
    if (data.length > this.options.maxMessageBytes) {
      const { code, message, data: detail } = requestTooBig(this.options.maxMessageBytes);
      this.send(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message, data: detail } }));
      return;
    }
    this.waiting.push(String(data));
    this.turn();
  }

  /** Takes up what waits, as far as the peer keeps up. */
  private turn(): void {
    if (this.turning || this.closed) return;
    const until = performance.now() + TURN_MS;
    while (this.waiting.length > 0 && this.keepsUp()) {
      if (performance.now() >= until) {
        this.turning = true;
        setImmediate(() => {
          this.turning = false;
          this.turn();
        });
        break;
      }
      this.take(this.waiting.shift() as string);
    }
    const { socket } = this.options;
    if (this.waiting.length > 0) socket.pause();
    else if (socket.isPaused) socket.resume();
  }

  private keepsUp(): boolean {
    return this.underWay < MAX_UNDER_WAY && this.options.socket.bufferedAmount < HIGH_WATER;
  }

  private take(message: string): void {
    this.underWay += 1;
    const finished = (fate: Dispatched): void => {
      this.underWay -= 1;
      if (fate === "cut") this.options.socket.terminate();
      this.turn();
    };
    this.modules
      .dispatch(message, (text) => this.send(text), this.subscriptions)
      .then(finished, (error: unknown) => {
        this.modules.log.error({ err: error }, "a message was not answered");
        finished("cut");
      });
  }

  private send(text: string): void {
    const { socket, unread } = this.options;
    if (this.closed || socket.readyState !== socket.OPEN) return;
    const size = text.length;
    this.unread += size;
    const within = unread.add(size) || this.unread < HIGH_WATER;
    if (!within || this.unread > MAX_UNREAD_BYTES + size) {
      this.modules.log.warn("a client stopped reading and was disconnected");
      socket.terminate();
      return;
    }
    socket.send(text, () => {
      if (this.closed) return;
      this.unread -= size;
      unread.add(-size);
      this.turn();
    });
  }

  private end(): void {
    this.closed = true;
    this.waiting.length = 0;
    this.subscriptions.close();
    this.options.incoming.add(-this.partial);
    this.options.unread.add(-this.unread);
    this.modules.metrics.subnetkit_chain_ws_connections.dec();
  }
}
