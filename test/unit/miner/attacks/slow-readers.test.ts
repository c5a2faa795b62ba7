import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { good, raw, startVictim, statusOf, type Victim } from "./support.ts";

let victim: Victim | undefined;
afterEach(async () => {
  await victim?.close(0);
  victim = undefined;
});

/** A connection over which nothing is ever read, and the server's end of it. */
async function deaf(port: number, text: string): Promise<{ readonly socket: Socket; readonly served: Socket }> {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.pause();
  const served = new Promise<Socket>((resolve) => {
    const onStart = (message: unknown): void => {
      const { socket: other } = message as { readonly socket: Socket };
      if (other.remotePort !== socket.localPort) return;
      unsubscribe("http.server.request.start", onStart);
      resolve(other);
    };
    subscribe("http.server.request.start", onStart);
  });
  socket.write(text);
  return { socket, served: await served };
}

test("a caller that asks and never reads is cut off, and holds no more than a few answers until then", async () => {
  victim = await startVictim();
  const { port } = victim;
  const page = raw({ host: "x" }, "", { method: "GET", path: "/openapi.json" });
  const { socket, served } = await deaf(port, page.repeat(1_200));
  const others = await Promise.all(Array.from({length: 100}, () => deaf(port, page.repeat(1_200))));
  for (let i = 0; i < 9; i++) {
    await new Promise((r) => setTimeout(r, 1000));
    console.log(i, served.closed, served.writableLength, served.bytesWritten, process.memoryUsage(), others.filter((o) => !o.served.closed).length);
  }
  for (const o of others) o.socket.destroy();
  socket.destroy();
  expect(await statusOf(port, good())).toBe(200);
}, 20_000);
