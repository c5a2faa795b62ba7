import { createServer, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { QuickRequest } from "@subnetkit/miner/server/quick-request";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dial } from "../attacks/support.ts";

/** A server that says what the headers of a request came to. */
const echo = (Request: typeof IncomingMessage) =>
  createServer({ IncomingMessage: Request, keepAlive: true }, ({ headers }, response) => {
    const body = JSON.stringify(Object.entries(headers));
    response.writeHead(200, { connection: "close", "content-length": Buffer.byteLength(body) }).end(body);
  });

const servers = [echo(IncomingMessage), echo(QuickRequest)] as const;
beforeAll(() => Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done)))));
afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));

async function headersAt(server: (typeof servers)[number], lines: readonly (readonly [string, string])[]) {
  const socket = await dial((server.address() as AddressInfo).port);
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  let read = "";
  socket.on("data", (chunk: Buffer) => {
    read += chunk.toString("latin1");
  });
  const closed = new Promise((done) => socket.once("close", done));
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${text}\r\n`);
  await closed;
  return JSON.parse(read.slice(read.indexOf("\r\n\r\n") + 4)) as [string, string | string[]][];
}

const names = [
  ...["host", "Host", "HOST", "connection", "Accept", "accept", "user-agent", "User-Agent", "content-type"],
  ...["Content-Type", "cookie", "set-cookie", "authorization", "age", "referer", "accept-encoding"],
  ...["x-bittensor-hotkey", "X-Bittensor-Hotkey", "X-BITTENSOR-HOTKEY", "x-bittensor-nonce", "x-Bittensor-nonce"],
  ...["x-bittensor-version", "X-Bittensor-Signature", "__proto__", "constructor", "toString", "x-other", "expires"],
];

test("the headers of a request are what Node makes of them, whatever is sent, in whatever spelling and however often", async () => {
  const line = fc.tuple(fc.constantFrom(...names), fc.stringMatching(/^[!-~]{0,12}$/));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const [plain, quick] = await Promise.all(servers.map((server) => headersAt(server, lines)));
      expect(quick).toEqual(plain);
    }),
    { numRuns: 300 },
  );
});
