import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import {
  ask,
  dial,
  exchange,
  good,
  hello,
  raw,
  signed,
  startOwnVictim,
  statuses,
  target,
  type Victim,
} from "./support.ts";
import { echoSolvers } from "../support/echo-subnet.ts";

/** What the framework or Node refuses by themselves: counted where nothing else would tell of it, once, and answered once. */

let victim: Victim | undefined;

const counted = (): Record<string, number> => Object.fromEntries(victim?.outcomes ?? []);
const length = { host: "x", "content-length": String(hello.length) };
const closed = (): boolean => false;

test("a path that cannot be decoded, or is too long for any task, is an unknown task as any other", async () => {
  victim = await startOwnVictim();
  const { port } = victim;
  for (const path of ["/%zz", `/${"x".repeat(100)}`, "/v1/tasks/%", "/nowhere/at/all"])
    for (const method of ["GET", "POST"])
      expect(await ask(port, raw(length, hello, { method, path }))).toEqual({ status: 404, code: "E_TASK_UNKNOWN" });
  expect(counted()).toEqual({ task: 8 });
});

test.each([
  ["not_http", "what is no HTTP", "\x16\x03\x01\x02\r\n\r\n", 400],
  ["not_http", "a method that there is none of", "HELLO / HTTP/1.1\r\nhost: x\r\n\r\n", 400],
  [
    "not_http",
    "two lengths",
    `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
    400,
  ],
  ["not_http", "no host", `POST ${target} HTTP/1.1\r\ncontent-length: 0\r\n\r\n`, 400],
  ["long_head", "too many bytes of headers", `POST ${target} HTTP/1.1\r\nhost: ${"x".repeat(10_000)}\r\n\r\n`, 431],
  ["slow", "headers that never end", `POST ${target} HTTP/1.1\r\nhost: x\r\n`, 408],
] as const)("%s: %s is counted, answered and closed", async (outcome, _name, text, status) => {
  victim = await startOwnVictim();
  expect(statuses(await exchange(victim.port, text, closed))).toEqual([status]);
  expect(counted()).toEqual({ [outcome]: 1 });
});

test("a connection that says nothing is slow as well, and one that only tries whether we listen is nothing", async () => {
  victim = await startOwnVictim();
  const { port } = victim;
  const silent = await dial(port);
  (await dial(port)).destroy();
  await expect.poll(() => silent.closed, { timeout: 5_000 }).toBe(true);
  expect(counted()).toEqual({ slow: 1 });
});

test("an end of what the caller says in the middle of its headers is no fault of its words", async () => {
  victim = await startOwnVictim();
  const { port } = victim;
  await new Promise<void>((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.end("POST / HTTP/1.1\r\nhost"));
    socket.on("close", () => resolve()).resume();
  });
  expect(counted()).toEqual({ hung_up: 1 });
});

test("a connection that would be a tunnel is closed and counted", async () => {
  victim = await startOwnVictim();
  expect(await exchange(victim.port, "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", closed)).toBe("");
  expect(counted()).toEqual({ task: 1 });
});

test("a miner that stops says so in every dialect, and counts it", async () => {
  victim = await startOwnVictim();
  const { port, inFlight } = victim;
  const path = "/v1/tasks/impatient";
  const socket = await dial(port);
  let read = "";
  socket.on("data", (chunk: Buffer) => {
    read += chunk.toString("latin1");
  });
  socket.write(raw({ ...length, ...signed({ target: path }) }, hello, { path }));
  await expect.poll(inFlight).toBe(1);
  const closing = victim.close(5_000);
  socket.write(raw({ host: "x", "content-length": "0" }, "", { path: "/Synapse" }));
  await closing;
  await expect.poll(() => socket.closed).toBe(true);
  expect([statuses(read), read.includes("E_MINER_STOPPING")]).toEqual([[504, 503], true]);
  expect(counted()).toEqual({ timeout: 1, stopping: 1 });
  victim = undefined;
});

describe("a body that breaks off", () => {
  const chunked = { host: "x", "transfer-encoding": "chunked" };

  test("is counted once, with its request, by what broke it off", async () => {
    victim = await startOwnVictim();
    const { port } = victim;
    expect(statuses(await exchange(port, raw({ ...length, ...signed() }, "{"), closed))).toEqual([408]);
    await expect.poll(counted).toEqual({ slow: 1 });
    expect(statuses(await exchange(port, raw({ ...chunked, ...signed() }, "no length\r\n"), closed))).toEqual([400]);
    await expect.poll(counted).toEqual({ slow: 1, not_http: 1 });
    expect(victim.unverifiedBytes()).toBe(0);
  });

  test("of a request that has its answer is neither counted nor answered a second time", async () => {
    victim = await startOwnVictim({ limits: { requestTimeoutMs: 300 } });
    const { port } = victim;
    const begun = ["/v1/tasks/echo", "/nowhere"].map((path) => exchange(port, raw(length, "{", { path }), closed));
    expect((await Promise.all(begun)).map(statuses)).toEqual([[401], [404]]);
    expect(counted()).toEqual({ shape: 1, task: 1 });
  });
});

test("what follows a whole request is counted by itself: the answer is whole, and its own", async () => {
  victim = await startOwnVictim();
  const { port } = victim;
  const one = (so: string): boolean => statuses(so).length === 1;
  expect(statuses(await exchange(port, good(), one))).toEqual([200]);
  const socket = await dial(port);
  let read = "";
  socket.on("data", (chunk: Buffer) => {
    read += chunk.toString("latin1");
  });
  socket.write(good());
  await expect.poll(() => one(read)).toBe(true);
  socket.write("\0\0\r\n\r\n");
  await expect.poll(() => socket.closed).toBe(true);
  expect(statuses(read)).toEqual([200, 400]);
  expect(counted()).toEqual({ answered: 2, not_http: 1 });
});

test.each([
  ["no HTTP", "\0\0\r\n\r\n", { not_http: 1, hung_up: 1 }],
  ["a head that is too long", `POST ${target} HTTP/1.1\r\nhost: ${"x".repeat(10_000)}`, { long_head: 1, hung_up: 1 }],
  [
    "a body that breaks off",
    raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, "no length\r\n"),
    { not_http: 1, hung_up: 1 },
  ],
] as const)(
  "%s behind a request whose answer is still made is not answered in its place",
  async (_name, text, ends) => {
    victim = await startOwnVictim({ solvers: { ...echoSolvers, echo: () => new Promise(() => undefined) } });
    const socket = await dial(victim.port);
    let read = "";
    socket.on("data", (chunk: Buffer) => {
      read += chunk.toString("latin1");
    });
    socket.write(good());
    await expect.poll(victim.inFlight).toBe(1);
    socket.write(text);
    await expect.poll(() => socket.closed).toBe(true);
    expect(read).toBe("");
    await expect.poll(counted).toEqual(ends);
  },
);
