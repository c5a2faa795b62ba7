import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { networkInterfaces } from "node:os";
import type { TLSSocket } from "node:tls";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";
import { requestNonceHeader } from "@subnetkit/shared/protocol/tls/connection-dialect";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import type { HotkeyCertificate } from "@subnetkit/shared/protocol/tls/make-certificate";
import { verifyConnection } from "@subnetkit/shared/protocol/tls/peer-of-socket";
import { tlsOptions, tlsServerOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { type AnyTask, createScoreEnv, makeChallenge } from "@subnetkit/shared/subnet";
import { afterEach, describe, expect, it } from "vitest";
import { askMiner } from "../../../../validator/src/round/ask.ts";
import type { Outcome } from "../../../../validator/src/round/outcome.ts";
import { createMinerPools, defaultPoolLimits } from "../../../../validator/src/round/pools.ts";
import { createMinerTls, type TlsMode } from "../../../../validator/src/round/tls.ts";
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
import { sumTask } from "../support/subnet.ts";

const task = sumTask as unknown as AnyTask;
const noIpv6 = !Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const ofMiner = (changes: Parameters<typeof certificate>[0] = {}): HotkeyCertificate =>
  certificate({ keypair: miner, role: "miner", ...changes });

/** A request as the server saw it; what its connection says of the peer is gone once the connection is. */
type Seen = {
  readonly request: IncomingMessage;
  readonly socket: TLSSocket;
  readonly reused: boolean;
  readonly shown: Uint8Array;
};

async function listen(server: Server | TcpServer, host = "127.0.0.1"): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, host), "listening");
  return (server.address() as AddressInfo).port;
}

/** Answers the sum, signed by the miner for whoever the nonce header names. */
function answerSum(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { a, b } = JSON.parse(Buffer.concat(chunks).toString()) as { a: number; b: number };
    const body = JSON.stringify({ sum: a + b });
    const requestNonce = String(request.headers[requestNonceHeader]);
    const asked = { target: request.url ?? "", requestSha256: sha256Hex(Buffer.concat(chunks)) };
    const bound = { keypair: miner, requestNonce, validator: validator.address, ...asked, status: 200, body };
    response.writeHead(200, { "content-type": "application/json", ...signResponse(bound) }).end(body);
  });
}

/** An HTTPS server that presents this and answers rightly. */
async function startMiner(
  presented: Pick<HotkeyCertificate, "cert" | "key">,
  {
    options = {},
    answer = answerSum,
    host,
  }: { options?: ServerOptions; answer?: typeof answerSum; host?: string } = {},
) {
  const seen: Seen[] = [];
  const certificateOptions = { ...tlsOptions(presented as HotkeyCertificate), ...tlsServerOptions, ...options };
  const server = createServer(certificateOptions, (request, response) => {
    const socket = request.socket as TLSSocket;
    const shown = new Uint8Array(socket.getPeerX509Certificate()?.raw ?? []);
    seen.push({ request, socket, reused: socket.isSessionReused(), shown });
    answer(request, response);
  });
  const port = await listen(server, host);
  return { port, seen, server };
}

function startValidator({
  mode = "prefer",
  fingerprint,
  now,
}: {
  mode?: TlsMode;
  fingerprint?: Uint8Array;
  now?: () => number;
} = {}) {
  const identity = createTlsIdentity(
    { keypair: validator, role: "validator", netuid, genesisHash, lifetimeMs: 4 * hourMs },
    now,
  );
  const tls = createMinerTls({ mode, netuid, genesisHash, connectTimeoutMs: 1_000 }, { identity });
  const publish = (published: Uint8Array | undefined, registered = [miner.address]) => {
    tls.learn([
      {
        hotkey: miner.address,
        fingerprint: published === undefined ? undefined : Buffer.from(published).toString("hex"),
      },
    ]);
    tls.retain(new Set(registered));
  };
  publish(fingerprint);
  const pools = createMinerPools({ ...defaultPoolLimits, connectionsPerMiner: 1 }, tls);
  closers.push(() => pools.close());
  const ask = async (port: number, at = { ip: "0.0.0.1", ipType: 4 as 4 | 6 }): Promise<Outcome | undefined> => {
    const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
    return askMiner(
      { hotkey: miner.address, uid: 1, endpoint: { ...at, port } },
      { task, requestJson, signal: new AbortController().signal },
      { allowPrivate: true },
      { pools, keypair: validator },
    );
  };
  return { ask, pools, publish, identity };
}

