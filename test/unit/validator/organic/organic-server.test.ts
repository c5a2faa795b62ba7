import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { createRandom } from "@subnetkit/shared/subnet";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chooseMiners } from "../../../../validator/src/organic/choose-miners.ts";
import { organicHeaders } from "../../../../validator/src/organic/organic-server.ts";
import { createRateLimit } from "../../../../validator/src/organic/rate.ts";
import { readTokens, tokensOf } from "../../../../validator/src/organic/tokens.ts";
import { startTestRedis, type TestRedis } from "../../../support/redis.ts";
import { until } from "../../../support/until.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import { answer, answerSum, type Asked, startMiner, type TestMiner } from "../support/miner.ts";
import { client, freshKeys } from "../support/state.ts";
import { ask, serve, type Served, type ServeOptions, token } from "./support.ts";

let server: TestRedis;
let redis: Redis;
const opened: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  server = await startTestRedis();
  redis = client(server.port);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function miner(behave: (asked: Asked) => void | Promise<void>): Promise<TestMiner> {
  const started = await startMiner(`//Organic//${opened.length}`, behave);
  opened.push(started);
  return started;
}
async function door(options: ServeOptions): Promise<Served> {
  const served = await serve(redis, freshKeys(), options);
  opened.push(served);
  return served;
}
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

