import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { Readable } from "node:stream";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { createHotkeyTls, type HandshakeOutcome, type HotkeyTls } from "@subnetkit/miner/server/tls";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { sr25519Backend } from "@subnetkit/shared/crypto/sr25519";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import { requestNonceHeader } from "@subnetkit/shared/protocol/tls/connection-dialect";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { tlsOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { readSignedStream } from "@subnetkit/shared/protocol/read-signed-stream";
import { type AnyTask, createScoreEnv, defineSubnet, defineTask, makeChallenge } from "@subnetkit/shared/subnet";
import { askMiner } from "@subnetkit/validator/round/ask";
import { createMinerPools, defaultPoolLimits } from "@subnetkit/validator/round/pools";
import { createMinerTls } from "@subnetkit/validator/round/tls";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  certificate,
  forge,
  genesisHash,
  hourMs,
  miner,
  netuid,
  ordinaryCertificate,
  signedByAuthority,
  stranger,
  validator,
} from "../../shared/protocol/tls/support.ts";
import { type PublicServerOptions, startPublicServer } from "../../../support/miner/public-server.ts";
import { echoSolvers, echoSubnet } from "../support/echo-subnet.ts";
import { metagraph, neuron } from "../support/neurons.ts";

const registered = keypairFromUri("//RegisteredWithoutPermit");
const everybody = [
  neuron(miner.address),
  neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n }),
  neuron(registered.address),
];

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Presented = Pick<ConnectionOptions, "cert" | "key">;

async function startServer(options: Partial<PublicServerOptions> = {}) {
  const proven: string[] = [];
  const handshakes: HandshakeOutcome[] = [];
  const clock = { offsetMs: 0 };
  const now = (): number => Date.now() + clock.offsetMs;
  const identity = createTlsIdentity(
    { keypair: miner, role: "miner", netuid, genesisHash, lifetimeMs: 4 * hourMs },
    now,
  );
  const made: HotkeyTls[] = [];
  const started = await startPublicServer({
    subnet: echoSubnet,
    solvers: echoSolvers,
    dialects: ["btauth"],
    neurons: everybody,
    limits: { maxBodyBytes: 2_000, maxConnections: 30, requestTimeoutMs: 3_000 },
    tls: (callers) => {
      const tls = createHotkeyTls(
        { netuid, genesisHash, handshakeTimeoutMs: 250 },
        {
          identity,
          knows: (hotkey) => callers.find(hotkey) !== undefined,
          onHandshake: (outcome) => handshakes.push(outcome),
          onProven: (address, hotkey) => proven.push(`${address} ${hotkey}`),
          now,
        },
      );
      made.push(tls);
      return tls;
    },
    ...options,
  });
  closers.push(() => started.server.close());
  return { ...started, proven, handshakes, tls: made[0] as HotkeyTls, identity, clock, everybody };
}

/** A raw TLS client. Without a certificate of its own it presents none. */
function open(port: number, presented: Presented = {}, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({
    port,
    host: "127.0.0.1",
    minVersion: "TLSv1.3",
    rejectUnauthorized: false,
    ...presented,
    ...options,
  });
  socket.on("error", () => undefined);
  closers.push(() => void socket.destroy());
  return socket;
}

type Answer = { status: number; headers: Record<string, string>; body: string };

/** Sends one request over an open connection; undefined when the connection ends before an answer. */
function ask(socket: TLSSocket, text: string, headers: Record<string, string> = {}): Promise<Answer | undefined> {
  const body = JSON.stringify({ text });
  const lines = Object.entries({
    host: "miner",
    "content-type": "application/json",
    "content-length": body.length,
    ...headers,
  });
  return new Promise((resolve) => {
    let received = "";
    const onEnd = (): void => done(undefined);
    const done = (answer: Answer | undefined): void => {
      socket.off("data", onData).off("close", onEnd);
      resolve(answer);
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.toString("latin1");
      const [head = "", rest] = received.split("\r\n\r\n");
      const [status = "", ...fields] = head.split("\r\n");
      const answerHeaders = Object.fromEntries(fields.map((field) => field.split(": ") as [string, string]));
      if (rest === undefined || rest.length < Number(answerHeaders["content-length"])) return;
      done({ status: Number(status.split(" ")[1]), headers: answerHeaders, body: rest });
    };
    if (socket.destroyed) {
      resolve(undefined);
      return;
    }
    socket.on("data", onData).once("close", onEnd);
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.write(`POST /v1/tasks/echo HTTP/1.1\r\n${head}\r\n${body}`);
  });
}

