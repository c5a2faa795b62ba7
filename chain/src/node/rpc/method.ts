/** What a JSON-RPC method is. */
import type { Params } from "./params.ts";

/** Sends one event of a subscription. */
export type Push = (result: unknown) => void;

/**
 * Begins a subscription, knowing its id; the returned function ends it. `finish` is for one that ends by itself: after it nothing is sent and the
 * subscription no longer counts against the connection's limit.
 */
export type Start = (push: Push, id: string, finish: () => void) => () => void;

/** A method's answer that goes on: the dispatcher replies with the id first and only then starts it. */
export class Subscription {
  /** Name of the notifications. */
  readonly notification: string;
  readonly start: Start;

  constructor(notification: string, start: Start) {
    this.notification = notification;
    this.start = start;
  }
}

/** A method's answer with work that waits until the reply is sent, in a batch until the whole batch is answered. */
export class Continued {
  readonly result: unknown;
  readonly begin: () => void;

  constructor(result: unknown, begin: () => void) {
    this.result = result;
    this.begin = begin;
  }
}

/** The caller's side of a WebSocket: its subscriptions. */
export interface CallerSubscriptions {
  /** Ends one; false when there is none of that id. */
  remove(id: string): boolean;
}

/** Answers a request: a value, a {@link Subscription}, a {@link Continued}, or a thrown RpcError. `caller` is undefined over HTTP. */
export type RpcMethod = (params: Params, caller: CallerSubscriptions | undefined) => unknown;

/** Methods by name. */
export type MethodTable = Readonly<Record<string, RpcMethod>>;

/** Ends the subscription the first parameter names. */
export const unsubscribe: RpcMethod = (params, caller) => {
  const id = params.raw(0);
  return caller?.remove(String(id)) ?? false;
};
