import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { listenError } from "@subnetkit/shared/util/listenError";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type AnyTask, makeRequest, type SubnetDefinition } from "@subnetkit/shared/subnet";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { type AskForUserModules, type AskForUserOptions, askForUser, type UserAnswer } from "./ask-for-user.ts";
import { createRateLimit } from "./rate.ts";
import type { Tokens } from "./tokens.ts";

export type OrganicServerOptions = AskForUserOptions & {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly perMinute: number;
  readonly concurrency: number;
  /** Of those, requests of one token; default half of them, or all where there is one token. */
  readonly perToken?: number | undefined;
  /** Longest time for sending a request's body, milliseconds; default 5,000. */
  readonly bodyMs?: number;
};

export type OrganicServerModules = AskForUserModules & {
  readonly subnet: SubnetDefinition;
  readonly tokens: Tokens;
  /** Whether rounds and so scores go on: users are turned away while they do not. */
  readonly isReady: () => boolean;
  /** A request ended: with which status, and after how many milliseconds. */
  readonly onRequest: (status: number, ms: number) => void;
  readonly log: Logger;
};

export interface OrganicServer {
  readonly port: number;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** Longest request of a user, bytes. */
const maxRequestBytes = 1024 * 1024;

/** Names of the headers of an answer. */
export const organicHeaders = {
  hotkey: "x-subnetkit-miner-hotkey",
  uid: "x-subnetkit-miner-uid",
  latency: "x-subnetkit-latency-ms",
} as const;

/** What is sent back. */
type Reply = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown };

/**
 * Takes requests of the subnet's users, `POST /v1/organic/<task>` with a bearer token, and answers with what a miner made of them. Everything a caller can
 * make us do is bounded: bytes, time, requests a minute and at a time, connections. Nothing of a caller is logged above debug. Throws E_PORT_BUSY, E_LISTEN.
 */
export async function startOrganicServer(
  options: OrganicServerOptions,
  modules: OrganicServerModules,
): Promise<OrganicServer> {
  const { host, port, concurrency, bodyMs = 5_000 } = options;
  const { log, onRequest, tokens } = modules;
  const perToken = options.perToken ?? (tokens.count === 1 ? concurrency : Math.ceil(concurrency / 2));
  const ofToken = new Map<string, number>();
  const rates = createRateLimit(options.perMinute, () => performance.now());
  let underWay = 0;

  async function handle(request: IncomingMessage, signal: AbortSignal): Promise<Reply> {
    const caller = tokens.nameOf(request.headers.authorization);
    if (caller === undefined)
      return refusal(401, "unauthorized", "A bearer token of this validator is needed.", {
        "www-authenticate": "Bearer",
      });
    const id = /^\/v1\/organic\/([a-z0-9-]{1,64})$/.exec(request.url ?? "")?.[1];
    const task = id === undefined || !Object.hasOwn(modules.subnet.tasks, id) ? undefined : modules.subnet.tasks[id];
    if (task === undefined)
      return refusal(
        404,
        "unknown-task",
        `There is /v1/organic/<task> for: ${Object.keys(modules.subnet.tasks).join(", ")}.`,
      );
    if (request.method !== "POST") return refusal(405, "method", "Requests are sent by POST.", { allow: "POST" });
    const waitS = rates.take(caller);
    if (waitS > 0)
      return refusal(429, "rate-limited", "Too many requests of this token.", { "retry-after": String(waitS) });
    if (!modules.isReady()) return refusal(503, "not-ready", "The validator is not ready.", { "retry-after": "5" });
    if (underWay >= concurrency)
      return refusal(503, "busy", "As many requests as are taken are under way.", { "retry-after": "1" });
    const own = ofToken.get(caller) ?? 0;
    if (own >= perToken)
      return refusal(429, "busy", "As many requests of this token as are taken are under way.", { "retry-after": "1" });
    underWay += 1;
    ofToken.set(caller, own + 1);
    try {
      return await answer(request, task, signal);
    } finally {
      underWay -= 1;
      ofToken.set(caller, (ofToken.get(caller) ?? 1) - 1);
    }
  }

  async function answer(request: IncomingMessage, task: AnyTask, signal: AbortSignal): Promise<Reply> {
    const body = await readLimited(request, bodyMs);
    if (body === "too-large") return refusal(413, "too-large", `A request has at most ${maxRequestBytes} bytes.`);
    if (body === "slow") return refusal(408, "slow-body", `A request is sent within ${bodyMs} ms.`);
    let requestJson: ReturnType<typeof makeRequest>["requestJson"];
    try {
      requestJson = makeRequest(task, JSON.parse(body.toString("utf8"))).requestJson;
    } catch (error) {
      return refusal(422, "bad-request", isAppError(error) ? error.message : "The body is not JSON.");
    }
    return replyOf(await askForUser({ task, requestJson, signal }, options, modules));
  }

  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8_192,
    },
    (request, response) => {
      const begun = performance.now();
      const stop = new AbortController();
      response.once("close", () => stop.abort());
      request.on("error", () => undefined);
      handle(request, stop.signal)
        .catch((error: unknown) => {
          log.debug({ reason: errorMessage(error) }, "a user's request failed");
          return refusal(503, "failed", "The request could not be handled; it may be tried again.");
        })
        .then((reply) => {
          send(request, response, reply);
          onRequest(reply.status, performance.now() - begun);
        })
        .catch((error: unknown) => log.debug({ reason: errorMessage(error) }, "a reply to a user was not sent"));
    },
  );
  server.maxConnections = 4 * concurrency;
  return { port: await listen(server, host, port), close: () => close(server) };
}

