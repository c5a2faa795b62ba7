import { createBodyBudget } from "@subnetkit/miner/admission/body-budget";
import { describe, expect, test } from "vitest";
import { dial, hello, raw, signed, startOwnVictim, statusOf, type Victim, good, rival } from "./support.ts";

const KiB = 1_024;
let victim: Victim | undefined;

describe("createBodyBudget", () => {
  const options = { maxBytes: 400 * KiB, maxBodyBytes: 100 * KiB };
  const stranger = { contentLength: 50 * KiB, network: "a", known: false };

  test("gives one network of strangers a quarter, all strangers a half, and the rest to those who are known", () => {
    const budget = createBodyBudget(options);
    const held = [budget.reserve(stranger), budget.reserve(stranger)];
    expect(held.every((release) => release !== undefined)).toBe(true);
    expect(budget.reserve(stranger)).toBeUndefined();
    budget.reserve({ ...stranger, network: "b" });
    budget.reserve({ ...stranger, network: "c" });
    expect(budget.reserve({ ...stranger, network: "d" })).toBeUndefined();
    const known = { ...stranger, known: true };
    const rooms = ["a", "a", "b", "b"].map((caller) => budget.reserve({ ...known, caller }) !== undefined);
    expect(rooms).toEqual([true, true, true, true]);
    expect(budget.reserve({ ...known, caller: "c" })).toBeUndefined();
    expect(budget.held()).toBe(400 * KiB);
  });

  test("gives one caller a quarter, from however many networks it has spoken before, and leaves the others theirs", () => {
    const budget = createBodyBudget(options);
    const held = [1, 2, 3, 4].map((i) =>
      budget.reserve({ ...stranger, known: true, caller: "greedy", network: `2001:db8:0:${i}::/64` }),
    );
    expect(held.map((release) => release !== undefined)).toEqual([true, true, false, false]);
    expect(budget.reserve({ ...stranger, known: true, caller: "modest" })).toBeDefined();
    held[0]?.();
    expect(budget.reserve({ ...stranger, known: true, caller: "greedy" })).toBeDefined();
  });

  test("counts a body of unknown length as the longest, and none as 4 KB", () => {
    const budget = createBodyBudget(options);
    budget.reserve({ ...stranger, contentLength: undefined });
    expect(budget.held()).toBe(100 * KiB);
    budget.reserve({ ...stranger, contentLength: 0, network: "b" });
    expect(budget.held()).toBe(104 * KiB);
  });

  test("takes back each reservation once, however often it is given", () => {
    const budget = createBodyBudget(options);
    const release = budget.reserve(stranger);
    budget.reserve({ ...stranger, network: "b" });
    release?.();
    release?.();
    expect(budget.held()).toBe(50 * KiB);
  });

  test("has room for one longest body however small it is", () => {
    const budget = createBodyBudget({ maxBytes: 1, maxBodyBytes: 100 * KiB });
    expect(budget.reserve({ contentLength: undefined, network: "a", known: false })).toBeDefined();
  });
});

describe("bodies that nobody has vouched for", () => {
  test("are refused with 503 when too many are on their way, and the room comes back when their senders go", async () => {
    victim = await startOwnVictim({
      maxUnverifiedBytes: 400 * KiB,
      limits: { maxBodyBytes: 100 * KiB, requestTimeoutMs: 20_000 },
    });
    const { port, unverifiedBytes, outcomes } = victim;
    const slow = (headers: Record<string, string>) => raw({ host: "x", ...headers, ...signed() }, "{");
    const holder = await dial(port);
    holder.write(slow({ "content-length": String(60 * KiB) }));
    await expect.poll(unverifiedBytes).toBe(60 * KiB);
    // In chunks: counted as the longest there may be, which is more than a network of strangers has left.
    expect(await statusOf(port, slow({ "transfer-encoding": "chunked" }))).toBe(503);
    expect(outcomes.get("budget")).toBe(1);
    holder.destroy();
    await expect.poll(unverifiedBytes).toBe(0);
    const another = await dial(port);
    another.write(raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, "1\r\n{\r\n"));
    await expect.poll(unverifiedBytes).toBe(100 * KiB);
    another.destroy();
    await expect.poll(unverifiedBytes).toBe(0);
  });

  test("cannot take the room of a caller who has proven himself from there", async () => {
    victim = await startOwnVictim({
      maxUnverifiedBytes: 200 * KiB,
      limits: { maxBodyBytes: 100 * KiB, requestTimeoutMs: 20_000 },
    });
    const { port, unverifiedBytes } = victim;
    expect(await statusOf(port, good())).toBe(200);
    const holder = await dial(port);
    const forged = signed({ keypair: rival });
    holder.write(raw({ host: "x", "content-length": String(90 * KiB), ...forged }, "{"));
    await expect.poll(unverifiedBytes).toBe(90 * KiB);
    const second = raw({ host: "x", "content-length": String(hello.length + 20 * KiB), ...signed({ keypair: rival }) });
    expect(await statusOf(port, second)).toBe(503);
    const long = JSON.stringify({ text: "x".repeat(9_000) });
    const honest = signed({ body: Buffer.from(long) });
    expect(await statusOf(port, raw({ host: "x", "content-length": String(long.length), ...honest }, long))).toBe(500);
    holder.destroy();
    await expect.poll(unverifiedBytes).toBe(0);
  });

  test("give their room back at the verdict, at the end of slow ones, and when they turn out too long", async () => {
    victim = await startOwnVictim({ limits: { maxBodyBytes: 10 * KiB } });
    const { port, unverifiedBytes } = victim;
    expect(await statusOf(port, good())).toBe(200);
    expect(unverifiedBytes()).toBe(0);
    expect(await statusOf(port, raw({ host: "x", "content-length": "100", ...signed() }, "{"))).toBe(408);
    await expect.poll(unverifiedBytes).toBe(0);
    const chunk = `${(11 * KiB).toString(16)}\r\n${"x".repeat(11 * KiB)}\r\n0\r\n\r\n`;
    expect(await statusOf(port, raw({ host: "x", "transfer-encoding": "chunked", ...signed() }, chunk))).toBe(413);
    await expect.poll(unverifiedBytes).toBe(0);
  });

  test("are not read at all for a path that does not exist", async () => {
    victim = await startOwnVictim();
    const text = raw({ host: "x", "content-length": String(30 * KiB) }, hello, { path: "/v2/nothing" });
    // Answered although most of the body is still to come.
    expect(await statusOf(victim.port, text)).toBe(404);
    expect(victim.outcomes.get("task")).toBe(1);
  });
});