const closed = (socket: TLSSocket): Promise<unknown> =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once("close", resolve));

describe("a caller with a certificate of its hotkey", () => {
  test("asks without a signature, over and over, and gets signed answers when it names its requests", async () => {
    const { port, outcomes, handshakes, tls } = await startServer();
    const socket = open(port, certificate());
    for (const text of ["one", "two"]) {
      const answer = await ask(socket, text, { [requestNonceHeader]: `nonce-${text}` });
      expect(answer).toMatchObject({ status: 200, body: JSON.stringify({ text }) });
      const response = { headers: answer?.headers ?? {}, status: 200, body: Buffer.from(answer?.body ?? "") };
      const request = { target: "/v1/tasks/echo", requestSha256: sha256Hex(JSON.stringify({ text })) };
      const bound = { ...response, ...request, miner: miner.address, validator: validator.address };
      expect(verifyResponse({ ...bound, requestNonce: `nonce-${text}` })).toBe(true);
      expect(verifyResponse({ ...bound, requestNonce: "another" })).toBe(false);
      // The name is the client's own: two requests of one name are told apart by what they ask.
      const other = sha256Hex(JSON.stringify({ text: "another" }));
      expect(verifyResponse({ ...bound, requestNonce: `nonce-${text}`, requestSha256: other })).toBe(false);
    }
    expect([outcomes, handshakes, tls.connections()]).toEqual([["answered", "answered"], ["verified"], 1]);
  });

  test("gets an unsigned answer to a request without a name: there is nothing to bind it to", async () => {
    const { port } = await startServer();
    const answer = await ask(open(port, certificate()), "hello");
    expect(answer?.status).toBe(200);
    expect(Object.keys(answer?.headers ?? {}).filter((name) => name.startsWith("x-subnetkit"))).toEqual([]);
  });

  test("gets a stream that is signed when it names its request, and one that proves nothing when it does not", async () => {
    const words = defineTask({
      id: "echo",
      request: z.object({ text: z.string() }),
      response: z.object({ text: z.string() }),
      limits: { timeoutMs: 2_000, maxResponseBytes: 1_000 },
      streaming: { chunk: z.string(), assemble: (chunks) => ({ text: chunks.join("") }) },
      challenge: () => ({ request: { text: "a b" }, key: "" }),
      scorer: { kind: "each", score: () => 1 },
    });
    const subnet = defineSubnet({ name: "words", version: 1, description: "Streams.", tasks: { echo: words } });
    const { port } = await startServer({
      subnet,
      solvers: {
        async *echo({ text }: { text: string }) {
          yield* text.split(" ");
        },
      },
    });
    const outcomeFor = async (requestNonce: string) => {
      const body = '{"text":"a b"}';
      const target = "/v1/tasks/echo";
      const named: Record<string, string> = requestNonce === "" ? {} : { [requestNonceHeader]: requestNonce };
      const headers = { accept: "text/event-stream", ...named };
      const request = httpsRequest({
        ...{ host: "127.0.0.1", port, method: "POST", path: target, headers, agent: false },
        ...tlsOptions(certificate()),
      });
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      const asked = { requestNonce, validator: validator.address, target, requestSha256: sha256Hex(body) };
      const outcome = await readSignedStream(Readable.from(pieces), {
        ...asked,
        miner: miner.address,
        maxBytes: 1_000,
      });
      return { outcome, read: Buffer.concat(pieces).toString("utf8") };
    };
    expect((await outcomeFor("named")).outcome).toEqual({ kind: "complete", chunks: ["a", "b"] });
    const { outcome, read } = await outcomeFor("");
    expect(outcome).toEqual({ kind: "malformed", reason: "bad-signature" });
    // It still says that it is whole: over TLS nobody else can have said so.
    expect(read).toMatch(
      /event: trailer\ndata: \{"version":2,"status":200,"count":2,"sha256":"[0-9a-f]{64}","code":""\}/,
    );
  });

  test("sees the miner's own certificate", async () => {
    const { port, identity } = await startServer();
    const socket = open(port, certificate());
    await once(socket, "secureConnect");
    expect(new Uint8Array(socket.getPeerX509Certificate()?.raw ?? [])).toEqual(identity.current().der);
    expect(socket.getProtocol()).toBe("TLSv1.3");
  });

  test("is shown the same certificate whatever name it asks for, and spoken to in HTTP/1.1 only", async () => {
    const { port, identity, handshakes } = await startServer();
    for (const servername of ["miner.example", "localhost"]) {
      const socket = open(port, certificate(), { servername, ALPNProtocols: ["h2", "http/1.1"] });
      expect(await ask(socket, "x")).toMatchObject({ status: 200 });
      expect(new Uint8Array(socket.getPeerX509Certificate()?.raw ?? [])).toEqual(identity.current().der);
      expect(socket.alpnProtocol).toBe("http/1.1");
    }
    const other = open(port, certificate(), { ALPNProtocols: ["h2"] });
    await closed(other);
    expect(handshakes).toEqual(["verified", "verified", "unfinished"]);
  });

  test("passes the same permit, rate and schema checks as one that signs", async () => {
    const { port, outcomes } = await startServer({ rate: { perSecond: 1, burst: 2 } });
    const socket = open(port, certificate());
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(socket, "x"))?.status);
    expect(statuses).toEqual([200, 200, 429]);
    const noPermit = await ask(open(port, certificate({ keypair: registered })), "x");
    expect(noPermit).toMatchObject({ status: 403, body: expect.stringContaining("E_CALLER_NO_PERMIT") });
    expect(outcomes).toEqual(["answered", "answered", "rate", "permit"]);
  });

  test("may not have too little stake either", async () => {
    const { port } = await startServer({ minStakeRao: 1_001n });
    expect(await ask(open(port, certificate()), "x")).toMatchObject({ status: 403 });
  });

  test("is held to the signature of a request that carries one", async () => {
    const { port, outcomes } = await startServer();
    const socket = open(port, certificate());
    const body = Buffer.from(JSON.stringify({ text: "signed" }));
    const signed = (keypair = validator) =>
      signRequest({ method: "POST", target: "/v1/tasks/echo", body, keypair, receiver: miner.address });
    const headers = signed();
    expect(await ask(socket, "signed", headers)).toMatchObject({ status: 200 });
    expect(await ask(socket, "signed", headers)).toMatchObject({
      status: 401,
      body: expect.stringContaining("E_AUTH_REPLAY"),
    });
    expect(await ask(socket, "signed", signed(stranger))).toMatchObject({ status: 403 });
    expect(await ask(socket, "forged", signed())).toMatchObject({ status: 401 });
    expect(await ask(socket, "signed", { "x-bittensor-hotkey": validator.address })).toMatchObject({ status: 401 });
    expect(outcomes).toEqual(["answered", "replay", "hotkey", "signature", "shape"]);
  });

  test("gets 401 for a malformed name of a request, and the connection lives on", async () => {
    const { port } = await startServer();
    const socket = open(port, certificate());
    expect(await ask(socket, "x", { [requestNonceHeader]: "n".repeat(81) })).toMatchObject({ status: 401 });
    expect(await ask(socket, "x", { [requestNonceHeader]: "n" })).toMatchObject({ status: 200 });
  });

  test("has as little time for a body as over plain HTTP", async () => {
    const limits = { maxBodyBytes: 2_000, headersTimeoutMs: 200, requestTimeoutMs: 300, keepAliveTimeoutMs: 60_000 };
    const { port, bodies, counts } = await startServer({ limits });
    const socket = open(port, certificate());
    let read = "";
    socket.on("data", (chunk: Buffer) => {
      read += chunk.toString("latin1");
    });
    socket.write("POST /v1/tasks/echo HTTP/1.1\r\nhost: miner\r\ncontent-length: 100\r\n\r\n{");
    await expect.poll(bodies.held).toBeGreaterThan(0);
    await closed(socket);
    expect([read.slice(0, 12), bodies.held(), counts.get("slow")]).toEqual(["HTTP/1.1 408", 0, 1]);
  });
});