describe("a miner that publishes a certificate", () => {
  it("is asked over TLS, without a signature, on connections that prove both ends", async () => {
    const good = ofMiner();
    const { port, seen } = await startMiner(good);
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    expect(await ask(port)).toMatchObject({ kind: "answered", body: { sum: expect.any(Number) } });
    expect(await ask(port)).toMatchObject({ kind: "answered" });
    expect(seen).toHaveLength(2);
    const [first, second] = seen;
    expect(second?.socket === first?.socket).toBe(true);
    expect(Object.keys(first?.request.headers ?? {}).filter((name) => name.startsWith("x-"))).toEqual([
      requestNonceHeader,
    ]);
    expect(first?.request.headers[requestNonceHeader]).not.toBe(second?.request.headers[requestNonceHeader]);
    const expected = { role: "validator", netuid, genesisHash, expect: validator.address } as const;
    expect(verifyConnection(first?.socket as TLSSocket, expected)).toMatchObject({ kind: "verified" });
    expect(first?.socket.getProtocol()).toBe("TLSv1.3");
  });

  it("is never asked without it: plain HTTP at its address is no miner", async () => {
    let asked = 0;
    const port = await listen(createHttpServer(() => (asked += 1)));
    const { ask } = startValidator({ fingerprint: ofMiner().fingerprint });
    expect(await ask(port)).toMatchObject({ kind: "unreachable" });
    expect(asked).toBe(0);
  });

  it.skipIf(noIpv6)("is asked at an address of IPv6 as well, and named by no name", async () => {
    const good = ofMiner();
    const { port, seen } = await startMiner(good, { host: "::1" });
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    expect(await ask(port, { ip: "::1", ipType: 6 })).toMatchObject({ kind: "answered" });
    expect(
      seen.map(({ request, socket }) => [request.headers.host, (socket as { servername?: unknown }).servername]),
    ).toEqual([[`[::1]:${port}`, false]]);
  });

  it("must sign its answers all the same", async () => {
    const good = ofMiner();
    const { port } = await startMiner(good, { answer: (_request, response) => void response.end('{"sum":1}') });
    expect(await startValidator({ fingerprint: good.fingerprint }).ask(port)).toMatchObject({
      kind: "malformed",
      reason: "unsigned",
    });
  });
});

describe("the mode", () => {
  it("off asks nobody over TLS", async () => {
    const port = await listen(createHttpServer((_request, response) => void response.writeHead(404).end()));
    const { ask } = startValidator({ mode: "off", fingerprint: ofMiner().fingerprint });
    expect(await ask(port)).toMatchObject({ kind: "refused", status: 404 });
  });

  it("prefer asks those without a certificate over plain HTTP", async () => {
    const port = await listen(createHttpServer((_request, response) => void response.writeHead(404).end()));
    expect(await startValidator().ask(port)).toMatchObject({ kind: "refused", status: 404 });
  });

  it("require asks everybody over TLS, by hotkey alone where nothing is published", async () => {
    const { port } = await startMiner(ofMiner());
    expect(await startValidator({ mode: "require" }).ask(port)).toMatchObject({ kind: "answered" });
  });
});

