import { once, setMaxListeners } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { createAddressGuard } from "@subnetkit/miner/admission/address-guard";
import { createAdmission } from "@subnetkit/miner/admission/admission";
import { createBodyBudget } from "@subnetkit/miner/admission/body-budget";
import { noLists } from "@subnetkit/miner/admission/caller-lists";
import { createCallers } from "@subnetkit/miner/admission/callers";
import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import { refusals } from "@subnetkit/miner/admission/refusal";
import { createMinerMetrics } from "@subnetkit/miner/metrics";
import type { ModelStore } from "@subnetkit/miner/runtime/model-store";
import { sharePolicy } from "@subnetkit/miner/scheduler/policy";
import { createScheduler } from "@subnetkit/miner/scheduler/scheduler";
import { createMinerServer } from "@subnetkit/miner/server/create-server";
import { createHotkeyTls } from "@subnetkit/miner/server/tls";
import { jsonWire, type Wire, type WireMaker } from "@subnetkit/miner/server/wire";
import { createSolverHost } from "@subnetkit/miner/solving/solver-host";
import { verifySignature } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { btauthDialect } from "@subnetkit/shared/protocol/btauth";
import { epistulaDialect } from "@subnetkit/shared/protocol/epistula/epistula";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { createTlsIdentity, type TlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { tlsOptions, tlsServerOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import Fastify, { type FastifyInstance } from "fastify";
import { metagraph, neuron } from "../../unit/miner/support/neurons.ts";
import { measureBatching } from "./batching.ts";
import type { ServerAnswers } from "./process.ts";
import { benchSubnet, callers as benchCallers, miner, scope, solvers, target } from "./subnet.ts";

/** What the miner is held against: Fastify with JSON in and out by schema, and nothing or little else; for refusals, node:http alone. */
const bareKinds = ["bare", "checked", "checkedAndSigned", "bareTls", "bareRefusal"] as const;
type BareKind = (typeof bareKinds)[number];

/** The kinds of server that are compared. */
export type ServerKind = BareKind | "signed" | "unsigned" | "tls" | "overload";

const isBare = (kind: ServerKind): kind is BareKind => (bareKinds as readonly string[]).includes(kind);

/** Runs a server of this kind for the process that started this one, until it is killed. */
export async function serveKind(kind: ServerKind): Promise<void> {
  const port = await (kind === "bareRefusal" ? bareRefusal() : isBare(kind) ? bareFastify(kind) : minerServer(kind));
  const answers: { [K in keyof ServerAnswers]: () => ServerAnswers[K] | Promise<ServerAnswers[K]> } = {
    port: () => port,
    cpuUs: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    rssBytes: () => {
      globalThis.gc?.();
      return process.memoryUsage().rss;
    },
    operations: measureOperations,
    batching: measureBatching,
  };
  process.on("disconnect", () => process.exit(0));
  process.on("message", (question: keyof ServerAnswers) => {
    void Promise.resolve(answers[question]()).then((answer) => process.send?.({ about: question, answer }));
  });
}

/** Connections are kept while other servers are measured; as Fastify does where nobody says otherwise. */
const keepAliveMs = 72_000;

/** A message as long as what btauth/1 signs, and a signature of it. */
const sample = Buffer.alloc(300, 7);
const sampleSignature = miner.sign(sample);

/**
 * `checked` makes one bare check of a signature per request, `checkedAndSigned` one check and one signature, `bareTls` speaks TLS with certificates on
 * both sides and looks at none. The operations happen in the server and not in a loop beside it: between requests they cost more than warm, and they
 * make the requests dearer.
 */
async function bareFastify(kind: Exclude<BareKind, "bareRefusal">): Promise<number> {
  const app: FastifyInstance =
    kind === "bareTls"
      ? Fastify({
          serverFactory: (handler) =>
            createServer(
              { ...tlsOptions(identity().current()), ...tlsServerOptions, keepAliveTimeout: keepAliveMs },
              handler,
            ),
        })
      : Fastify();
  const text = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
  app.post(target, { schema: { body: text, response: { 200: text } } }, (request, reply) => {
    if (kind === "checked" || kind === "checkedAndSigned")
      verifySignature("sr25519", sample, sampleSignature, miner.publicKey);
    if (kind === "checkedAndSigned") miner.sign(sample);
    return reply.send({ text: (request.body as { text: string }).text });
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Says 401 to everybody, as cheaply as node:http can. */
async function bareRefusal(): Promise<number> {
  const { status, body } = refusals.malformed;
  const headers = { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body) };
  const server = createHttpServer((_request, response) => response.writeHead(status, headers).end(body));
  server.keepAliveTimeout = keepAliveMs;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The same wire without the signature of the response. */
function unsignedWire(): WireMaker {
  const wire = jsonWire(miner);
  return (request) => {
    const signing = wire(request);
    const answer: Wire["answer"] = (reply, { proven, ...rest }) =>
      signing.answer(reply, { ...rest, proven: { ...proven, requestNonce: "" } });
    return { ...signing, answer };
  };
}

async function minerServer(kind: Exclude<ServerKind, BareKind>): Promise<number> {
  const log = createLogger({ name: "bench", level: "error" });
  const callers = createCallers();
  callers.replace(
    metagraph(
      benchCallers.map(({ keypair, stakeRao }) =>
        neuron(keypair.address, { validatorPermit: true, totalStakeRao: stakeRao }),
      ),
    ),
  );
  const plenty = { perSecond: 1e9, burst: 1e9 };
  const maxBodyBytes = 1_048_576;
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  // Counted as a miner counts.
  const metrics = createMinerMetrics();
  const scheduler = createScheduler(
    kind === "overload" ? { maxConcurrent: 2, maxQueued: 64 } : { maxConcurrent: 64, maxQueued: 64 },
    {
      share: sharePolicy("stake", callers.stake),
      onChange: () => {
        metrics.subnetkit_miner_queue_depth.set(scheduler.depth());
        metrics.subnetkit_miner_in_flight.set(scheduler.inFlight());
      },
    },
  );
  const server = createMinerServer(
    {
      // The defaults of the configuration, but for the bounds per address, because the whole load comes from one, and for idle connections.
      limits: {
        maxBodyBytes,
        maxConnections: 512,
        headersTimeoutMs: 2_000,
        requestTimeoutMs: 4_000,
        keepAliveTimeoutMs: keepAliveMs,
      },
      description: {
        subnet: benchSubnet,
        netuid: scope.netuid,
        hotkey: miner.address,
        maxRequestBytes: maxBodyBytes,
        dialects: ["btauth"],
      },
    },
    {
      admission: createAdmission(
        { receiver: miner.address, requirePermit: true, minStakeRao: 0n, maxBodyBytes },
        {
          dialects: [btauthDialect(), axonDialect(), epistulaDialect()],
          callers,
          replay: createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 16_000 }),
          rate: createRateLimiter(plenty),
          addresses: createAddressGuard({ requests: plenty, failures: plenty }),
          lists: noLists,
          bodies: createBodyBudget({ maxBytes: 64 * 1_048_576, maxBodyBytes }),
          onPassed: (stage) => metrics.subnetkit_miner_stage_passed_total.inc({ stage }),
        },
      ),
      scheduler,
      solvers: createSolverHost({
        subnet: benchSubnet,
        variant: { label: "bench", solvers: solvers as never },
        models: noModels,
      }),
      wires: { btauth: kind === "unsigned" ? unsignedWire() : jsonWire(miner), tls: jsonWire(miner) },
      log,
      tls:
        kind === "tls"
          ? createHotkeyTls(scope, {
              identity: identity(),
              knows: (hotkey) => callers.find(hotkey) !== undefined,
            })
          : undefined,
      signal: stopped.signal,
      health: () => ({ live: true, ready: true, degraded: false, reasons: [], info: {} }),
      onOutcome: (outcome) => metrics.subnetkit_miner_requests_total.inc({ outcome }),
      onSolved: (task, solveMs) => metrics.subnetkit_miner_solve_seconds.observe({ task }, solveMs / 1000),
    },
  );
  return server.listen("127.0.0.1", 0);
}

const identity = (): TlsIdentity => createTlsIdentity({ ...scope, keypair: miner, role: "miner" });

const noModels: ModelStore = {
  get: () => Promise.reject(new Error("there is none")),
  text: () => Promise.reject(new Error("there is none")),
  infos: () => [],
  close: () => Promise.resolve(),
};

/** Each alone, warm, with a message as long as what btauth/1 signs. */
function measureOperations(): ServerAnswers["operations"] {
  const message = Buffer.alloc(300, 7);
  const { publicKey } = miner;
  const signature = miner.sign(message);
  const store = createMemoryReplayStore({ bootNs: 0n });
  const hotkey = miner.address;
  const startNs = BigInt(Date.now()) * 1_000_000n;
  let nonce = 0n;
  const claim = (): void => {
    nonce += 100_000n;
    store.claim({ hotkey, replayId: (startNs + nonce).toString(), issuedNs: startNs + nonce });
  };
  return {
    verifyUs: perCallUs(() => verifySignature("sr25519", message, signature, publicKey), 1_000),
    signUs: perCallUs(() => miner.sign(message), 1_000),
    claimUs: perCallUs(claim, 50_000),
  };
}

/** The middle of five runs. */
function perCallUs(call: () => unknown, calls: number): number {
  const run = (): number => {
    const before = process.cpuUsage();
    for (let i = 0; i < calls; i++) call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  };
  run();
  return [run(), run(), run(), run(), run()].sort((a, b) => a - b)[2] ?? Number.NaN;
}