describe("a connection that proves nothing is closed before a request is read", () => {
  const good = certificate();
  const now = Date.now();
  const ordinary = ordinaryCertificate();
  const overwrite = (at: number, fill: number, end?: number) =>
    forge(good, { claim: (claim) => Uint8Array.from(claim).fill(fill, at, end) });

  const cases: readonly (readonly [name: string, presented: Presented, outcome: HandshakeOutcome])[] = [
    ["no certificate", {}, "none"],
    ["an unknown hotkey", certificate({ keypair: stranger }), "unknown"],
    [
      "a known hotkey named, signed by another key",
      forge(certificate({ keypair: stranger }), {
        claim: (claim) => {
          const copy = Uint8Array.from(claim);
          copy.set(validator.publicKey, 37);
          return copy;
        },
      }),
      "signature",
    ],
    ["an expired certificate", certificate({ notBeforeMs: now - 2 * hourMs, notAfterMs: now - 2_000 }), "expired"],
    ["one that is not valid yet", certificate({ notBeforeMs: now + hourMs, notAfterMs: now + 2 * hourMs }), "early"],
    ["a longer validity than the hotkey signed", forge(good, { notAfterMs: good.notAfterMs + hourMs }), "signature"],
    ["a tampered signature", overwrite(80, 0x55, 84), "signature"],
    ["a signature of 0xff", overwrite(69, 0xff), "signature"],
    ["a hotkey that is no point", overwrite(37, 0xff, 69), "unknown"],
    ["an authority's certificate without our extension", ordinary, "form"],
    ["our extension in a certificate signed by an authority", signedByAuthority(good), "self_signature"],
    ["a miner's certificate", certificate({ role: "miner" }), "role"],
    ["a certificate for another subnet", certificate({ netuid: 3 }), "network"],
    ["a certificate for another chain", certificate({ genesisHash: `0x${"cd".repeat(32)}` }), "network"],
    ["a chain of two", { key: good.key, cert: good.cert + ordinary.cert }, "chain"],
  ];

  test.each(cases)("%s", async (_name, presented, outcome) => {
    const { port, handshakes, outcomes, tls } = await startServer();
    const socket = open(port, presented);
    expect(await ask(socket, "x")).toBeUndefined();
    await closed(socket);
    expect([handshakes, outcomes, tls.connections()]).toEqual([[outcome], [], 0]);
    expect(sr25519Backend()).toBe("wasm");
    expect(await ask(open(port, good), "x")).toMatchObject({ status: 200 });
  });

  test("TLS 1.2", async () => {
    const { port, handshakes } = await startServer();
    const socket = open(port, good, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
    const [error] = (await once(socket, "error")) as [Error & { code?: string }];
    expect(error.code).toMatch(/PROTOCOL_VERSION/);
    await expect.poll(() => handshakes).toEqual(["unfinished"]);
  });

  test("a session resumed with nothing but a ticket", async () => {
    const { port, handshakes } = await startServer();
    const first = open(port, good);
    const tickets: Buffer[] = [];
    first.on("session", (ticket) => tickets.push(ticket));
    expect(await ask(first, "x")).toMatchObject({ status: 200 });
    // OpenSSL sends something, but without tickets it is only the number of a session that the server does not keep.
    await expect.poll(() => tickets.length).toBeGreaterThan(0);
    for (const session of tickets) {
      const second = open(port, {}, { session });
      expect(await ask(second, "x")).toBeUndefined();
    }
    expect(handshakes).toEqual(["verified", ...tickets.map(() => "none")]);
  });

  test("renegotiation does not exist", async () => {
    const { port } = await startServer();
    const socket = open(port, good);
    await once(socket, "secureConnect");
    const error = await new Promise<Error | null>((resolve) => {
      const sent = socket.renegotiate({}, resolve);
      if (sent === false) resolve(new Error("refused"));
    });
    expect(error).not.toBeNull();
  });

  test("a handshake that never comes is closed in time, though no time-out of HTTP covers it", async () => {
    const { port, handshakes } = await startServer();
    const socket = connectTcp(port, "127.0.0.1");
    const startedAt = performance.now();
    await once(socket, "connect");
    await once(socket, "close");
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(handshakes).toEqual(["unfinished"]);
  });

  test("plain HTTP is no handshake", async () => {
    const { port, handshakes } = await startServer();
    const socket = connectTcp(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "close");
    expect(handshakes).toEqual(["unfinished"]);
  });
});

describe("an open connection", () => {
  test("ends with its certificate: 401 and closed", async () => {
    const { port } = await startServer();
    const socket = open(port, certificate({ notAfterMs: Date.now() + 1_900 }));
    expect(await ask(socket, "x")).toMatchObject({ status: 200 });
    const late = async (): Promise<number | undefined> => (await ask(socket, "x"))?.status;
    await expect.poll(late, { timeout: 4_000, interval: 200 }).toBe(401);
    await closed(socket);
  });

  test("is closed when its certificate has ended and nobody asks any more", async () => {
    const { port, tls, clock } = await startServer();
    const socket = open(port, certificate());
    expect(await ask(socket, "x")).toMatchObject({ status: 200 });
    tls.tick();
    expect(tls.connections()).toBe(1);
    clock.offsetMs = hourMs + 1_000;
    tls.tick();
    await closed(socket);
    expect(tls.connections()).toBe(0);
  });

  test("is refused at once when its hotkey is deregistered, and closed with the next block", async () => {
    const { port, tls, callers, everybody } = await startServer();
    const [gone, stays] = [open(port, certificate()), open(port, certificate({ keypair: registered }))];
    expect(await ask(gone, "x")).toMatchObject({ status: 200 });
    await ask(stays, "x");
    callers.replace(
      metagraph(
        everybody.filter(({ hotkey }) => hotkey !== validator.address),
        11,
      ),
    );
    expect(await ask(gone, "x")).toMatchObject({ status: 403, body: expect.stringContaining("E_CALLER_UNKNOWN") });
    tls.tick();
    await closed(gone);
    expect([stays.destroyed, tls.connections()]).toEqual([false, 1]);
    expect(await ask(open(port, certificate()), "x")).toBeUndefined();
  });

  test("survives the renewal of the miner's certificate, which new connections get", async () => {
    const { port, tls, identity, clock } = await startServer();
    const rawOf = (socket: TLSSocket) => new Uint8Array(socket.getPeerX509Certificate()?.raw ?? []);
    const validators = certificate({ notAfterMs: Date.now() + 24 * hourMs });
    const socket = open(port, validators);
    expect(await ask(socket, "x")).toMatchObject({ status: 200 });
    const first = identity.current();
    clock.offsetMs = 2 * hourMs + 2_000;
    tls.tick();
    expect(await ask(socket, "y")).toMatchObject({ status: 200 });
    expect(rawOf(socket)).toEqual(first.der);
    const later = open(port, validators);
    expect(await ask(later, "z")).toMatchObject({ status: 200 });
    expect(rawOf(later)).toEqual(identity.current().der);
    expect(identity.current().der).not.toEqual(first.der);
    expect(identity.current().fingerprint).toEqual(first.fingerprint);
    // What the renewed context must not lose.
    expect(await ask(open(port), "x")).toBeUndefined();
    const old = open(port, validators, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
    await closed(old);
    const tickets: Buffer[] = [];
    const fresh = open(port, validators);
    fresh.on("session", (ticket) => tickets.push(ticket));
    await ask(fresh, "again");
    await expect.poll(() => tickets.length).toBeGreaterThan(0);
    for (const session of tickets) expect(await ask(open(port, {}, { session }), "x")).toBeUndefined();
  });
});

test("our validator asks our miner over TLS, and is answered", async () => {
  const { port, outcomes, handshakes, tls } = await startServer();
  const identity = createTlsIdentity({ keypair: validator, role: "validator", netuid, genesisHash });
  const minerTls = createMinerTls({ mode: "prefer", netuid, genesisHash }, { identity });
  minerTls.learn([{ hotkey: miner.address, fingerprint: Buffer.from(tls.fingerprint).toString("hex") }]);
  const pools = createMinerPools(defaultPoolLimits, minerTls);
  closers.push(() => pools.close());
  const task = echoSubnet.tasks.echo as unknown as AnyTask;
  const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
  const outcome = await askMiner(
    { hotkey: miner.address, uid: 0, endpoint: { ip: "0.0.0.1", port, ipType: 4 } },
    { task, requestJson, signal: new AbortController().signal },
    { allowPrivate: true },
    { pools, keypair: validator },
  );
  expect(outcome).toMatchObject({ kind: "answered", body: { text: "hello" } });
  expect([outcomes, handshakes]).toEqual([["answered"], ["verified"]]);
});

test("the options of both ends leave the verification to us and nothing to TLS 1.2", () => {
  expect(tlsOptions(certificate())).toMatchObject({ minVersion: "TLSv1.3", rejectUnauthorized: false });
});

describe("a flood of handshakes", () => {
  const plenty = { perSecond: 1_000, burst: 1_000 };
  /** Whether a connection from there gets through its handshake. */
  const shakes = (port: number, localAddress: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = open(port, certificate(), { localAddress } as object);
      socket.once("secureConnect", () => resolve(true)).once("close", () => resolve(false));
    });

  test("of one address is cut off at accept, before any cryptography, and others go on", async () => {
    const perAddress = { perSecond: 0.001, burst: 2 };
    const limits = { perAddress, perCaller: plenty, strangers: plenty };
    const { port, refused, handshakes, proven } = await startServer({ handshakes: limits });
    const all = [];
    for (let i = 0; i < 4; i++) all.push(await shakes(port, "127.0.0.2"));
    expect(all).toEqual([true, true, false, false]);
    expect(refused).toEqual(["handshake_address", "handshake_address"]);
    expect(await shakes(port, "127.0.0.3")).toBe(true);
    await expect.poll(() => handshakes).toEqual(["verified", "verified", "verified"]);
    expect(proven.at(-1)).toBe(`127.0.0.3 ${validator.address}`);
  });

  test("of many addresses is cut off as well, but not for those that are known to be somebody", async () => {
    const strangers = { perSecond: 0.001, burst: 2 };
    const limits = { perAddress: plenty, perCaller: plenty, strangers };
    const callersIn = (network: string): readonly string[] => (network === "127.0.0.9" ? [validator.address] : []);
    const { port, refused } = await startServer({ handshakes: limits, callersIn });
    const all = [];
    for (let i = 2; i < 6; i++) all.push(await shakes(port, `127.0.0.${i}`));
    expect(all).toEqual([true, true, false, false]);
    expect(refused).toEqual(["handshake_total", "handshake_total"]);
    for (let i = 0; i < 3; i++) expect(await shakes(port, "127.0.0.9")).toBe(true);
  });

  test("of one caller in many places counts under that caller, and its neighbours keep theirs", async () => {
    const limits = { perAddress: plenty, perCaller: { perSecond: 0.001, burst: 3 }, strangers: plenty };
    const callersIn = (network: string): readonly string[] =>
      network === "127.0.0.9" ? ["hostile", "honest"] : network === "127.0.0.1" ? [] : ["hostile"];
    const { port, refused } = await startServer({ handshakes: limits, callersIn });
    const all = [];
    for (let i = 2; i < 7; i++) all.push(await shakes(port, `127.0.0.${i}`));
    expect(all).toEqual([true, true, true, false, false]);
    expect(refused).toEqual(["handshake_caller", "handshake_caller"]);
    // Whoever shares a network with it is not held to what it did, nor is anybody else.
    expect([await shakes(port, "127.0.0.9"), await shakes(port, "127.0.0.1")]).toEqual([true, true]);
  });
});
