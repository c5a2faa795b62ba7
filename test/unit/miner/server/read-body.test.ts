import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Refusal } from "@subnetkit/miner/admission/refusal";
import { outcomeOf, readBody } from "@subnetkit/miner/server/read-body";
import { refusals } from "@subnetkit/miner/admission/refusal";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

const maxBytes = 1_000;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that only reads bodies, and everything that it was told about them. */
async function startReader() {
  const told: (Buffer | Refusal)[] = [];
  const outcomes: string[] = [];
  const server = createServer({ requestTimeout: 400, connectionsCheckingInterval: 50 }, (request, response) => {
    readBody(request, maxBytes, {
      whole: (body) => {
        told.push(body);
        response.end("whole");
      },
      broken: (refusal) => {
        told.push(refusal);
        outcomes.push(outcomeOf(refusal, request));
        response.end("broken");
      },
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined).resume();
    await once(socket, "connect");
    return socket;
  };
  return { told, outcomes, open };
}

const head = (framing: string): string => `POST / HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

describe("readBody", () => {
  test("puts a body together from any pieces, and holds no more than it may have", async () => {
    const { told, open } = await startReader();
    const pieces = fc.array(fc.string({ minLength: 1, maxLength: 300, unit: "grapheme-ascii" }), { maxLength: 12 });
    const socket = await open();
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (sent, inChunks) => {
        const body = sent.join("");
        told.length = 0;
        socket.write(head(inChunks ? "transfer-encoding: chunked" : `content-length: ${body.length}`));
        for (const piece of sent) {
          socket.write(inChunks ? chunk(piece) : piece);
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (inChunks) socket.write("0\r\n\r\n");
        await expect.poll(() => told.length, { interval: 1 }).toBe(1);
        const [read] = told;
        if (body.length > maxBytes) expect(read).toBe(refusals.tooLarge);
        else {
          expect((read as Buffer).toString("latin1")).toBe(body);
          // What came with a head is a part of a larger piece that the system read.
          if (inChunks && body !== "") expect((read as Buffer).buffer.byteLength).toBeLessThanOrEqual(maxBytes);
        }
      }),
      { numRuns: 25 },
    );
    socket.destroy();
  });

  test("says once that a body is too long, and looks at nothing that still comes of it", async () => {
    const { told, open } = await startReader();
    const socket = await open();
    socket.write(head("transfer-encoding: chunked") + chunk("x".repeat(600)) + chunk("x".repeat(600)));
    await expect.poll(() => told).toEqual([refusals.tooLarge]);
    for (let i = 0; i < 20; i++) socket.write(chunk("x".repeat(600)));
    socket.resetAndDestroy();
    await once(socket, "close");
    const next = await open();
    next.write(head("content-length: 2") + "{}");
    await expect.poll(() => told.length).toBe(2);
    expect(told).toEqual([refusals.tooLarge, Buffer.from("{}")]);
    next.destroy();
  });

  test.each([
    ["breaks off", (socket: Socket) => void socket.resetAndDestroy()],
    ["ends too early", (socket: Socket) => void socket.end()],
    ["does not come", () => undefined],
    ["is no body", (socket: Socket) => void socket.write("nonsense\r\n")],
  ])("says once of a body that %s that it is broken, and that nobody is there to hear of it", async (_name, then) => {
    const { told, outcomes, open } = await startReader();
    const socket = await open();
    socket.write(head("transfer-encoding: chunked") + chunk("hello"));
    await new Promise((resolve) => setImmediate(resolve));
    then(socket);
    await expect.poll(() => told).toEqual([refusals.malformed]);
    expect(outcomes).toEqual(["hung_up"]);
    await expect.poll(() => socket.closed).toBe(true);
    expect(told).toHaveLength(1);
  });

  test("is told nothing more by a caller that hangs up after its body", async () => {
    const { told, open } = await startReader();
    const socket = await open();
    socket.write(head("content-length: 2") + "{}");
    await expect.poll(() => told).toEqual([Buffer.from("{}")]);
    socket.resetAndDestroy();
    await once(socket, "close");
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toHaveLength(1);
  });
});
