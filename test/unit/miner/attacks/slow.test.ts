import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dial, exchange, good, raw, signed, startVictim, statuses, statusOf, target, type Victim } from "./support.ts";

const headersTimeoutMs = 400;
const requestTimeoutMs = 900;
/** The server looks at its time-outs twice a second; the rest is for a machine that is busy. */
const slackMs = 500 + 1_500;

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim({ limits: { headersTimeoutMs, requestTimeoutMs } });
});
afterAll(() => victim.close());

/** Sends `first`, then one byte of `drip` every 50 ms; what was answered, and after how long the connection was closed. */
async function drip(first: string, byte: string): Promise<{ readonly read: string; readonly afterMs: number }> {
  const startedMs = performance.now();
  const socket = await dial(victim.port);
  let read = "";
  socket.on("data", (chunk: Buffer) => {
    read += chunk.toString("latin1");
  });
  const timer = setInterval(() => socket.write(byte), 50);
  socket.write(first);
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(timer);
  return { read, afterMs: performance.now() - startedMs };
}

describe("a peer that sends slowly", () => {
  test("is cut off whether it drips headers, says nothing, or drips a body with a length or in chunks", async () => {
    const head = (more: Record<string, string>): string => raw({ host: "x", ...more, ...signed() }, "");
    const [headers, silence, body, chunks] = await Promise.all([
      drip(`POST ${target} HTTP/1.1\r\nhost: x\r\nx-slow: `, "a"),
      drip("", ""),
      drip(head({ "content-length": "10000" }), " "),
      drip(head({ "transfer-encoding": "chunked" }), "1\r\n \r\n"),
    ]);
    for (const { read } of [headers, body, chunks]) expect(statuses(read)).toEqual([408]);
    expect(Math.max(headers.afterMs, silence.afterMs)).toBeLessThan(headersTimeoutMs + slackMs);
    expect(Math.max(body.afterMs, chunks.afterMs)).toBeLessThan(requestTimeoutMs + slackMs);
    expect(Math.min(body.afterMs, chunks.afterMs)).toBeGreaterThan(requestTimeoutMs - 100);
    expect(victim.offered()).toBe(0);
  });

  test("does not hold up others: a hundred of them are open while a request is answered", async () => {
    const slow = await Promise.all(Array.from({ length: 100 }, () => dial(victim.port)));
    for (const socket of slow) socket.write(`POST ${target} HTTP/1.1\r\nhost: x\r\nx-slow: `);
    expect(await statusOf(victim.port, good())).toBe(200);
    await expect.poll(() => slow.every((socket) => socket.closed), { timeout: 10_000 }).toBe(true);
  });

  test("cannot keep a connection for ever with whole requests either: each gets its answer, none extends another", async () => {
    const read = await exchange(victim.port, good() + good() + "POST ", (so) => statuses(so).length >= 3);
    expect(statuses(read)).toEqual([200, 200, 408]);
  });
});
