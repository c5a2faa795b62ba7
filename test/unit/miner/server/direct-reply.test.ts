import { keepAliveLines, writeDirectly } from "@subnetkit/miner/server/direct-reply";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../support/until.ts";

const body = JSON.stringify({ text: "gr\u00fc\u00dfe" });
const headers = { "retry-after": "7" };
const keepAlive = keepAliveLines({ keepAliveTimeoutMs: 5_000 });

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Answers every request as it is told to, default directly; `direct` counts those that were. */
async function startServer(
  answer: (request: IncomingMessage, response: ServerResponse, directly: () => boolean) => void = (_q, _r, directly) =>
    void directly(),
  options: { readonly maxRequestsPerSocket?: number; readonly keepAliveTimeout?: number } = {},
) {
  const seen = { direct: 0, finished: 0, closed: 0 };
  const server = createServer((request, response) => {
    response.on("finish", () => seen.finished++).on("close", () => seen.closed++);
    answer(request, response, () => {
      const done = writeDirectly(response, { status: 401, headers, body }, keepAlive);
      if (done) seen.direct++;
      else byNode(response);
      return done;
    });
  });
  Object.assign(server, { maxRequestsPerSocket: 10_000, keepAliveTimeout: 5_000, ...options });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { port: (server.address() as AddressInfo).port, seen };
}

/** The same reply as Node writes it. */
function byNode(response: ServerResponse): void {
  const length = Buffer.byteLength(body);
  response
    .writeHead(401, { "content-type": "application/json; charset=utf-8", "content-length": length, ...headers })
    .end(body);
}

/** A connection and all that came over it. */
function open(port: number) {
  const socket: Socket = connect(port, "127.0.0.1");
  closers.push(() => socket.destroy());
  const came = { text: "", ended: false };
  socket.setEncoding("utf8").on("data", (text: string) => (came.text += text));
  socket.on("end", () => (came.ended = true)).on("error", () => undefined);
  const replies = (): number => came.text.split("HTTP/1.1 401 Unauthorized\r\n").length - 1;
  return { socket, came, replies, until: (count: number) => until(`${count} replies`, () => replies() >= count) };
}

const get = (path = "/", lines = ""): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${lines}\r\n`;
const post = (length: number): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;

/** Head lines without the date, and the body. */
function partsOf(reply: string): { lines: string[]; body: string } {
  const [head = "", rest = ""] = reply.split("\r\n\r\n");
  const lines = head.toLowerCase().split("\r\n");
  expect(lines.filter((line) => line.startsWith("date: "))).toHaveLength(1);
  return { lines: lines.filter((line) => !line.startsWith("date: ")).sort(), body: rest };
}

describe("a reply that is written directly", () => {
  test("is the one that Node would write", async () => {
    const { port, seen } = await startServer((request, response, directly) => {
      if (request.url === "/node") byNode(response);
      else directly();
    });
    const ours = open(port);
    ours.socket.write(get());
    const nodes = open(port);
    nodes.socket.write(get("/node"));
    await Promise.all([ours.until(1), nodes.until(1)]);
    await until("both bodies", () => [ours, nodes].every(({ came }) => came.text.endsWith(body)));
    expect(partsOf(ours.came.text)).toEqual(partsOf(nodes.came.text));
    expect(seen.direct).toBe(1);
  });

  test("leaves the connection to the next request, and ends its response once", async () => {
    const { port, seen } = await startServer();
    const line = open(port);
    for (let count = 1; count <= 50; count++) {
      line.socket.write(get());
      await line.until(count);
    }
    await until("every response has closed", () => seen.closed === 50);
    expect(seen).toEqual({ direct: 50, finished: 50, closed: 50 });
  });

  test("may come before the body of its request, which is dropped, however late it comes", async () => {
    const { port } = await startServer();
    const line = open(port);
    for (let count = 1; count <= 3; count++) {
      line.socket.write(post(20));
      await line.until(count);
      // What is in a body is no request, whatever it looks like.
      line.socket.write("GET /smuggled HTTP/1");
    }
    line.socket.write(get());
    await line.until(4);
    expect(line.replies()).toBe(4);
  });

  test("keeps its place among requests that were sent at once", async () => {
    const order: string[] = [];
    const { port } = await startServer((request, response, directly) => {
      order.push(request.url ?? "");
      if (request.url === "/slow") setTimeout(() => response.writeHead(200, { "x-slow": "1" }).end(), 20);
      else directly();
    });
    const line = open(port);
    line.socket.write(get("/slow") + get("/a") + get("/b") + get("/slow") + get("/c"));
    await line.until(3);
    const statuses = [...line.came.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(["200", "401", "401", "200", "401"]);
    expect(order).toEqual(["/slow", "/a", "/b", "/slow", "/c"]);
  });

  test.each([
    ["asks to close", get("/", "connection: close\r\n")],
    ["speaks HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"],
  ])("is Node's to write for who %s", async (_who, request) => {
    const { port, seen } = await startServer();
    const line = open(port);
    line.socket.write(request);
    await until("the end", () => line.came.ended);
    expect(line.came.text.toLowerCase()).toContain("connection: close\r\n");
    expect(line.came.text.endsWith(body)).toBe(true);
    expect(seen.direct).toBe(0);
  });

  test("is Node's to write where it is the last that the connection may carry", async () => {
    const { port, seen } = await startServer(undefined, { maxRequestsPerSocket: 3, keepAliveTimeout: 50 });
    const line = open(port);
    for (let count = 1; count <= 3; count++) {
      line.socket.write(get());
      await line.until(count);
    }
    await until("the end", () => line.came.ended);
    expect(line.came.text.toLowerCase()).toContain("connection: close\r\n");
    expect(seen.direct).toBe(2);
  });

  test("is not written a second time", async () => {
    const again: boolean[] = [];
    const { port } = await startServer((_request, response, directly) => {
      directly();
      again.push(writeDirectly(response, { status: 500, headers: {}, body: "{}" }, keepAlive));
    });
    const line = open(port);
    line.socket.write(get());
    await line.until(1);
    line.socket.write(get());
    await line.until(2);
    expect(again).toEqual([false, false]);
    expect(line.came.text).not.toContain("500");
  });

  test("lets an idle connection end after its time", async () => {
    const { port } = await startServer(undefined, { keepAliveTimeout: 50 });
    const line = open(port);
    line.socket.write(get());
    await line.until(1);
    await until("the end", () => line.came.ended, 5_000);
    expect(line.replies()).toBe(1);
  });

  test("to a caller that has hung up is dropped", async () => {
    const { port, seen } = await startServer((request, _response, directly) => {
      request.socket.once("close", directly);
    });
    const line = open(port);
    line.socket.write(get());
    await once(line.socket, "connect");
    line.socket.destroy();
    await until("the response has closed", () => seen.closed === 1);
    expect(seen.direct).toBe(0);
  });
});
