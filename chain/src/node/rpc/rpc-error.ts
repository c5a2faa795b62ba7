/** Errors a JSON-RPC reply carries. They are the same on HTTP and WebSocket: there is one dispatch. */

/** A JSON-RPC error object. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** −32700: the message is no JSON. */
export const parseError = (): RpcError => new RpcError(-32_700, "Parse error");
/** −32600: JSON, but no request. */
export const invalidRequest = (): RpcError => new RpcError(-32_600, "Invalid request");
/** −32601: no such method. */
export const methodNotFound = (): RpcError => new RpcError(-32_601, "Method not found");
/** −32602: a parameter is missing or of the wrong form. */
export const invalidParams = (why: string): RpcError => new RpcError(-32_602, "Invalid params", why);
/** −32603: a bug of this process. */
export const internalError = (): RpcError => new RpcError(-32_603, "Internal error");
/** −32007: a message larger than the server reads. */
export const requestTooBig = (limit: number): RpcError =>
  new RpcError(-32_007, "Request is too big", `Exceeded max limit of ${limit}`);
/** −32008, for a batch −32011: an answer larger than the server sends. */
export const responseTooBig = (limit: number, batch: boolean): RpcError =>
  batch
    ? new RpcError(-32_011, "The batch response was too large", `Exceeded max limit of ${limit}`)
    : new RpcError(-32_008, "Response is too big", `Exceeded max limit of ${limit}`);
/** −32010: a batch of more requests than the server takes. */
export const batchTooLarge = (limit: number): RpcError =>
  new RpcError(-32_010, "The batch request was too large", `Exceeded max limit of ${limit}`);
/** A state or runtime call that cannot be answered, in the words of the real node's client layer. */
export const clientError = (why: string): RpcError => new RpcError(4_003, `Client error: ${why}`);
