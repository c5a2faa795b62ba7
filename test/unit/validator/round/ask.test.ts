import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { verifyRequest } from "@subnetkit/shared/protocol/btauth";
import { createScoreEnv, makeChallenge } from "@subnetkit/shared/subnet";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { askMiner } from "../../../../validator/src/round/ask.ts";
import type { Outcome } from "../../../../validator/src/round/outcome.ts";
import { createMinerPools } from "../../../../validator/src/round/pools.ts";
import { deepestReply } from "../../../../validator/src/round/nesting.ts";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { z } from "zod";
import { answer, answerSum, type Asked, signedHeaders, startMiner, type TestMiner } from "../support/miner.ts";
import { sumTask } from "../support/subnet.ts";

const validator = keypairFromUri("//Asker");
const task = sumTask as unknown as AnyTask;
const pools = createMinerPools();
const miners: TestMiner[] = [];

afterEach(async () => {
  await Promise.all(miners.splice(0).map((miner) => miner.close()));
});
afterAll(() => pools.close());

async function ask(
  behave: (asked: Asked) => void | Promise<void>,
  change: { signal?: AbortSignal; allowPrivate?: boolean; hotkey?: string; task?: AnyTask } = {},
): Promise<Outcome | undefined> {
  const miner = await startMiner(`//Miner//${miners.length}//${Math.random()}`, behave);
  miners.push(miner);
  return await askAt(miner.port, change.hotkey ?? miner.keypair.address, change);
}

async function askAt(
  port: number,
  hotkey: string,
  change: { signal?: AbortSignal; allowPrivate?: boolean; ip?: string; task?: AnyTask } = {},
) {
  const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
  const endpoint = { ip: change.ip ?? "0.0.0.1", port, ipType: 4 as const };
  return await askMiner(
    { hotkey, uid: 1, endpoint },
    { task: change.task ?? task, requestJson, signal: change.signal ?? new AbortController().signal },
    { allowPrivate: change.allowPrivate ?? true },
    { pools, keypair: validator },
  );
}

describe("asking a miner that behaves", () => {
  it("gives the parsed answer and a latency", async () => {
    const outcome = await ask(answerSum);
    expect(outcome).toMatchObject({ kind: "answered", body: { sum: expect.any(Number) } });
    expect((outcome as { latencyMs: number }).latencyMs).toBeGreaterThan(0);
  });

  it("sends a request that btauth/1 accepts for this miner and for no other", async () => {
    const verdicts: unknown[] = [];
    await ask(async (asked) => {
      const options = {
        method: "POST",
        target: asked.request.url ?? "",
        headers: asked.request.headers,
        body: asked.body,
        expectedScheme: "sr25519" as const,
      };
      const replay = createMemoryReplayStore({ bootNs: 0n });
      verdicts.push(await verifyRequest({ ...options, receiver: asked.keypair.address, replay }));
      verdicts.push(await verifyRequest({ ...options, receiver: validator.address, replay }));
      answerSum(asked);
    });
    expect(verdicts).toMatchObject([
      { kind: "accepted", hotkey: validator.address },
      { kind: "refused", code: "E_AUTH_RECEIVER" },
    ]);
  });

  it("counts the time to the last byte, not to the first", async () => {
    const outcome = await ask(async (asked) => {
      const body = JSON.stringify({ sum: 1 });
      asked.response.writeHead(200, signedHeaders(asked, body));
      asked.response.write(body.slice(0, 3));
      await sleep(120);
      asked.response.end(body.slice(3));
    });
    expect(outcome).toMatchObject({ kind: "answered" });
    expect((outcome as { latencyMs: number }).latencyMs).toBeGreaterThanOrEqual(115);
  });
});

