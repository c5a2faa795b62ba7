// Our side of the wire, for Python to talk to: the real miner server, our signers and verifiers, and the validator's own way of asking. One JSON
// command per line on stdin, one JSON answer per line on stdout.

import { createInterface } from "node:readline";
import { createAdmission } from "@subnetkit/miner/admission/admission";
import { noLists } from "@subnetkit/miner/admission/caller-lists";
import { createCallers } from "@subnetkit/miner/admission/callers";
import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import { axonWire } from "@subnetkit/miner/dialects/axon-wire";
import type { ModelStore } from "@subnetkit/miner/runtime/model-store";
import { createScheduler } from "@subnetkit/miner/scheduler/scheduler";
import { createMinerServer } from "@subnetkit/miner/server/create-server";
import { jsonWire } from "@subnetkit/miner/server/wire";
import { createSolverHost } from "@subnetkit/miner/solving/solver-host";
import { type KeyScheme, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { sr25519Except } from "@subnetkit/shared/crypto/scheme-of";
import { createLogger } from "@subnetkit/shared/log/logger";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { pythonPrintable } from "@subnetkit/shared/protocol/axon/python-printable";
import { pythonText } from "@subnetkit/shared/protocol/axon/python-text";
import { btauthDialect, signRequest, verifyRequest } from "@subnetkit/shared/protocol/btauth";
import { type DialectName, dialectNames } from "@subnetkit/shared/protocol/dialect";
import { epistulaDialect, signEpistula } from "@subnetkit/shared/protocol/epistula/epistula";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { verifySigned } from "@subnetkit/shared/protocol/verify-signed";
import type { RequestJson } from "@subnetkit/shared/subnet";
import { askMiner } from "@subnetkit/validator/round/ask";
import type { DialectMemory } from "@subnetkit/validator/round/dialects/memory";
import type { PlannedMiner } from "@subnetkit/validator/round/plan-record";
import { createMinerPools } from "@subnetkit/validator/round/pools";
import { z } from "zod";
import { metagraph, neuron } from "../../unit/miner/support/neurons.ts";
import { openAddresses, openBodies } from "../../unit/miner/support/open-addresses.ts";
import { wireSolvers, wireSubnet } from "./subnet.ts";

const miner = keypairFromUri("//Bob");
const validator = keypairFromUri("//Alice");
/** The same secret under the other scheme is another hotkey; the miner is told which. */
const edValidator = keypairFromUri("//Alice", "ed25519");
const log = createLogger({ name: "peer", level: "silent" });

/** Starts the miner as main.ts puts it together, but for the chain: //Alice may ask in either scheme, //Charlie is registered without a permit. */
async function startMiner(): Promise<number> {
  const callers = createCallers(sr25519Except([edValidator.address]));
  callers.replace(
    metagraph([
      neuron(miner.address),
      neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n }),
      neuron(edValidator.address, { validatorPermit: true, totalStakeRao: 1_000n }),
      neuron(keypairFromUri("//Charlie").address),
    ]),
  );
  const dialects = [btauthDialect(), axonDialect(), epistulaDialect()];
  const maxBodyBytes = 100_000;
  const server = createMinerServer(
    {
      limits: {
        maxBodyBytes,
        maxConnections: 50,
        headersTimeoutMs: 2_000,
        requestTimeoutMs: 4_000,
        keepAliveTimeoutMs: 5_000,
      },
      description: {
        subnet: wireSubnet,
        netuid: 2,
        hotkey: miner.address,
        maxRequestBytes: maxBodyBytes,
        dialects: dialectNames,
      },
    },
    {
      admission: createAdmission(
        { receiver: miner.address, requirePermit: true, minStakeRao: 1n, maxBodyBytes },
        {
          dialects,
          callers,
          // As if it had started long ago: no request has to wait out the quarantine of a fresh store.
          replay: createMemoryReplayStore({ bootNs: 0n, maxAgeMs: Math.max(...dialects.map((d) => d.maxAgeMs)) }),
          rate: createRateLimiter({ perSecond: 1_000, burst: 1_000 }),
          addresses: openAddresses(),
          bodies: openBodies(),
          lists: noLists,
        },
      ),
      scheduler: createScheduler({ maxConcurrent: 4, maxQueued: 8 }, { share: () => 1 }),
      solvers: createSolverHost({
        subnet: wireSubnet,
        variant: { label: "wire", solvers: wireSolvers },
        // The solvers ask for no model.
        models: {} as ModelStore,
      }),
      wires: { btauth: jsonWire(miner), axon: axonWire(miner), epistula: jsonWire(miner) },
      log,
      health: () => ({ live: true, ready: true, degraded: false, reasons: [], info: {} }),
      signal: new AbortController().signal,
      onOutcome: () => undefined,
      onSolved: () => undefined,
    },
  );
  return server.listen("127.0.0.1", 0);
}

