import { once } from "node:events";
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { startPublicServer } from "../../../support/miner/public-server.ts";
import { dial, raw, signed } from "./support.ts";

/** Solves for ever, and tells how many do. */
function hanging() {
  const text = z.object({ text: z.string() });
  const wait = defineTask({
    id: "wait",
    request: text,
    response: text,
    limits: { timeoutMs: 20_000, maxResponseBytes: 100 },
    challenge: () => ({ request: { text: "" }, key: "" }),
    scorer: { kind: "each", score: () => 1 },
  });
  const subnet = defineSubnet({ name: "wait", version: 1, description: "Waits.", tasks: { wait } });
  const seen = { begun: 0, ended: 0 };
  const solvers = defineSolvers<typeof subnet>({
    wait: async (_request, { signal }) => {
      seen.begun++;
      await once(signal, "abort");
      seen.ended++;
      return { text: "" };
    },
  });
  return { subnet, solvers, seen };
}

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

const path = "/v1/tasks/wait";
const body = '{"text":"x"}';
const request = (): string =>
  raw(
    { host: "x", "content-length": String(body.length), ...signed({ target: path, body: Buffer.from(body) }) },
    body,
    {
      path,
    },
  );

test("a broken connection ends the work for all its requests, also for those that wait behind the first for their turn to be answered", async () => {
  const { subnet, solvers, seen } = hanging();
  const { port, server, scheduler, outcomes } = await startPublicServer({ subnet, solvers });
  close = () => server.close(0);
  const socket = await dial(port);
  socket.write(request() + request() + request());
  await expect.poll(() => seen.begun).toBe(3);
  socket.destroy();
  await expect.poll(() => seen.ended).toBe(3);
  await expect.poll(() => [outcomes, scheduler.inFlight()]).toEqual([["hung_up", "hung_up", "hung_up"], 0]);
});

test("nor does a request begin that was still waiting for a place", async () => {
  const { subnet, solvers, seen } = hanging();
  const { port, server, scheduler } = await startPublicServer({ subnet, solvers, scheduler: { maxConcurrent: 1 } });
  close = () => server.close(0);
  const socket = await dial(port);
  socket.write(request() + request());
  await expect.poll(() => [seen.begun, scheduler.depth()]).toEqual([1, 1]);
  socket.destroy();
  await expect.poll(() => [seen.ended, scheduler.depth(), scheduler.inFlight()]).toEqual([1, 0, 0]);
  expect(seen.begun).toBe(1);
});
