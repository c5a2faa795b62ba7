import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Ends the connection of a request that was answered while its body still comes, where that could go on for as long as its sender likes: Node would read it
 * all before it looks at the next request, whoever sends it, in chunks of one byte for a microsecond each. A body that has come with its head, or has a
 * length within the limit, leaves the connection as it is.
 */
export function endWithReply(request: IncomingMessage, response: ServerResponse, maxBytes: number): void {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  if (coding === undefined && (length === undefined || Number(length) <= maxBytes)) return;
  response.once("finish", () => {
    // What came together with the head is read by then.
    setImmediate(() => {
      if (!request.complete) request.socket.destroySoon();
    });
  });
}
