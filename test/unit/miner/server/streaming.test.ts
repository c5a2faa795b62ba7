import { request as httpRequest } from "node:http";
import { refusals } from "@subnetkit/miner/admission/refusal";
import { axonBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonMessage } from "@subnetkit/shared/protocol/axon/dialect";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { readSignedStream } from "@subnetkit/shared/protocol/read-signed-stream";
import { verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import {
  assembleResponse,
  defineSolvers,
  defineSubnet,
  defineTask,
  type SubnetDefinition,
} from "@subnetkit/shared/subnet";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import wordStream, { solvers as wordSolvers } from "../../../../subnets/examples/word-stream.ts";
import { miner, type PublicServerOptions, startPublicServer, validator } from "../../../support/miner/public-server.ts";
import { answered, bodyOf, open } from "../support/miner-server.ts";

const talk = defineTask({
  id: "talk",
  request: z.object({ how: z.string().max(20), times: z.int().min(0).max(1_000_000).default(3) }),
  response: z.object({ text: z.string() }),
  limits: { timeoutMs: 600, maxResponseBytes: 400_000 },
  streaming: { chunk: z.string(), assemble: (chunks) => ({ text: chunks.join("") }) },
  axon: { stream: true },
  challenge: () => ({ request: { how: "plain", times: 3 }, key: "" }),
  scorer: { kind: "each", score: () => 1 },
});
const subnet = defineSubnet({ name: "talk", version: 1, description: "Talks.", tasks: { talk } });

/** Says pieces until told otherwise; `made` and `left` tell the test what the generator did. */
function talker() {
  const seen = { made: 0, left: false, release: (): void => undefined };
  const gate = new Promise<void>((resolve) => {
    seen.release = resolve;
  });
  const solvers = defineSolvers<typeof subnet>({
    async *talk({ how, times }, { signal }) {
      try {
        for (let i = 0; i < times; i++) {
          seen.made++;
          if (how === "wrong" && i === 1) yield 5 as never;
          if (how === "throws" && i === 1) throw new Error("as told");
          yield how === "long" ? "x".repeat(10_000) : `${i} `;
          if (how === "waits" && i === 0) await gate;
          if (how === "hangs" && i === 0)
            await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
        }
      } finally {
        seen.left = true;
      }
    },
  });
  return { solvers, seen };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(of: SubnetDefinition, given: object, options: Partial<PublicServerOptions> = {}) {
  const started = await startPublicServer({ subnet: of, solvers: given, ...options });
  closers.push(async () => {
    started.stop.abort();
    await started.server.close(200);
  });
  return started;
}

const accept = streamContentType;
const expected = (nonceNs: bigint, task: string, body: unknown, maxBytes = 400_000) => ({
  ...answered(task, body, nonceNs),
  miner: miner.address,
  maxBytes,
});

describe("a task that streams", () => {
  test("sends words as they are made to a caller that asks for a stream, signed as a whole", async () => {
    const { port, outcomes } = await start(wordStream, wordSolvers);
    const nonceNs = nextNonceNs();
    const response = await open(port, "spell", { number: "123456789012345678901234" }, { accept, nonceNs });
    expect([response.statusCode, response.headers["content-type"]]).toEqual([200, "text/event-stream"]);
    const outcome = await readSignedStream(
      response,
      expected(nonceNs, "spell", { number: "123456789012345678901234" }, 1_024),
    );
    expect(outcome).toMatchObject({ kind: "complete", chunks: expect.arrayContaining(["one", "two"]) as unknown });
    if (outcome.kind !== "complete") return;
    const assembled = assembleResponse(wordStream.tasks.spell, outcome.chunks);
    const plain = await open(port, "spell", { number: "123456789012345678901234" });
    expect(assembled).toEqual({ kind: "assembled", value: JSON.parse(await bodyOf(plain)) as unknown });
    expect(outcomes).toEqual(["answered", "answered"]);
  });

  test("takes the type as HTTP does: in any case, among others, with parameters", async () => {
    const { port } = await start(wordStream, wordSolvers);
    for (const accept of ["Text/Event-Stream", "application/json, text/event-stream;q=0.9"]) {
      const response = await open(port, "spell", { number: "123456789012345678901234" }, { accept });
      expect([accept, response.headers["content-type"]]).toEqual([accept, "text/event-stream"]);
      await bodyOf(response);
    }
  });

  test("answers everybody else in one signed piece", async () => {
    const { port } = await start(subnet, talker().solvers);
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { how: "plain" }, { nonceNs });
    const body = await bodyOf(response);
    expect([response.headers["content-type"], body]).toEqual(["application/json; charset=utf-8", '{"text":"0 1 2 "}']);
    const { headers, statusCode: status = 0 } = response;
    expect(
      verifyResponse({ headers, ...expected(nonceNs, "talk", { how: "plain" }), status, body: Buffer.from(body) }),
    ).toBe(true);
  });

  test("sends a chunk before the next exists", async () => {
    const { solvers, seen } = talker();
    const { port } = await start(subnet, solvers);
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { how: "waits" }, { accept, nonceNs });
    const outcome = await readSignedStream(response, {
      ...expected(nonceNs, "talk", { how: "waits" }),
      onChunk: (chunk) => {
        if (chunk !== "0 ") return;
        expect(seen.made).toBe(1);
        seen.release();
      },
    });
    expect(outcome).toEqual({ kind: "complete", chunks: ["0 ", "1 ", "2 "] });
  });

  test.each([
    ["throws", "E_SOLVER_FAILED", 500],
    ["wrong", "E_SOLVER_RESPONSE", 500],
    ["hangs", "E_SOLVER_TIMEOUT", 504],
  ])("ends a stream whose solver %s on the way with a signed %s", async (how, code, status) => {
    const { solvers, seen } = talker();
    const { port } = await start(subnet, solvers);
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { how }, { accept, nonceNs });
    expect(await readSignedStream(response, expected(nonceNs, "talk", { how }))).toEqual({
      kind: "failed",
      status,
      code,
      chunks: ["0 "],
    });
    await expect.poll(() => seen.left).toBe(true);
  });

  test("counts the bytes of all chunks towards the limit, whether they are watched or not", async () => {
    const { solvers, seen } = talker();
    const { port } = await start(subnet, solvers);
    const nonceNs = nextNonceNs();
    const streamed = await open(port, "talk", { how: "long", times: 1_000_000 }, { accept, nonceNs });
    const outcome = await readSignedStream(streamed, expected(nonceNs, "talk", { how: "long", times: 1_000_000 }));
    expect(outcome).toMatchObject({ kind: "failed", code: "E_SOLVER_RESPONSE" });
    expect(seen.made).toBe(40);
    const plain = await open(port, "talk", { how: "long", times: 1_000_000 });
    expect(plain.statusCode).toBe(500);
  });

  test("ends a generator that never waits at its deadline, and serves others meanwhile", async () => {
    const { port } = await start(subnet, {
      async *talk() {
        for (;;) yield "";
      },
    });
    const endless = open(port, "talk", { how: "plain" });
    const other = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest({ host: "127.0.0.1", port, path: "/health" }, ({ statusCode }) => resolve(statusCode))
        .on("error", reject)
        .end();
    });
    expect(other).toBe(200);
    // Whichever bound comes first on this machine: its time or its bytes.
    expect([500, 504]).toContain((await endless).statusCode);
  });

  test("makes no more chunks than the caller takes", async () => {
    const patient = defineSubnet({
      name: "talk",
      version: 1,
      description: "Talks.",
      tasks: { talk: { ...talk, limits: { timeoutMs: 20_000, maxResponseBytes: 16 * 1024 * 1024 } } },
    });
    const { solvers, seen } = talker();
    const { port, outcomes } = await start(patient, solvers);
    const response = await open(port, "talk", { how: "long", times: 1_600 }, { accept });
    response.pause();
    // It stands still when the buffers between here and there are full, which is long before 16 MB.
    let before = -1;
    await expect
      .poll(
        () => {
          const still = seen.made === before;
          before = seen.made;
          return still;
        },
        { interval: 150, timeout: 10_000 },
      )
      .toBe(true);
    expect(seen.made).toBeLessThan(1_400);
    expect(seen.left).toBe(false);
    response.destroy();
    await expect.poll(() => [seen.left, outcomes]).toEqual([true, ["hung_up"]]);
  });

  test("is not held up beyond its deadline by a caller that does not read", async () => {
    const limits = { timeoutMs: 400, maxResponseBytes: 16 * 1024 * 1024 };
    const tasks = { talk: { ...talk, limits } };
    const impatient = defineSubnet({ name: "talk", version: 1, description: "Talks.", tasks });
    const { solvers, seen } = talker();
    const { port, outcomes, scheduler } = await start(impatient, solvers);
    const response = await open(port, "talk", { how: "long", times: 1_600 }, { accept });
    response.pause();
    await expect.poll(() => [outcomes, scheduler.inFlight()], { timeout: 5_000 }).toEqual([["timeout"], 0]);
    expect(seen.made).toBeLessThan(1_400);
    response.destroy();
    await expect.poll(() => seen.left).toBe(true);
  });

  test("tells the solver when the caller hangs up", async () => {
    const { solvers, seen } = talker();
    const { port, outcomes, scheduler } = await start(subnet, solvers);
    const response = await open(port, "talk", { how: "hangs" }, { accept });
    response.destroy();
    await expect.poll(() => [seen.left, outcomes, scheduler.inFlight()]).toEqual([true, ["hung_up"], 0]);
  });

  test("refuses like any other before the first chunk: signed, with the status in the head", async () => {
    const { port } = await start(subnet, talker().solvers);
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { how: 5 }, { accept, nonceNs });
    const body = Buffer.from(await bodyOf(response));
    expect(response.statusCode).toBe(422);
    expect(
      verifyResponse({ headers: response.headers, ...expected(nonceNs, "talk", { how: 5 }), status: 422, body }),
    ).toBe(true);
  });

  test("may be solved in one piece: then that is what even a caller gets that asks for a stream", async () => {
    const { port } = await start(subnet, { talk: () => ({ text: "all of it" }) });
    const response = await open(port, "talk", { how: "plain" }, { accept });
    expect([response.headers["content-type"], await bodyOf(response)]).toEqual([
      "application/json; charset=utf-8",
      '{"text":"all of it"}',
    ]);
  });
});

