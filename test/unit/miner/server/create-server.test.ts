import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import type { SharePolicy } from "@subnetkit/miner/scheduler/policy";
import { appError } from "@subnetkit/shared/errors/app-error";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { responseHeaders, verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import { defineSolvers } from "@subnetkit/shared/subnet";
import { afterEach, describe, expect, test } from "vitest";
import { miner, type PublicServerOptions, startPublicServer, validator } from "../../../support/miner/public-server.ts";
import { echoSolvers, echoSubnet } from "../support/echo-subnet.ts";
import { neuron } from "../support/neurons.ts";

const stranger = keypairFromUri("//Stranger");

type Response = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(options: Partial<PublicServerOptions> = {}) {
  const started = await startPublicServer({
    subnet: echoSubnet,
    solvers: echoSolvers,
    dialects: ["btauth"],
    neurons: [neuron(miner.address), neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n })],
    limits: { maxBodyBytes: 2_000, maxConnections: 20, headersTimeoutMs: 300, requestTimeoutMs: 600 },
    health: () => ({ live: true, ready: true, degraded: false, reasons: [], info: { secretDetail: 1 } }),
    ...options,
  });
  closers.push(async () => {
    started.stop.abort();
    await started.server.close();
  });
  return started;
}

function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer = "",
  localAddress = "127.0.0.1",
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const to = { host: "127.0.0.1", port, method, path, headers, localAddress, agent: false } as const;
    const request = httpRequest(to, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

const ask = (
  port: number,
  content: string,
  options: { task?: string; keypair?: Keypair; nonceNs?: bigint; sent?: string; localAddress?: string } = {},
) => {
  const { task = "echo", keypair = validator, nonceNs = nextNonceNs(), localAddress } = options;
  const target = `/v1/tasks/${task}`;
  const headers = signRequest({
    method: "POST",
    target,
    body: Buffer.from(content),
    keypair,
    receiver: miner.address,
    nonceNs,
  });
  return send(
    port,
    "POST",
    target,
    { ...headers, "content-type": "application/json" },
    options.sent ?? content,
    localAddress,
  );
};

const code = (response: Response): string =>
  (JSON.parse(response.body.toString()) as { error: { code: string } }).error.code;

const proven = (response: Response, nonceNs: bigint, content: string, task = "echo"): boolean =>
  verifyResponse({
    headers: response.headers,
    miner: miner.address,
    requestNonce: nonceNs,
    validator: validator.address,
    target: `/v1/tasks/${task}`,
    requestSha256: sha256Hex(content),
    status: response.status,
    body: response.body,
  });

describe("POST /v1/tasks/<taskId>", () => {
  test("answers a signed request with a response signed for exactly this request", async () => {
    const { port, outcomes } = await startServer();
    const nonceNs = nextNonceNs();
    const response = await ask(port, '{"text":"hello"}', { nonceNs });
    expect([response.status, response.body.toString()]).toEqual([200, '{"text":"hello"}']);
    expect(proven(response, nonceNs, '{"text":"hello"}')).toBe(true);
    expect(proven(response, nonceNs + 1n, '{"text":"hello"}')).toBe(false);
    expect(proven(response, nonceNs, '{"text":"hello!"}')).toBe(false);
    expect(proven(response, nonceNs, '{"text":"hello"}', "other")).toBe(false);
    expect(outcomes).toEqual(["answered"]);
  });

  test("refuses unsigned and unknown callers unsigned, without a word about them in the log", async () => {
    const { port, outcomes, lines } = await startServer();
    const unsigned = await send(port, "POST", "/v1/tasks/echo", {}, '{"text":"hello"}');
    expect([unsigned.status, code(unsigned)]).toEqual([401, "E_AUTH_MALFORMED"]);
    const unknown = await ask(port, '{"text":"hello"}', { keypair: stranger });
    expect([unknown.status, code(unknown)]).toEqual([403, "E_CALLER_UNKNOWN"]);
    expect(unknown.headers["x-subnetkit-response-signature"]).toBeUndefined();
    expect(outcomes).toEqual(["shape", "hotkey"]);
    expect(lines).toEqual([]);
  });

  test("refuses a tampered body, and a replay even though the first request was answered", async () => {
    const { port, outcomes } = await startServer();
    const tampered = await ask(port, '{"text":"hello"}', { sent: '{"text":"hullo"}' });
    expect([tampered.status, code(tampered)]).toEqual([401, "E_AUTH_SIGNATURE"]);
    const nonceNs = nextNonceNs();
    expect((await ask(port, '{"text":"hello"}', { nonceNs })).status).toBe(200);
    const replayed = await ask(port, '{"text":"hello"}', { nonceNs });
    expect([replayed.status, code(replayed)]).toEqual([401, "E_AUTH_REPLAY"]);
    expect(outcomes).toEqual(["signature", "answered", "replay"]);
  });

  test("refuses a request signed for another task", async () => {
    const { port } = await startServer();
    const body = '{"text":"hello"}';
    const headers = signRequest({
      method: "POST",
      target: "/v1/tasks/impatient",
      body: Buffer.from(body),
      keypair: validator,
      receiver: miner.address,
    });
    expect(code(await send(port, "POST", "/v1/tasks/echo", headers, body))).toBe("E_AUTH_SIGNATURE");
  });

  test("tells a proven caller, signed, what is wrong with its body", async () => {
    const { port } = await startServer();
    const nonceNs = nextNonceNs();
    const notJson = await ask(port, "{", { nonceNs });
    expect([notJson.status, code(notJson), proven(notJson, nonceNs, "{")]).toEqual([400, "E_REQUEST_NOT_JSON", true]);
    const wrong = await ask(port, '{"text":5}');
    expect([wrong.status, code(wrong)]).toEqual([422, "E_REQUEST_SCHEMA"]);
  });

  test("survives deeply nested JSON", async () => {
    const { port } = await startServer();
    const response = await ask(port, `${"[".repeat(900)}${"]".repeat(900)}`);
    expect([response.status, code(response)]).toEqual([422, "E_REQUEST_SCHEMA"]);
  });

  test("refuses what is too large, by its announced and by its true length", async () => {
    const { port, outcomes } = await startServer();
    const announced = await ask(port, JSON.stringify({ text: "x".repeat(2_500) }));
    expect([announced.status, code(announced)]).toEqual([413, "E_REQUEST_TOO_LARGE"]);
    expect(announced.headers["connection"]).toBe("close");
    const body = JSON.stringify({ text: "x".repeat(2_500) });
    const target = "/v1/tasks/echo";
    const headers = signRequest({
      method: "POST",
      target,
      body: Buffer.from(body),
      keypair: validator,
      receiver: miner.address,
    });
    const chunked = await send(port, "POST", target, { ...headers, "transfer-encoding": "chunked" }, body);
    expect([chunked.status, code(chunked)]).toEqual([413, "E_REQUEST_TOO_LARGE"]);
    expect(outcomes).toEqual(["size", "size"]);
  });

  test("knows no other task and no other path", async () => {
    const { port, outcomes } = await startServer();
    expect(code(await ask(port, "{}", { task: "other" }))).toBe("E_TASK_UNKNOWN");
    expect((await send(port, "GET", "/etc/passwd", {})).status).toBe(404);
    expect((await send(port, "DELETE", "/v1/tasks/echo", {})).status).toBe(404);
    expect(outcomes).toEqual(["task", "task", "task"]);
  });

  test("ends a solver that does not answer at the task's own deadline", async () => {
    const { port, outcomes } = await startServer();
    const nonceNs = nextNonceNs();
    const response = await ask(port, '{"text":"hello"}', { task: "impatient", nonceNs });
    expect([response.status, code(response), proven(response, nonceNs, '{"text":"hello"}', "impatient")]).toEqual([
      504,
      "E_SOLVER_TIMEOUT",
      true,
    ]);
    expect(outcomes).toEqual(["timeout"]);
  });

  test("never sends what a broken solver made, and says in the log only that it is broken", async () => {
    const { port, lines } = await startServer();
    for (const [text, expected] of [
      ["throw", "E_SOLVER_FAILED"],
      ["long", "E_SOLVER_RESPONSE"],
      ["wrong", "E_SOLVER_RESPONSE"],
    ] as const) {
      const response = await ask(port, JSON.stringify({ text }));
      expect([response.status, code(response)]).toEqual([500, expected]);
    }
    expect(lines.map((line) => (JSON.parse(line) as { kind: unknown }).kind)).toEqual(["failed", "badResponse"]);
    expect(lines.join("")).not.toContain("as told");
  });

  test("asks to come again where a solver's model is gone for the moment", async () => {
    const gone = () => Promise.reject(appError("E_MODEL_THREAD", { model: "a.onnx" }));
    const solvers = defineSolvers<typeof echoSubnet>({ ...echoSolvers, echo: gone });
    const { port, outcomes } = await startServer({ solvers });
    const response = await ask(port, '{"text":"hello"}');
    expect([response.status, code(response), response.headers["retry-after"]]).toEqual([
      503,
      "E_MODEL_UNAVAILABLE",
      "1",
    ]);
    expect(outcomes).toEqual(["failed"]);
  });

  test("takes whoever has a claim to a place in a full queue, and lets nobody have it who only names him", async () => {
    let open: () => void = () => undefined;
    const solvers = defineSolvers<typeof echoSubnet>({
      ...echoSolvers,
      echo: ({ text }) => new Promise((resolve) => (open = () => resolve({ text }))),
    });
    const share: SharePolicy = ({ hotkey }) => (hotkey === validator.address ? 10 : 1);
    const { port, scheduler, outcomes } = await startServer({
      scheduler: { maxConcurrent: 1, maxQueued: 1 },
      solvers,
      share,
    });
    const first = ask(port, '{"text":"1"}');
    await expect.poll(() => scheduler.inFlight()).toBe(1);
    const facts = { group: "echo", deadlineMs: Date.now() + 60_000, signal: new AbortController().signal };
    const poor = scheduler.run(() => "poor", { ...facts, owner: { hotkey: stranger.address, stakeRao: 1n } });
    const forged = await ask(port, '{"text":"2"}', { sent: '{"text":"3"}' });
    expect([forged.status, code(forged), scheduler.depth()]).toEqual([401, "E_AUTH_SIGNATURE", 1]);
    const rich = ask(port, '{"text":"2"}');
    expect(await poor).toMatchObject({ kind: "full" });
    open();
    expect((await first).status).toBe(200);
    await expect.poll(() => [scheduler.depth(), scheduler.inFlight()]).toEqual([0, 1]);
    open();
    expect([(await rich).status, outcomes]).toEqual([200, ["signature", "answered", "answered"]]);
  });

  test("refuses at once with Retry-After when its queue is full, and serves what it had taken", async () => {
    const waiting: (() => void)[] = [];
    const solvers = defineSolvers<typeof echoSubnet>({
      ...echoSolvers,
      echo: ({ text }) => new Promise((resolve) => waiting.push(() => resolve({ text }))),
    });
    const { port, scheduler, outcomes } = await startServer({ scheduler: { maxConcurrent: 1, maxQueued: 1 }, solvers });
    const first = ask(port, '{"text":"1"}');
    await expect.poll(() => scheduler.inFlight()).toBe(1);
    const second = ask(port, '{"text":"2"}');
    await expect.poll(() => scheduler.depth()).toBe(1);
    const third = await ask(port, '{"text":"3"}');
    expect([third.status, code(third), third.headers["retry-after"]]).toEqual([503, "E_MINER_BUSY", "1"]);
    // Before anything is read or verified, and so without a signature of ours.
    const forged = await ask(port, '{"text":"4"}', { sent: '{"text":"5"}' });
    expect([forged.status, code(forged), forged.headers[responseHeaders.signature]]).toEqual([
      503,
      "E_MINER_BUSY",
      undefined,
    ]);
    for (const expected of [1, 2]) {
      await expect.poll(() => waiting.length).toBe(expected);
      waiting[expected - 1]?.();
    }
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(outcomes).toEqual(["queue", "queue", "answered", "answered"]);
  });

  test("refuses by its headers what cannot be done in time, for whoever is known to ask from there", async () => {
    let open: () => void = () => undefined;
    const solvers = defineSolvers<typeof echoSubnet>({
      echo: ({ text }) => new Promise((resolve) => (open = () => resolve({ text }))),
      impatient: ({ text }) => new Promise((resolve) => setTimeout(() => resolve({ text }), 45)),
    });
    const { port, scheduler, outcomes, passed } = await startServer({ scheduler: { maxConcurrent: 1 }, solvers });
    // It has 60 ms and takes 45, which is learnt here: behind another one it would be late.
    expect((await ask(port, '{"text":"1"}', { task: "impatient" })).status).toBe(200);
    const first = ask(port, '{"text":"2"}');
    await expect.poll(() => scheduler.inFlight()).toBe(1);
    const checked = passed.get("signature");
    for (const options of [{}, { sent: '{"text":"forged"}' }]) {
      const late = await ask(port, '{"text":"3"}', { task: "impatient", ...options });
      expect([late.status, code(late), late.headers["retry-after"]]).toEqual([503, "E_MINER_BUSY", "1"]);
    }
    expect(passed.get("signature")).toBe(checked);
    open();
    expect((await first).status).toBe(200);
    expect(outcomes).toEqual(["answered", "queue", "queue", "answered"]);
  });

  test("tells nobody how full it is for a hotkey who only names it, and whoever is that hotkey in a signed answer", async () => {
    const solvers = defineSolvers<typeof echoSubnet>({ ...echoSolvers, echo: () => new Promise(() => undefined) });
    const { port, scheduler } = await startServer({ scheduler: { maxConcurrent: 1, maxQueued: 0 }, solvers });
    const elsewhere = { localAddress: "127.0.0.2" };
    const blocking = ask(port, '{"text":"1"}');
    await expect.poll(() => scheduler.inFlight()).toBe(1);
    // Known here, and so refused unread; not known there, and so not told before the signature holds.
    const here = await ask(port, '{"text":"2"}', { sent: '{"text":"forged"}' });
    expect([here.status, here.headers[responseHeaders.signature]]).toEqual([503, undefined]);
    const named = await ask(port, '{"text":"2"}', { sent: '{"text":"forged"}', ...elsewhere });
    expect([named.status, code(named), named.headers["retry-after"]]).toEqual([401, "E_AUTH_SIGNATURE", undefined]);
    const nonceNs = nextNonceNs();
    const signed = await ask(port, '{"text":"2"}', { nonceNs, ...elsewhere });
    expect([signed.status, proven(signed, nonceNs, '{"text":"2"}'), signed.headers["retry-after"]]).toEqual([
      503,
      true,
      "1",
    ]);
    // From then on it is known there as well.
    const again = await ask(port, '{"text":"3"}', elsewhere);
    expect([again.status, again.headers[responseHeaders.signature]]).toEqual([503, undefined]);
    void blocking.catch(() => undefined);
  });

  test("slows a caller down that asks too often", async () => {
    const { port } = await startServer({ rate: { perSecond: 1, burst: 2 } });
    await ask(port, '{"text":"1"}');
    await ask(port, '{"text":"2"}');
    const third = await ask(port, '{"text":"3"}');
    expect([third.status, code(third), third.headers["retry-after"]]).toEqual([429, "E_CALLER_RATE", "1"]);
  });

  test("tells the solver when the caller hangs up", async () => {
    let heard: AbortSignal | undefined;
    const solvers = defineSolvers<typeof echoSubnet>({
      ...echoSolvers,
      echo: (_request, env) => {
        heard = env.signal;
        return new Promise(() => undefined);
      },
    });
    const { port, outcomes } = await startServer({ solvers });
    const body = '{"text":"hello"}';
    const target = "/v1/tasks/echo";
    const headers = signRequest({
      method: "POST",
      target,
      body: Buffer.from(body),
      keypair: validator,
      receiver: miner.address,
    });
    const request = httpRequest({ host: "127.0.0.1", port, method: "POST", path: target, headers, agent: false });
    request.on("error", () => undefined);
    request.end(body);
    await expect.poll(() => heard !== undefined).toBe(true);
    request.destroy();
    await expect.poll(() => heard?.aborted).toBe(true);
    await expect.poll(() => outcomes).toEqual(["hung_up"]);
  });

  test("gives up work under way when the miner stops, and says so", async () => {
    const solvers = defineSolvers<typeof echoSubnet>({ ...echoSolvers, echo: () => new Promise(() => undefined) });
    const { port, scheduler, stop } = await startServer({ solvers });
    const pending = ask(port, '{"text":"hello"}');
    await expect.poll(() => scheduler.inFlight()).toBe(1);
    stop.abort();
    const response = await pending;
    expect([response.status, code(response)]).toEqual([503, "E_MINER_STOPPING"]);
  });
});

describe("GET", () => {
  test("/v1/tasks describes the tasks with their schemas", async () => {
    const { port } = await startServer();
    const response = await send(port, "GET", "/v1/tasks", {});
    const description = JSON.parse(response.body.toString()) as {
      tasks: { id: string; request: { properties: object } }[];
    };
    expect(description).toMatchObject({ subnet: { name: "echo", netuid: 2 }, hotkey: miner.address, auth: "btauth/1" });
    expect(description.tasks.map(({ id }) => id)).toEqual(["echo", "impatient"]);
    expect(description.tasks[0]?.request.properties).toHaveProperty("text");
  });

  test("/health says how it is without the operator's details", async () => {
    const { port } = await startServer();
    const response = await send(port, "GET", "/health", {});
    expect([response.status, JSON.parse(response.body.toString())]).toEqual([
      200,
      { live: true, ready: true, degraded: false, reasons: [] },
    ]);
  });
});

describe("limits", () => {
  const untilClosed = (port: number, text: string): Promise<string> =>
    new Promise((resolve) => {
      let received = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk) => {
        received += chunk.toString();
      });
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(received));
    });

  test("end slow headers and slow bodies", async () => {
    const { port } = await startServer();
    const target = "/v1/tasks/echo";
    const body = Buffer.from('{"text":"hello"}');
    const signed = signRequest({ method: "POST", target, body, keypair: validator, receiver: miner.address });
    const lines = Object.entries({ host: "x", "content-length": "100", ...signed }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const [slowHeaders, slowBody] = await Promise.all([
      untilClosed(port, `POST ${target} HTTP/1.1\r\nhost: x\r\nx-slow`),
      untilClosed(port, `POST ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n{`),
    ]);
    expect(slowHeaders).toContain("408");
    expect(slowBody).toContain("408");
  });

  test("refuse headers that are too long", async () => {
    const { port } = await startServer();
    expect(
      await untilClosed(port, `GET /health HTTP/1.1\r\nhost: x\r\nx-long: ${"x".repeat(10_000)}\r\n\r\n`),
    ).toContain("431");
  });

  test("a port in use is an error with the port in it", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    closers.push(() => new Promise((resolve) => taken.close(() => resolve())));
    const { port } = taken.address() as AddressInfo;
    await expect(startServer({ port })).rejects.toMatchObject({ code: "E_PORT_BUSY", data: { port } });
  });
});
