/** The subscriptions of one WebSocket connection: bounded, ended with it. */
import { randomBytes } from "node:crypto";
import type { CallerSubscriptions, Subscription } from "./method.ts";
import { RpcError } from "./rpc-error.ts";

/** Subscriptions one connection may hold. */
const MAX_SUBSCRIPTIONS = 1_024;

/** An opened subscription that waits for its reply to be sent. */
export interface OpenedSubscription {
  readonly id: string;
  readonly start: () => void;
}

/** Keeps the subscriptions of a connection. */
export class Subscriptions implements CallerSubscriptions {
  private readonly running = new Map<string, () => void>();
  private readonly send: (text: string) => void;
  private readonly changed: (by: number) => void;
  private closed = false;

  /** `send` writes a notification; `changed` hears how the number of subscriptions moves. */
  constructor(send: (text: string) => void, changed: (by: number) => void) {
    this.send = send;
    this.changed = changed;
  }

  /** Takes a subscription and gives it an id. Nothing is sent before `start`. */
  open(subscription: Subscription): OpenedSubscription {
    if (this.running.size >= MAX_SUBSCRIPTIONS)
      throw new RpcError(
        -32_006,
        "Too many subscriptions on the connection",
        `Exceeded max limit of ${MAX_SUBSCRIPTIONS}`,
      );
    const id = randomId();
    this.running.set(id, () => undefined);
    this.changed(1);
    return { id, start: () => this.begin(id, subscription) };
  }

  remove(id: string): boolean {
    const end = this.running.get(id);
    if (end === undefined) return false;
    this.running.delete(id);
    this.changed(-1);
    end();
    return true;
  }

  /** Ends all of them. */
  close(): void {
    this.closed = true;
    for (const id of [...this.running.keys()]) this.remove(id);
  }

  private begin(id: string, { notification, start }: Subscription): void {
    if (this.closed || !this.running.has(id)) return;
    const push = (result: unknown): void => {
      if (this.running.has(id))
        this.send(JSON.stringify({ jsonrpc: "2.0", method: notification, params: { subscription: id, result } }));
    };
    const end = start(push, id, () => this.remove(id));
    if (this.running.has(id)) this.running.set(id, end);
    else end();
  }
}

/**
 * 16 letters and digits by chance, as a Substrate node's. The Python SDK's asynchronous client keeps what came too late for a subscription under its id,
 * also when it connects anew: an id that a later connection used again would be told the status of another transaction (`ExtrinsicNotFound`).
 */
function randomId(): string {
  return randomBytes(8).toString("hex");
}