/** A body to its end, unless it is too long or takes too long: the rest of it is left to the sender to send, and to nobody to keep. */
async function readLimited(request: IncomingMessage, bodyMs: number): Promise<Buffer | "too-large" | "slow"> {
  if (Number(request.headers["content-length"] ?? 0) > maxRequestBytes) return "too-large";
  const chunks: Buffer[] = [];
  let total = 0;
  let timer: NodeJS.Timeout | undefined;
  return await new Promise<Buffer | "too-large" | "slow">((resolve, reject) => {
    timer = setTimeout(() => resolve("slow"), bodyMs);
    request.on("data", (chunk: Buffer) => {
      total += chunk.length;
      if (total <= maxRequestBytes) chunks.push(chunk);
      else resolve("too-large");
    });
    request.once("end", () => resolve(Buffer.concat(chunks, total)));
    request.once("close", () => reject(appError("E_ABORTED", { name: "reading a user's request" })));
  }).finally(() => {
    clearTimeout(timer);
    // What still comes is thrown away, not kept.
    request.removeAllListeners("data");
  });
}

/** How long the rest of a body that nobody wants may take before the connection is cut, milliseconds: a sender that is cut sooner may miss the answer. */
const lingerMs = 1_000;

/** Status of a request whose caller hung up before the answer; nobody sees it but the metrics. */
const hungUp = 499;

function replyOf(answer: UserAnswer): Reply {
  switch (answer.kind) {
    case "answered": {
      const { miner, latencyMs, body } = answer;
      const headers = {
        [organicHeaders.hotkey]: miner.hotkey,
        [organicHeaders.uid]: String(miner.uid),
        [organicHeaders.latency]: String(Math.round(latencyMs)),
      };
      return { status: 200, headers, body };
    }
    case "unanswered": {
      const status = answer.last === "late" ? 504 : 502;
      return refusal(status, "unanswered", `Of ${answer.asked} miners none answered, the last was ${answer.last}.`);
    }
    case "nobody":
      return refusal(503, "nobody", "There is no miner to ask.", { "retry-after": "30" });
    case "gone":
      return refusal(hungUp, "gone", "The caller hung up.");
    default:
      return assertNever(answer, "an answer to a user");
  }
}

function refusal(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers, body: { error: { code, message } } };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed) return;
  const unread = !request.complete;
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...headers,
    ...(unread ? { connection: "close" } : {}),
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
  if (!unread) return;
  request.resume();
  setTimeout(() => request.destroy(), lingerMs).unref();
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Stays: a connection that cannot be accepted later (no file descriptors left) must not end the process.
    server.on("error", (error) => reject(listenError(error, { host, port, what: "the users' requests" })));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