describe("asking a miner that does not behave", () => {
  it("calls one late that sends no headers in time", async () => {
    expect(await ask(() => undefined)).toMatchObject({ kind: "late", phase: "headers" });
  });

  it("calls one late whose body trickles past the limit", async () => {
    const outcome = await ask(async (asked) => {
      asked.response.writeHead(200, signedHeaders(asked, "{}"));
      for (let i = 0; i < 40 && !asked.response.destroyed; i++) {
        asked.response.write(" ");
        await sleep(25);
      }
    });
    expect(outcome).toMatchObject({ kind: "late", phase: "body" });
    expect((outcome as { latencyMs: number }).latencyMs).toBeLessThan(700);
  });

  it("stops reading a body that is too long, announced or not", async () => {
    let sent = 0;
    const chunk = "x".repeat(1_000);
    const unannounced = await ask(async (asked) => {
      asked.response.writeHead(200, signedHeaders(asked, "{}"));
      while (!asked.response.destroyed && sent < 200_000_000) {
        asked.response.write(chunk);
        sent += chunk.length;
        await sleep(0);
      }
    });
    expect(unannounced).toMatchObject({ kind: "malformed", reason: "too-large" });
    expect(sent).toBeLessThan(200_000_000);
    const announced = await ask((asked) => {
      asked.response.writeHead(200, { "content-length": "999999" });
      asked.response.write("{");
    });
    expect(announced).toMatchObject({ kind: "malformed", reason: "too-large" });
  });

  it("does not count an answer without a signature, or with somebody else's", async () => {
    expect(await ask((asked) => void asked.response.end('{"sum":1}'))).toMatchObject({
      kind: "malformed",
      reason: "unsigned",
    });
    const other = keypairFromUri("//Other");
    expect(await ask((asked) => answer({ ...asked, keypair: other }, { sum: 1 }))).toMatchObject({
      kind: "malformed",
      reason: "bad-signature",
    });
  });

  it("does not count an answer that was signed for other bytes", async () => {
    const outcome = await ask((asked) => {
      asked.response.writeHead(200, signedHeaders(asked, '{"sum":1}'));
      asked.response.end('{"sum":2}');
    });
    expect(outcome).toMatchObject({ kind: "malformed", reason: "bad-signature" });
  });

  it("does not count an answer that is nested so deeply that it could be neither kept nor scored, whatever the schema", async () => {
    const limits = { ...task.limits, maxResponseBytes: 100_000 };
    const open: AnyTask = { ...task, limits, response: z.object({ sum: z.unknown() }) };
    const nested = (deep: number) =>
      ask(
        ({ response, ...asked }) => {
          const body = `{"sum":${"[".repeat(deep)}${"]".repeat(deep)}}`;
          response.writeHead(200, signedHeaders({ response, ...asked }, body)).end(body);
        },
        { task: open },
      );
    expect(await nested(deepestReply - 1)).toMatchObject({ kind: "answered" });
    expect(await nested(deepestReply)).toMatchObject({ kind: "malformed", reason: "schema" });
    expect(await nested(10_000)).toMatchObject({ kind: "malformed", reason: "schema" });
  });

  it("does not count an answer off the schema or that is no JSON", async () => {
    expect(await ask((asked) => answer(asked, { total: 1 }))).toMatchObject({ kind: "malformed", reason: "schema" });
    const text = await ask((asked) => {
      asked.response.writeHead(200, signedHeaders(asked, "hello"));
      asked.response.end("hello");
    });
    expect(text).toMatchObject({ kind: "malformed", reason: "not-json" });
  });

  it.each([
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "not-found"],
    [422, "bad-request"],
    [429, "rate-limited"],
    [503, "overloaded"],
    [500, "server-error"],
    [302, "redirect"],
    [418, "other"],
  ])("calls status %i refused: %s", async (status, reason) => {
    const outcome = await ask((asked) => {
      asked.response.writeHead(status, { location: "http://127.0.0.1:1/" });
      asked.response.end();
    });
    expect(outcome).toMatchObject({ kind: "refused", status, reason });
  });

  it("calls a body that breaks off truncated", async () => {
    const outcome = await ask((asked) => {
      asked.response.writeHead(200, { "content-length": "50" });
      asked.response.write("{");
      setImmediate(() => asked.response.destroy());
    });
    expect(outcome).toMatchObject({ kind: "malformed", reason: "truncated" });
  });

  it("calls one that hangs up without a word unreachable", async () => {
    expect(await ask((asked) => void asked.response.destroy())).toMatchObject({ kind: "unreachable", reason: "reset" });
  });

  it("calls something that does not speak HTTP malformed", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("SSH-2.0-nonsense\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const port = (server.address() as { port: number }).port;
    expect(await askAt(port, keypairFromUri("//M").address)).toMatchObject({ kind: "malformed", reason: "not-http" });
    server.close();
  });

  it("calls a closed port and a missing address unreachable", async () => {
    const miner = await startMiner("//Closed", answerSum);
    await miner.close();
    expect(await askAt(miner.port, miner.keypair.address)).toEqual({ kind: "unreachable", reason: "connect" });
    const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
    const nobody = { hotkey: miner.keypair.address, uid: 1, endpoint: null };
    const question = { task, requestJson, signal: new AbortController().signal };
    expect(await askMiner(nobody, question, { allowPrivate: true }, { pools, keypair: validator })).toEqual({
      kind: "unreachable",
      reason: "no-endpoint",
    });
  });
});

describe("the network a validator stands in", () => {
  it.each(["0.0.0.1", "127.0.0.1", "10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"])(
    "never sends to %s unless private addresses are allowed",
    async (ip) => {
      const miner = await startMiner("//Private", answerSum);
      miners.push(miner);
      const outcome = await askAt(miner.port, miner.keypair.address, { allowPrivate: false, ip });
      expect(outcome).toEqual({ kind: "unreachable", reason: "private-address" });
      expect(miner.asked()).toBe(0);
    },
  );
});

describe("ending early", () => {
  it("leaves no outcome when the validator itself gives up", async () => {
    const stop = new AbortController();
    const outcome = ask(() => stop.abort(), { signal: stop.signal });
    expect(await outcome).toBeUndefined();
  });
});
