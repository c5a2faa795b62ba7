import type { IncomingMessage, ServerResponse } from "node:http";

/** Requests whose bodies may come for as long as their sender likes. */
const endless = new WeakSet<IncomingMessage>();

/**
 * Ends the connection of a request that was answered while its body still comes, where that could go on for as long as its sender likes: Node would read it
 * all before it looks at the next request, whoever sends it, in chunks of one byte for a microsecond each. A body with a length within the limit leaves the
 * connection as it is.
 */
export function endWithReply(request: IncomingMessage, response: ServerResponse, maxBytes: number): void {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  if (coding === undefined && (length === undefined || Number(length) <= maxBytes)) return;
  endless.add(request);
  response.once("finish", () => {
    // What came together with the head is read by then.
    setImmediate(() => {
      if (!request.complete) request.socket.destroySoon();
    });
  });
}

/** Whether the body of a request still comes and may go on coming: a reply now is the last on its connection. */
export function isEndless(request: IncomingMessage): boolean {
  return endless.has(request) && !request.complete;
}
