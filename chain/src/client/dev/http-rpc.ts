import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { appError, type AppError } from "@subnetkit/shared/errors/app-error";
import type { DevRpc } from "./rpc.ts";

/** Longest answer read, bytes: a traced epoch of a full subnet is below it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * JSON-RPC over HTTP, one request per connection: nothing to open or to close, and no library but Node's own, so a command is quick. A node serves
 * HTTP on the port of its WebSocket; `ws://` and `wss://` endpoints are taken too. Throws E_USAGE for an endpoint that is no such URL.
 */
export function httpRpc(endpoint: string): DevRpc {
  const url = httpUrl(endpoint);
  const send = url.protocol === "https:" ? secureRequest : plainRequest;
  return {
    request(method, params, timeoutMs) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      return new Promise((resolve, reject) => {
        const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
        let connected = false;
        const timer = setTimeout(() => {
          call.destroy();
          reject(appError("E_CHAIN_TIMEOUT", { method, timeoutMs, endpoint }));
        }, timeoutMs);
        const fail = (cause: unknown): void => {
          clearTimeout(timer);
          reject(
            connected
              ? appError("E_CHAIN_DISCONNECTED", { method, endpoint }, { cause })
              : appError("E_CHAIN_UNREACHABLE", { endpoints: [endpoint] }, { cause }),
          );
        };
        const call = send(url, { method: "POST", headers, agent: false }, (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on("data", (part: Buffer) => {
            size += part.length;
            if (size > MAX_ANSWER_BYTES) response.destroy(new RangeError(`more than ${MAX_ANSWER_BYTES} bytes`));
            else parts.push(part);
          });
          response.on("error", fail);
          response.on("end", () => {
            clearTimeout(timer);
            try {
              resolve(resultOf(method, Buffer.concat(parts).toString("utf8"), response.statusCode ?? 0));
            } catch (error) {
              reject(error);
            }
          });
        });
        call.on("socket", (socket) => {
          socket.once("connect", () => {
            connected = true;
          });
        });
        call.on("error", fail);
        call.end(body);
      });
    },
  };
}

function httpUrl(endpoint: string): URL {
  const problem = `an endpoint is ws://HOST:PORT or http://HOST:PORT, not ${JSON.stringify(endpoint.slice(0, 200))}`;
  if (!/^(ws|http)s?:\/\//.test(endpoint) || !URL.canParse(endpoint)) throw appError("E_USAGE", { problem });
  return new URL(endpoint.replace(/^ws/, "http"));
}

function resultOf(method: string, body: string, status: number): unknown {
  const reply = parse(body);
  if (typeof reply !== "object" || reply === null || Array.isArray(reply)) throw noReply(status);
  const { result, error } = reply as {
    result?: unknown;
    error?: { code?: unknown; message?: unknown; data?: unknown };
  };
  if (error === undefined) return result;
  const { code, message, data } = error;
  // The data of an invalid-params error is the sentence that says which parameter, and why.
  const said = typeof data === "string" ? `${String(message)}: ${data}` : String(message);
  throw appError("E_CHAIN_RPC", { method, code, message: said, data });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function noReply(status: number): AppError {
  return appError("E_CHAIN_SHAPE", { what: "reply", reason: `it is no JSON-RPC (HTTP status ${status})` });
}