describe("a stream for SDK 10", () => {
  const ask = (port: number, how: string): Promise<{ headers: object; text: string; cut: boolean }> => {
    const nonce = nextNonceNs();
    const uuid = "0a1b2c3d-8a9b-11f0-9e2f-0123456789ab";
    const text = `{"name":"Talk","timeout":12.0,"how":"${how}","times":3}`;
    const bodyHash = axonBodyHash(new Map(), []) ?? "";
    const message = axonMessage({ nonce, dendrite: validator.address, axon: miner.address, uuid, bodyHash });
    const headers = {
      "content-type": "application/json",
      [axonHeaders.name]: "Talk",
      [axonHeaders.timeout]: "12.0",
      [axonHeaders.axonHotkey]: miner.address,
      [axonHeaders.dendriteHotkey]: validator.address,
      [axonHeaders.dendriteNonce]: nonce.toString(),
      [axonHeaders.dendriteUuid]: uuid,
      [axonHeaders.bodyHash]: bodyHash,
      [axonHeaders.dendriteSignature]: `0x${Buffer.from(validator.sign(message)).toString("hex")}`,
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest({ host: "127.0.0.1", port, method: "POST", path: "/Talk", headers, agent: false });
      request.on("error", reject);
      request.on("response", (response) => {
        let received = "";
        response.on("data", (piece: Buffer) => {
          received += piece.toString();
        });
        response.on("error", () => undefined);
        response.on("close", () => resolve({ headers: response.headers, text: received, cut: !response.complete }));
      });
      request.end(text);
    });
  };

  test("is the bare chunks, with the status a dendrite looks for in the head", async () => {
    const { port } = await start(subnet, talker().solvers);
    expect(await ask(port, "plain")).toMatchObject({
      headers: { "content-type": "text/event-stream", [axonHeaders.axonStatusCode]: "200" },
      text: "0 1 2 ",
      cut: false,
    });
  });

  test("is cut where its solver fails, so that nobody takes it for a whole one", async () => {
    const { port } = await start(subnet, talker().solvers);
    expect(await ask(port, "throws")).toMatchObject({ text: "0 ", cut: true });
  });
});

