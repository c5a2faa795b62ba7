import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { RequestOutcome } from "../metrics.ts";

const fault = Symbol("what was wrong with what came over this connection");

/** What Node knows of a connection, and says in no type: the request that is being read or was read last, until it is answered, and the response that is being sent. */
type Watched = Socket & {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
  readonly _httpMessage?: ServerResponse | null;
  [fault]?: RequestOutcome;
};

/** What broke off what came over a connection, as far as Node noticed; undefined where its caller has left. */
export function faultOf(socket: Watched): RequestOutcome | undefined {
  return socket[fault];
}

/**
 * Counts what Node refuses by itself, before anybody hears of a request: heads that take too long or too many bytes, and what is no HTTP. For a listener of
 * `clientError` in front of the one that answers and closes the connection. A body that breaks off is only noted, because its request is counted as one.
 * Where an answer has begun, or was given before the whole request came, a second one would be taken for the next request's: the connection ends without.
 * Errors of the network and of handshakes are told of elsewhere.
 */
export function countClientErrors(
  onOutcome: (outcome: RequestOutcome) => void,
): (error: NodeJS.ErrnoException, socket: Watched) => void {
  return (error, socket) => {
    const outcome = outcomeOfCode(error.code ?? "");
    if (outcome === undefined) return;
    socket[fault] = outcome;
    const response = socket._httpMessage ?? undefined;
    const isBody = socket.parser?.incoming?.complete === false;
    if (!isBody) onOutcome(outcome);
    const isAnswered = response === undefined ? isBody : response.headersSent;
    if (isAnswered) socket.destroy(error);
  };
}

function outcomeOfCode(code: string): RequestOutcome | undefined {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "slow";
    case "HPE_HEADER_OVERFLOW":
      return "long_head";
    // The caller has said its last in the middle of a request.
    case "HPE_INVALID_EOF_STATE":
      return "hung_up";
    default:
      return code.startsWith("HPE_") ? "not_http" : undefined;
  }
}
