import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { afterEach, expect, test } from "vitest";
import { echoSolvers, echoSubnet } from "../support/echo-subnet.ts";
import { startPublicServer } from "../../../support/miner/public-server.ts";
import { raw } from "./support.ts";

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

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

const page = raw({ host: "x" }, "", { method: "GET", path: "/openapi.json" });

/** A server on which nothing takes longer than 400 ms, but for what a caller is slow to read. */
async function startQuick(): Promise<number> {
  const { echo } = echoSubnet.tasks;
  const subnet = defineSubnet({
    ...echoSubnet,
    tasks: { echo: defineTask({ ...echo, limits: { ...echo.limits, timeoutMs: 100 } }) },
  });
  const { port, server } = await startPublicServer({
    subnet,
    solvers: { echo: echoSolvers.echo },
    limits: { headersTimeoutMs: 200, requestTimeoutMs: 300, keepAliveTimeoutMs: 60_000 },
  });
  close = () => server.close(0);
  return port;
}

test("a caller that asks and never reads is cut off, though every request of it is whole and answered", async () => {
  // More than the system takes in for him.
  const { socket, served } = await deaf(await startQuick(), page.repeat(1_200));
  await expect.poll(() => served.closed, { timeout: 5_000 }).toBe(true);
  socket.destroy();
});

test("one that reads slowly is not, for as long as he reads", async () => {
  const { socket, served } = await deaf(await startQuick(), page.repeat(1_200));
  let read = 0;
  socket.on("data", (chunk: Buffer) => {
    read += chunk.length;
    socket.pause();
  });
  const timer = setInterval(() => socket.resume(), 15);
  await expect.poll(() => read, { timeout: 10_000, interval: 50 }).toBeGreaterThan(5 * 1024 * 1024);
  clearInterval(timer);
  expect(served.closed).toBe(false);
  socket.destroy();
});
