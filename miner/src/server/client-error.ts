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
 * Where an answer has begun, or was given before the whole request came, or is still owed to an earlier request, another one would be taken for a different
 * request's: the connection ends without.
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
    const incoming = socket.parser?.incoming ?? undefined;
    /** The request whose body breaks off; undefined for a head. */
    const broken = incoming?.complete === false ? incoming : undefined;
    if (broken === undefined) onOutcome(outcome);
    // Ended without headers is what was written directly.
    const hasBegun = response !== undefined && (response.headersSent || response.writableEnded);
    if (hasBegun || response?.req !== broken) socket.destroy(error);
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