/** What a validator remembers of miners, in memory. */
const spoken = new Map<string, DialectName>();
const memory: DialectMemory = {
  known: ({ hotkey }) => spoken.get(hotkey),
  learn: ({ hotkey }, dialect) => void spoken.set(hotkey, dialect),
  flush: () => Promise.resolve(),
};
const pools = createMinerPools();

const scheme = z.enum(["sr25519", "ed25519"]);
const headers = z.record(z.string(), z.string());

const commands = {
  /** Signs with btauth/1 as //Alice. */
  "btauth.sign": (input: unknown) => {
    const { body, ...options } = z
      .object({ scheme, method: z.string(), target: z.string(), body: z.string(), receiver: z.string() })
      .parse(input);
    const keypair = keypairFromUri("//Alice", options.scheme);
    return { headers: signRequest({ ...options, body: Buffer.from(body), keypair }) };
  },
  /** Verifies btauth/1 that was signed for //Bob. */
  "btauth.verify": async (input: unknown) => {
    const options = z
      .object({ scheme, method: z.string(), target: z.string(), body: z.string(), headers })
      .parse(input);
    const expectedScheme: KeyScheme = options.scheme;
    const replay = createMemoryReplayStore({ bootNs: 0n });
    const receiver = miner.address;
    const body = Buffer.from(options.body);
    const verdict = await verifyRequest({ ...options, body, receiver, expectedScheme, replay });
    return verdict.kind === "accepted" ? { kind: "accepted", hotkey: verdict.hotkey } : verdict;
  },
  /** Python's text of values that are given as JSON, where Python knows so much of Unicode. */
  "python.text": (input: unknown) => {
    const { values, unicode } = z.object({ values: z.array(z.string()), unicode: z.string() }).parse(input);
    const level = pythonPrintable.findIndex((python) => unicode.startsWith(python.unicode)) + 1;
    const texts = values.map((json) => {
      const node = readJsonObject(`{"value":${json}}`)?.get("value")?.node;
      return node === undefined ? null : pythonText(node, level);
    });
    return { texts };
  },
  "epistula.sign": (input: unknown) => {
    const { body, receiver } = z.object({ body: z.string(), receiver: z.string() }).parse(input);
    return { headers: signEpistula({ body: Buffer.from(body), keypair: validator, receiver }).headers };
  },
  /** Verifies Epistula that was signed for //Bob. */
  "epistula.verify": async (input: unknown) => {
    const { body, headers: sent } = z.object({ body: z.string(), headers }).parse(input);
    const context = { receiver: miner.address, scheme: "sr25519", nowNs: BigInt(Date.now()) * 1_000_000n } as const;
    const dialect = epistulaDialect();
    const check = dialect.precheck(sent, context);
    if (check.kind === "refused") return check;
    const request = { method: "POST", target: "/", headers: sent, body: Buffer.from(body) };
    const replay = createMemoryReplayStore({ bootNs: 0n });
    const verdict = await verifySigned(dialect, check.claim, request, context, { replay });
    return verdict.kind === "accepted" ? { kind: "accepted", hotkey: check.claim.hotkey } : verdict;
  },
  /** Asks a miner on this machine as a validator does; gives the outcome and the dialect it came in. */
  ask: async (input: unknown) => {
    const {
      task: id,
      request,
      hotkey,
      port,
      acceptUnsigned,
      uri,
    } = z
      .object({
        task: z.enum(["echo", "hashed", "spelled"]),
        request: z.string(),
        hotkey: z.string(),
        port: z.number(),
        acceptUnsigned: z.boolean(),
        uri: z.string().default("//Alice"),
      })
      .parse(input);
    const task = wireSubnet.tasks[id];
    if (task === undefined) throw new Error(`no task ${id}`);
    const planned: PlannedMiner = { hotkey, uid: 0, endpoint: { ip: "127.0.0.1", port, ipType: 4 } };
    const tried: string[] = [];
    const outcome = await askMiner(
      planned,
      { task, requestJson: request as RequestJson, signal: new AbortController().signal },
      { allowPrivate: true, acceptUnsigned },
      { pools, keypair: keypairFromUri(uri), memory, onDialect: (dialect) => tried.push(dialect) },
    );
    return { outcome, tried };
  },
} as const;

const port = await startMiner();
process.stdout.write(`${JSON.stringify({ port, hotkey: miner.address })}\n`);
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { command, input } = z
    .object({ command: z.enum(Object.keys(commands) as [keyof typeof commands]), input: z.unknown() })
    .parse(JSON.parse(line));
  void Promise.resolve(commands[command](input)).then(
    (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`),
    (error: unknown) => process.stdout.write(`${JSON.stringify({ failed: String(error) })}\n`),
  );
});
lines.on("close", () => process.exit(0));