describe("a server that does not prove to be the miner gets no request", () => {
  const now = Date.now();
  const good = ofMiner();
  const ordinary = ordinaryCertificate();
  const cases: readonly (readonly [name: string, presented: Pick<HotkeyCertificate, "cert" | "key">])[] = [
    ["another hotkey", ofMiner({ keypair: stranger })],
    ["another key than the published one", ofMiner()],
    ["a validator's certificate", ofMiner({ role: "validator" })],
    ["another subnet", ofMiner({ netuid: 3 })],
    ["an expired certificate", ofMiner({ notBeforeMs: now - 2 * hourMs, notAfterMs: now - 2_000 })],
    ["a longer validity than was signed", forge(good, { notAfterMs: good.notAfterMs + hourMs })],
    ["a malformed signature", forge(good, { claim: (claim) => Uint8Array.from(claim).fill(0xff, 69) })],
    ["an authority's certificate", ordinary],
    ["our extension signed by an authority", signedByAuthority(good)],
    ["a chain of two", { key: good.key, cert: good.cert + ordinary.cert }],
  ];

  it.each(cases)("%s", async (_name, presented) => {
    const { port, seen } = await startMiner(presented);
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    expect(await ask(port)).toEqual({ kind: "unreachable", reason: "identity" });
    expect(seen).toEqual([]);
  });

  it("TLS 1.2", async () => {
    const { port, seen } = await startMiner(good, { options: { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } });
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    expect(await ask(port)).toMatchObject({ kind: "unreachable" });
    expect(seen).toEqual([]);
  });

  it("a handshake that never ends", async () => {
    const port = await listen(createTcpServer(() => undefined));
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    const outcome = await ask(port);
    expect(["unreachable", "late"]).toContain(outcome?.kind);
  });
});

describe("connections", () => {
  it("are never resumed, though the server would let them be", async () => {
    const good = ofMiner();
    const { port, seen } = await startMiner(good, {
      options: { secureOptions: 0 },
      answer: (request, response) => {
        response.setHeader("connection", "close");
        answerSum(request, response);
      },
    });
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    for (let i = 0; i < 3; i++) expect(await ask(port)).toMatchObject({ kind: "answered" });
    expect(new Set(seen.map(({ socket }) => socket)).size).toBe(3);
    expect(seen.map(({ reused }) => reused)).toEqual([false, false, false]);
  });

  it("end when the miner publishes another key, and the new one counts at once", async () => {
    const [before, after] = [ofMiner(), ofMiner()];
    const { port, seen, server } = await startMiner(before);
    const { ask, publish, pools } = startValidator({ fingerprint: before.fingerprint });
    expect(await ask(port)).toMatchObject({ kind: "answered" });
    const ended = once(seen[0]?.socket as TLSSocket, "close");
    publish(after.fingerprint);
    await ended;
    expect(pools.size()).toBe(0);
    expect(await ask(port)).toEqual({ kind: "unreachable", reason: "identity" });
    server.setSecureContext({ ...tlsOptions(after), ...tlsServerOptions });
    expect(await ask(port)).toMatchObject({ kind: "answered" });
  });

  it("stay while nothing changes, and end when the miner is deregistered", async () => {
    const good = ofMiner();
    const { port, seen } = await startMiner(good);
    const { ask, publish, pools } = startValidator({ fingerprint: good.fingerprint });
    await ask(port);
    publish(Uint8Array.from(good.fingerprint));
    expect(pools.size()).toBe(1);
    const ended = once(seen[0]?.socket as TLSSocket, "close");
    publish(undefined, []);
    await ended;
    expect(pools.size()).toBe(0);
  });

  it("end with the miner's certificate", async () => {
    const good = ofMiner({ notAfterMs: Date.now() + 1_900 });
    const { port, seen } = await startMiner(good);
    const { ask } = startValidator({ fingerprint: good.fingerprint });
    expect(await ask(port)).toMatchObject({ kind: "answered" });
    await once(seen[0]?.socket as TLSSocket, "close");
    expect(Date.now()).toBeGreaterThanOrEqual(good.notAfterMs - 50);
    expect(await ask(port)).toEqual({ kind: "unreachable", reason: "identity" });
  });

  it("are replaced when our certificate is renewed, before the miner has to turn them away", async () => {
    let offsetMs = 0;
    const good = ofMiner();
    const { port, seen } = await startMiner(good);
    const { ask, identity } = startValidator({ fingerprint: good.fingerprint, now: () => Date.now() + offsetMs });
    const first = identity.current();
    await ask(port);
    offsetMs = 2 * hourMs + 2_000;
    await ask(port);
    expect(seen.map(({ shown }) => shown)).toEqual([first.der, identity.current().der]);
    expect(identity.current().der).not.toEqual(first.der);
  });
});
