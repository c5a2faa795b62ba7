import type { Stage } from "@subnetkit/miner/admission/admission";
import { stages } from "@subnetkit/miner/admission/admission";
import type { RequestOutcome } from "@subnetkit/miner/metrics";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { expect, test } from "vitest";
import { echoSolvers } from "../support/echo-subnet.ts";
import {
  ask,
  dial,
  good,
  hello,
  miner,
  raw,
  request,
  rival,
  signed,
  startOwnVictim,
  stranger,
  type Victim,
} from "./support.ts";

/** Whoever reads the metrics must be able to add them up: what was sent, what became of each, and how far it got. */

let victim: Victim | undefined;

const length = { host: "x", "content-length": String(hello.length) };
const ago = (ms: number): bigint => nextNonceNs() - BigInt(ms) * 1_000_000n;
const body = (text: string): string => request({ body: Buffer.from(text) });
const replayed = request();

/** What to send, where it ends, and how often it is sent. */
const sent: readonly (readonly [RequestOutcome, () => string, number])[] = [
  ["answered", () => replayed, 1],
  ["replay", () => replayed, 2],
  ["task", () => raw(length, hello, { path: "/nowhere" }), 3],
  ["size", () => raw({ ...length, "content-length": "9999999", ...signed() }, ""), 2],
  ["shape", () => raw(length), 4],
  ["shape", () => request({ receiver: stranger.address }), 1],
  ["hotkey", () => request({ keypair: stranger }), 3],
  ["freshness", () => request({ nonceNs: ago(60_000) }), 2],
  ["permit", () => request({ keypair: miner }), 2],
  ["signature", () => request().replace("hello", "hullo"), 3],
  ["body", () => body("no JSON"), 2],
  ["body", () => body('{"text":1}'), 1],
  ["failed", () => body('{"text":"throw"}'), 2],
  ["answered", good, 5],
];

test("every request is counted once, where it ended, and the stages before that are counted as passed", async () => {
  victim = await startOwnVictim();
  const { port, outcomes, passed } = victim;
  const expected = new Map<RequestOutcome, number>();
  for (const [outcome, make, times] of sent) {
    for (let i = 0; i < times; i++) await ask(port, make());
    expected.set(outcome, (expected.get(outcome) ?? 0) + times);
    await expect.poll(() => outcomes.get(outcome)).toBe(expected.get(outcome));
  }
  // One that hangs up while its body is awaited.
  const socket = await dial(port);
  socket.write(raw({ ...length, ...signed() }, ""));
  await expect.poll(() => victim?.unverifiedBytes()).toBeGreaterThan(0);
  socket.destroy();
  await expect.poll(() => outcomes.get("hung_up")).toBe(1);
  expected.set("hung_up", 1);
  expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));

  const endedAt = (stage: Stage): number => outcomes.get(stage) ?? 0;
  const count = (stage: Stage): number => passed.get(stage) ?? 0;
  // What asks for no task meets no stage.
  let arrived = [...expected.values()].reduce((sum, each) => sum + each, 0) - (expected.get("task") ?? 0);
  // Who asks is looked up before the shape of the rest is, and passes both with the freshness.
  const together: readonly Stage[] = ["shape", "hotkey"];
  let ended = 0;
  for (const stage of stages) {
    ended += endedAt(stage);
    if (together.includes(stage)) continue;
    // The one that hung up did so after its head, and a replay that is known is told before its signature is looked at.
    if (stage === "signature") ended += endedAt("replay") + 1;
    if (stage === "replay") ended -= endedAt("replay");
    expect([stage, arrived - ended]).toEqual([stage, count(stage)]);
    arrived = count(stage);
    ended = 0;
  }
  const after = ["answered", "body", "failed"] as const;
  expect(count("replay")).toBe(after.reduce((sum, outcome) => sum + (expected.get(outcome) ?? 0), 0));
});

test("so is what is refused by a bucket or by the line, and what takes too long", async () => {
  const options = {
    rate: { perSecond: 0.001, burst: 2 },
    addresses: { requests: { perSecond: 0.001, burst: 6 }, failures: { perSecond: 0.001, burst: 1 } },
  };
  victim = await startOwnVictim(options);
  const { port, outcomes } = victim;
  for (let i = 0; i < 3; i++) await ask(port, good());
  for (let i = 0; i < 2; i++) await ask(port, request({ keypair: rival }).replace("hello", "hullo"));
  for (let i = 0; i < 4; i++) await ask(port, good());
  expect(Object.fromEntries(outcomes)).toEqual({ answered: 2, rate: 1, signature: 1, forgery: 2, address: 3 });
  await victim.close();

  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const busy = await startOwnVictim({
    scheduler: { maxConcurrent: 1, maxQueued: 0 },
    maxUnverifiedBytes: 64 * 1024,
    solvers: { ...echoSolvers, echo: ({ text }) => (text === "wait" ? released.then(() => ({ text })) : { text }) },
  });
  victim = busy;
  await ask(busy.port, good());
  const waits = ask(busy.port, body('{"text":"wait"}'));
  await expect.poll(() => busy.inFlight()).toBe(1);
  await ask(busy.port, good());
  release();
  await waits;
  const path = "/v1/tasks/impatient";
  await ask(busy.port, raw({ ...length, ...signed({ target: path }) }, hello, { path }));
  expect(Object.fromEntries(busy.outcomes)).toEqual({ answered: 2, queue: 1, timeout: 1 });
});

test("one caller's bodies, slow as they are, leave room for those of another", async () => {
  victim = await startOwnVictim({
    maxUnverifiedBytes: 256 * 1024,
    limits: { maxBodyBytes: 64 * 1024, requestTimeoutMs: 20_000 },
  });
  const { port, unverifiedBytes } = victim;
  expect((await ask(port, request({ keypair: rival }))).status).toBe(200);
  expect((await ask(port, good(), "127.0.0.2")).status).toBe(200);
  const long = raw({ host: "x", "content-length": "65000", ...signed({ keypair: rival }) }, "{");
  const holders = await Promise.all(Array.from({ length: 5 }, () => dial(port)));
  for (const holder of holders) holder.write(long.replace(/nonce: \d+/, `nonce: ${nextNonceNs()}`));
  await expect.poll(() => victim?.outcomes.get("budget")).toBeGreaterThan(0);
  expect(unverifiedBytes()).toBeLessThan(256 * 1024);
  expect((await ask(port, good(), "127.0.0.2")).status).toBe(200);
  for (const holder of holders) holder.destroy();
  await expect.poll(unverifiedBytes).toBe(0);
});
