import { createServer } from "node:net";
import { type ConnectionRefusal, guardConnections } from "@subnetkit/miner/admission/connection-guard";
import { expect, test } from "vitest";
import {
  ask,
  dial,
  exchange,
  good,
  raw,
  request,
  rival,
  signed,
  startOwnVictim,
  statuses,
  type Victim,
} from "./support.ts";

/** What is refused before anything dear is done for it. */

const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
let victim: Victim | undefined;

test("the pages for everybody take what an address may ask for, as everything else does", async () => {
  victim = await startOwnVictim({ addresses: { requests: { perSecond: 0.001, burst: 4 }, failures: plenty } });
  const page = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const all = ["/", "/health", "/openapi.json", "/v1/tasks", "/", "/health"].map(page).join("");
  const read = await exchange(victim.port, all, (so) => statuses(so).length === 6);
  expect(statuses(read)).toEqual([200, 200, 200, 200, 429, 429]);
  expect(read).toContain("E_ADDRESS_RATE");
  expect(victim.outcomes.get("address")).toBe(2);
  expect((await ask(victim.port, good())).code).toBe("E_ADDRESS_RATE");
  expect((await ask(victim.port, good(), "127.0.0.2")).status).toBe(200);
});

test("a caller beyond its rate costs no curve operation where it is known, and takes nothing of anybody's", async () => {
  victim = await startOwnVictim({ rate: { perSecond: 0.001, burst: 3 } });
  const { port, passed } = victim;
  for (let i = 0; i < 3; i++) expect((await ask(port, good())).status).toBe(200);
  for (let i = 0; i < 20; i++) expect((await ask(port, good())).code).toBe("E_CALLER_RATE");
  expect(passed.get("signature")).toBe(3);
  // From elsewhere nobody is told anything about it without a signature.
  expect((await ask(port, good().replace("hello", "hullo"), "127.0.0.2")).code).toBe("E_AUTH_SIGNATURE");
  expect((await ask(port, request({ keypair: rival }))).status).toBe(200);
  expect(victim.unverifiedBytes()).toBe(0);
});

test("one caller's slow bodies leave room for those of another at the same address", async () => {
  victim = await startOwnVictim({
    maxUnverifiedBytes: 256 * 1024,
    limits: { maxBodyBytes: 64 * 1024, requestTimeoutMs: 20_000 },
  });
  const { port, unverifiedBytes, outcomes } = victim;
  for (const text of [request({ keypair: rival }), good()]) expect((await ask(port, text)).status).toBe(200);
  const holders = await Promise.all(Array.from({ length: 5 }, () => dial(port)));
  for (const holder of holders)
    holder.write(raw({ host: "x", "content-length": "65000", ...signed({ keypair: rival }) }, "{"));
  await expect.poll(() => outcomes.get("budget")).toBe(4);
  expect((await ask(port, good())).status).toBe(200);
  for (const holder of holders) holder.destroy();
  await expect.poll(unverifiedBytes).toBe(0);
});

test("an address on the list gets no handshake", async () => {
  let served = 0;
  const server = createServer((socket) => {
    served++;
    socket.end("hello");
  });
  const refused: ConnectionRefusal[] = [];
  const handshakes = {
    perAddress: plenty,
    perCaller: plenty,
    strangers: plenty,
    denies: (address: string) => address.endsWith("127.0.0.9"),
  };
  guardConnections(server, { maxPerAddress: 10, maxOfStrangers: 10, callersIn: () => [], handshakes }, (reason) =>
    refused.push(reason),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const sockets = await Promise.all([dial(port, "127.0.0.9"), dial(port)]);
  await expect.poll(() => sockets.every((socket) => socket.closed)).toBe(true);
  expect([served, refused]).toEqual([1, ["denied"]]);
  await new Promise((resolve) => server.close(resolve));
});
