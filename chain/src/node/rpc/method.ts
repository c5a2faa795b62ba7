/** What a JSON-RPC method is. */
import type { Params } from "./params.ts";

/** Sends one event of a subscription. */
export type Push = (result: unknown) => void;

/** A method's answer that goes on: the dispatcher replies with the id first and only then starts it. */
export class Subscription {
  /** Name of the notifications. */
  readonly notification: string;
  /** Begins, knowing its id; the returned function ends it. */
  readonly start: (push: Push, id: string) => () => void;

  constructor(notification: string, start: (push: Push, id: string) => () => void) {
    this.notification = notification;
    this.start = start;
  }
}

/** The caller's side of a WebSocket: its subscriptions. */
export interface CallerSubscriptions {
  /** Ends one; false when there is none of that id. */
  remove(id: string): boolean;
}

/** Answers a request: a value, a {@link Subscription}, or a thrown RpcError. `caller` is undefined over HTTP. */
export type RpcMethod = (params: Params, caller: CallerSubscriptions | undefined) => unknown;

/** Methods by name. */
export type MethodTable = Readonly<Record<string, RpcMethod>>;

/** Ends the subscription the first parameter names. */
export const unsubscribe: RpcMethod = (params, caller) => {
  const id = params.raw(0);
  return caller?.remove(String(id)) ?? false;
};