describe("a user's request", () => {
  it("is answered with what a miner made of it, and by whom", async () => {
    const right = await miner(answerSum);
    const { port, statuses, offered, queue } = await door({ miners: [right] });
    const response = await ask(port, { a: 2, b: 3 });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ sum: 5 });
    expect(response.headers.get(organicHeaders.hotkey)).toBe(right.keypair.address);
    expect(response.headers.get(organicHeaders.uid)).toBe("1");
    await until("the pair", () => offered.length === 1);
    expect(await queue.oldest(10)).toMatchObject([
      {
        pair: { taskId: "sum", hotkey: right.keypair.address, request: '{"a":2,"b":3}', outcome: { kind: "answered" } },
      },
    ]);
    await until("the count", () => statuses.length === 1);
    expect(statuses).toEqual([200]);
  });

  it("goes to the next miner when one refuses or lies, and both are put aside to be scored", async () => {
    const refusing = await miner(({ response }) => void response.writeHead(503).end());
    const unsigned = await miner(({ response }) => void response.writeHead(200).end('{"sum":5}'));
    const right = await miner(answerSum);
    const scores = new Map([
      [refusing.keypair.address, 1],
      [unsigned.keypair.address, 1e-12],
      [right.keypair.address, 1e-24],
    ]);
    const { port, offered, queue } = await door({ miners: [refusing, unsigned, right], scores });
    const response = await ask(port, { a: 2, b: 3 });
    expect(await response.json()).toEqual({ sum: 5 });
    await until("three pairs", () => offered.length === 3);
    const kinds = (await queue.oldest(10)).map(({ pair }) => pair?.outcome.kind);
    expect(kinds.sort()).toEqual(["answered", "malformed", "refused"]);
  });

  it("that no miner answers says so: 502 at once, 504 when they are late, 503 when there is nobody", async () => {
    const refusing = await miner(({ response }) => void response.writeHead(500).end());
    const first = await door({ miners: [refusing] });
    const refused = await ask(first.port, { a: 1, b: 2 });
    expect([refused.status, await codeOf(refused)]).toEqual([502, "unanswered"]);
    const mute = await miner(() => undefined);
    const second = await door({ miners: [mute] });
    expect((await ask(second.port, { a: 1, b: 2 })).status).toBe(504);
    const third = await door({ miners: [] });
    expect((await ask(third.port, { a: 1, b: 2 })).status).toBe(503);
  });

  it.each<[string, number, (port: number) => Promise<Response>]>([
    ["no token", 401, (port) => ask(port, { a: 1, b: 2 }, { headers: { authorization: "" } })],
    [
      "another token",
      401,
      (port) => ask(port, { a: 1, b: 2 }, { headers: { authorization: `Bearer ${"x".repeat(40)}` } }),
    ],
    ["an unknown task", 404, (port) => ask(port, {}, {}, "product")],
    ["a task that is no task", 404, (port) => ask(port, {}, {}, "constructor")],
    ["another method", 405, (port) => ask(port, "", { method: "PUT" })],
    ["a request that does not fit", 422, (port) => ask(port, { a: "1" })],
    ["no JSON", 422, (port) => ask(port, "{")],
    ["too many bytes", 413, (port) => ask(port, "x".repeat(1024 * 1024 + 1))],
  ])("with %s is refused with %i, and costs no miner anything", async (_what, status, send) => {
    const right = await miner(answerSum);
    const { port } = await door({ miners: [right] });
    expect((await send(port)).status).toBe(status);
    expect(right.asked()).toBe(0);
  });

  it("is one of so many in a minute and at a time, and none while the validator is not ready", async () => {
    const held: Asked[] = [];
    const slow = await miner((asked) => void held.push(asked));
    let ready = true;
    const { port } = await door({ miners: [slow], perMinute: 2, concurrency: 1, isReady: () => ready });
    const first = ask(port, { a: 1, b: 2 });
    await until("the first to arrive", () => held.length === 1);
    const busy = await ask(port, { a: 1, b: 2 });
    expect([busy.status, await codeOf(busy)]).toEqual([503, "busy"]);
    const limited = await ask(port, { a: 1, b: 2 });
    expect([limited.status, await codeOf(limited), limited.headers.get("retry-after")]).toEqual([
      429,
      "rate-limited",
      "30",
    ]);
    answer(held[0]!, { sum: 3 });
    expect((await first).status).toBe(200);
    ready = false;
    const other = { headers: { authorization: `Bearer ${"o".repeat(40)}` } };
    expect(await codeOf(await ask(port, { a: 1, b: 2 }, other))).toBe("not-ready");
  });

  it("is one of so many of its token at a time: others have room however slow one sends", async () => {
    const right = await miner(answerSum);
    const { port, statuses } = await door({ miners: [right], concurrency: 4, bodyMs: 300 });
    const sockets = Array.from({ length: 6 }, () => {
      const socket = connect(port, "127.0.0.1");
      const got: string[] = [];
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => got.push(bytes.toString()));
      socket.write(
        `POST /v1/organic/sum HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{"a"`,
      );
      return { socket, text: () => got.join("") };
    });
    // Half of the room is one token's; the rest of its requests are told so.
    await until("those without room are refused", () => statuses.length === 4);
    expect(statuses).toEqual([429, 429, 429, 429]);
    const other = { headers: { authorization: `Bearer ${"o".repeat(40)}` } };
    expect((await ask(port, { a: 1, b: 2 }, other)).status).toBe(200);
    await until("the slow ones are refused", () => statuses.filter((status) => status === 408).length === 2);
    expect(sockets.filter(({ text }) => text().includes('"slow-body"'))).toHaveLength(2);
    expect((await ask(port, { a: 1, b: 2 })).status).toBe(200);
    for (const { socket } of sockets) socket.destroy();
  });

  it("may use as much of the room as its token is given, and a lone token all of it", async () => {
    const held: Asked[] = [];
    const slow = await miner((asked) => void held.push(asked));
    for (const room of [{ perToken: 3 }, { tokens: tokensOf(`app ${token}\n`, "tokens") }]) {
      held.length = 0;
      const { port } = await door({ miners: [slow], concurrency: 3, ...room });
      const asked = [1, 2, 3].map((a) => ask(port, { a, b: 2 }));
      await until("all to arrive", () => held.length === 3);
      const one = await ask(port, { a: 4, b: 2 });
      expect([one.status, await codeOf(one)]).toEqual([503, "busy"]);
      for (const one of held) answerSum(one);
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
    }
  });

  it("whose caller hangs up is not asked further, and nobody is scored for it", async () => {
    const held: Asked[] = [];
    const slow = await miner((asked) => void held.push(asked));
    const { port, statuses, offered } = await door({ miners: [slow] });
    const gone = new AbortController();
    const asked = ask(port, { a: 1, b: 2 }, { signal: gone.signal }).catch(() => "hung up");
    await until("it to arrive", () => held.length === 1);
    gone.abort();
    expect(await asked).toBe("hung up");
    await until("the end", () => statuses.length === 1);
    expect([statuses, offered]).toEqual([[499], []]);
  });

  it("that never ends is cut, and holds nobody up", async () => {
    const right = await miner(answerSum);
    const { port } = await door({ miners: [right] });
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `POST /v1/organic/sum HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{"a"`,
    );
    expect((await ask(port, { a: 1, b: 2 })).status).toBe(200);
    socket.destroy();
  });
});

