import { type ServerResponse, STATUS_CODES } from "node:http";
import { maxRequestsPerSocket, type ServerLimits } from "./limits.ts";
import { isEndless } from "./unread-body.ts";

/** A reply whose length is known, in one piece. Header names and values are written as they are: only for those that nobody else has a say in. */
export type WholeReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What a server says of a connection that it keeps: the words that Node says itself. */
export function keepAliveLines({ keepAliveTimeoutMs }: Pick<ServerLimits, "keepAliveTimeoutMs">): string {
  const seconds = Math.floor(keepAliveTimeoutMs / 1_000);
  return `connection: keep-alive\r\nkeep-alive: timeout=${seconds}, max=${maxRequestsPerSocket}\r\n`;
}

/**
 * Writes a reply with one write of one text, and ends the response as Node does when the last byte is handed over. `ServerResponse.end` hands over two pieces,
 * the second of which is empty, and builds the head anew: a third of what refusing a request costs. Gives false, and does nothing, where the connection does
 * not simply go on after the reply, or another reply is still before this one: then it is Node's to write.
 */
export function writeDirectly(
  response: ServerResponse,
  { status, headers, body }: WholeReply,
  keepAlive: string,
): boolean {
  const { socket, req: request } = response;
  const simple =
    socket?.writable &&
    !response.headersSent &&
    !response.writableEnded &&
    response.shouldKeepAlive &&
    request.httpVersion === "1.1" &&
    !isEndless(request) &&
    !isLastOnConnection(response);
  if (!simple) return false;
  const bytes = Buffer.byteLength(body);
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${bytes}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name] ?? ""}\r\n`;
  const text = `${head}date: ${httpDate()}\r\n${keepAlive}\r\n${body}`;
  // Nothing else may be written to it from here on; `writableEnded` says so to whoever looks.
  response.finished = true;
  socket.write(text, bytes === body.length ? "latin1" : "utf8", () => response.emit("finish"));
  return true;
}

/** Whether the connection has carried as many requests as it may with this one: Node knows, and says it in no type. */
export function isLastOnConnection(
  response: ServerResponse & { readonly maxRequestsOnConnectionReached?: boolean },
): boolean {
  return response.maxRequestsOnConnectionReached === true;
}

let date = "";
let dateSecond = 0;

/** The date of now in the words of HTTP, made once per second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(second * 1_000).toUTCString();
  }
  return date;
}