test("a stream is cut, and no other answer written into it, when its caller sends what is no HTTP", async () => {
  const { solvers } = talker();
  const { port, outcomes } = await start(subnet, solvers);
  const response = await open(port, "talk", { how: "hangs" }, { accept });
  let read = "";
  response.on("data", (piece: Buffer) => {
    read += piece.toString("latin1");
  });
  const cut = new Promise((resolve) => response.on("error", resolve));
  await expect.poll(() => read).toContain("0 ");
  response.socket.on("data", (piece: Buffer) => {
    read += piece.toString("latin1");
  });
  response.socket.write("\0\0\r\n\r\n");
  expect(await cut).toMatchObject({ code: "ECONNRESET" });
  expect(read).not.toContain("HTTP/1.1");
  await expect.poll(() => outcomes).toEqual(["not_http", "hung_up"]);
});

describe("a server that stops", () => {
  test("finishes a stream under way, refuses new requests with Retry-After, then closes every connection", async () => {
    const { solvers, seen } = talker();
    let draining = false;
    const { port, scheduler, server, outcomes } = await startPublicServer({
      subnet,
      solvers,
      closed: () => (draining ? refusals.stopping : undefined),
      health: () => ({ live: true, ready: !draining, degraded: draining, reasons: ["draining"], info: {} }),
    });
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { how: "waits" }, { accept, nonceNs });
    const outcome = readSignedStream(response, expected(nonceNs, "talk", { how: "waits" }));
    draining = true;
    const drained = scheduler.drain();
    const refused = await open(port, "talk", { how: "plain" });
    expect([refused.statusCode, refused.headers["retry-after"], refused.headers["connection"]]).toEqual([
      503,
      "10",
      "close",
    ]);
    expect(await bodyOf(refused)).toContain("E_MINER_STOPPING");
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect([health.status, await health.json()]).toEqual([
      503,
      { live: true, ready: false, degraded: true, reasons: ["draining"] },
    ]);
    seen.release();
    await drained;
    await server.close();
    expect(await outcome).toEqual({ kind: "complete", chunks: ["0 ", "1 ", "2 "] });
    expect(outcomes).toEqual(["stopping", "answered"]);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });

  test("gives up what takes too long, and says so with the signed end of the stream", async () => {
    const { solvers } = talker();
    const { port, stop, server } = await startPublicServer({ subnet, solvers });
    const nonceNs = nextNonceNs();
    const response = await open(port, "talk", { how: "hangs" }, { accept, nonceNs });
    const outcome = readSignedStream(response, expected(nonceNs, "talk", { how: "hangs" }));
    stop.abort(new Error("the miner stops"));
    expect(await outcome).toEqual({ kind: "failed", status: 503, code: "E_MINER_STOPPING", chunks: ["0 "] });
    await server.close();
  });

  test("does not wait for a caller that does not read", async () => {
    const { solvers } = talker();
    const { port, server, stop } = await startPublicServer({ subnet, solvers });
    const response = await open(port, "talk", { how: "long", times: 38 }, { accept });
    response.pause();
    stop.abort();
    const startedMs = performance.now();
    await server.close(300);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    response.destroy();
  });

  test("says to callers of a deregistered miner that it will not be back soon", async () => {
    const { port } = await start(subnet, talker().solvers, { closed: () => refusals.deregistered });
    const refused = await open(port, "talk", { how: "plain" });
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "600"]);
    const { error } = JSON.parse(await bodyOf(refused)) as { error: { code: string; message: string } };
    expect(error).toMatchObject({
      code: "E_MINER_DEREGISTERED",
      message: "The miner is no longer registered on the subnet.",
    });
  });
});