describe("choosing miners", () => {
  const view = metagraph([
    neuron({ uid: 0, hotkey: "own", axon: localAxon(1) }),
    ...[1, 2, 3, 4].map((uid) => neuron({ uid, hotkey: `m${uid}`, axon: localAxon(uid) })),
    neuron({ uid: 5, hotkey: "offline" }),
  ]);
  const { next: random } = createRandom("choose");
  const choose = (scores: Map<string, number>, count = 3) =>
    chooseMiners({ metagraph: view, ownHotkey: "own", scores, fingerprints: new Map(), count, random }).map(
      ({ hotkey }) => hotkey,
    );

  it("goes by score, never to ourselves, the unreachable or the same one twice", () => {
    const scores = new Map([
      ["own", 1],
      ["offline", 1],
      ["m1", 0.75],
      ["m2", 0.25],
      ["m3", 0],
    ]);
    const firsts = Array.from({ length: 2_000 }, () => choose(scores, 1)[0]);
    expect(new Set(firsts)).toEqual(new Set(["m1", "m2"]));
    expect(firsts.filter((hotkey) => hotkey === "m1").length / 2_000).toBeCloseTo(0.75, 1);
    expect(choose(scores).sort()).toEqual(["m1", "m2"]);
  });

  it("takes all that can be reached before anybody has a score", () => {
    expect(choose(new Map(), 10).sort()).toEqual(["m1", "m2", "m3", "m4"]);
  });
});

describe("tokens and rates", () => {
  it("are those of a private file of lines", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "subnetkit-tokens-"));
    const file = path.join(folder, "tokens");
    const codeAndText = (): string => {
      try {
        return readTokens(file).nameOf(`Bearer ${token}`) ?? "nobody";
      } catch (error) {
        return isAppError(error) ? `${error.code} ${error.exitCode} ${error.message}` : String(error);
      }
    };
    expect(codeAndText()).toContain("E_ORGANIC_TOKENS 3");
    writeFileSync(file, `app ${token}\n`, { mode: 0o600 });
    expect(codeAndText()).toBe("app");
    chmodSync(file, 0o644);
    expect(codeAndText()).toContain("chmod 600");
    rmSync(folder, { recursive: true });
  });

  it.each(["", "app short", `app ${token}\napp ${"u".repeat(40)}`, `app ${token} more`])("refuse %j", (text) => {
    expect(() => tokensOf(text, "file")).toThrow(/cannot be used/);
    if (text.includes(token)) expect(() => tokensOf(text, "file")).not.toThrow(new RegExp(token));
  });

  it("let a burst through, then so many in a minute, each caller by itself", () => {
    let now = 0;
    const limit = createRateLimit(60, () => now);
    expect(Array.from({ length: 61 }, () => limit.take("a")).filter((wait) => wait === 0)).toHaveLength(60);
    expect(limit.take("b")).toBe(0);
    now = 999;
    expect(limit.take("a")).toBe(1);
    now = 1_000;
    expect(limit.take("a")).toBe(0);
  });
});
