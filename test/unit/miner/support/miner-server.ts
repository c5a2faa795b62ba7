import { type IncomingMessage, request as httpRequest } from "node:http";
import { createAdmission } from "@subnetkit/miner/admission/admission";
import { noLists } from "@subnetkit/miner/admission/caller-lists";
import { createCallers } from "@subnetkit/miner/admission/callers";
import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import type { Refusal } from "@subnetkit/miner/admission/refusal";
import { axonWire } from "@subnetkit/miner/dialects/axon-wire";
import type { RequestOutcome } from "@subnetkit/miner/metrics";
import type { ModelStore } from "@subnetkit/miner/runtime/model-store";
import { createScheduler } from "@subnetkit/miner/scheduler/scheduler";
import { createMinerServer } from "@subnetkit/miner/server/create-server";
import { jsonWire } from "@subnetkit/miner/server/wire";
import { createSolverHost } from "@subnetkit/miner/solving/solver-host";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Health } from "@subnetkit/shared/metrics/server";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { btauthDialect, signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import type { AnsweredRequest } from "@subnetkit/shared/protocol/response-signature";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { metagraph, neuron } from "./neurons.ts";
import { openAddresses, openBodies } from "./open-addresses.ts";

export const miner = keypairFromUri("//Miner");
export const validator = keypairFromUri("//Validator");

/** A whole public server on a free port, with one validator that may ask. */
export async function startMinerServer(
  subnet: SubnetDefinition,
  solvers: object,
  options: { closed?: () => Refusal | undefined; health?: () => Health; maxConcurrent?: number } = {},
) {
  const lines: string[] = [];
  const log = createLogger({ name: "test", level: "info", destination: { write: (line) => lines.push(line) } });
  const outcomes: RequestOutcome[] = [];
  const callers = createCallers();
  callers.replace(metagraph([neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n })]));
  const scheduler = createScheduler({ maxConcurrent: options.maxConcurrent ?? 4, maxQueued: 8 }, { share: () => 1 });
  // The solvers of these tests ask for no model.
  const models = {} as ModelStore;
  const stop = new AbortController();
  const limits = { maxBodyBytes: 20_000, maxConnections: 50, headersTimeoutMs: 2_000, requestTimeoutMs: 4_000 };
  const server = createMinerServer(
    {
      limits: { ...limits, keepAliveTimeoutMs: 15_000 },
      description: { subnet, netuid: 2, hotkey: miner.address, maxRequestBytes: 20_000, dialects: ["btauth", "axon"] },
    },
    {
      admission: createAdmission(
        { receiver: miner.address, scheme: "sr25519", requirePermit: true, minStakeRao: 0n, maxBodyBytes: 20_000 },
        {
          dialects: [btauthDialect(), axonDialect()],
          callers,
          replay: createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 16_000 }),
          rate: createRateLimiter({ perSecond: 1_000, burst: 1_000 }),
          addresses: openAddresses(),
          bodies: openBodies(),
          lists: noLists,
        },
      ),
      scheduler,
      solvers: createSolverHost({ subnet, variant: { label: "test", solvers: solvers as never }, models }),
      wires: { btauth: jsonWire(miner), axon: axonWire(miner) },
      log,
      signal: stop.signal,
      health: options.health ?? (() => ({ live: true, ready: true, degraded: false, reasons: [], info: {} })),
      ...(options.closed === undefined ? {} : { closed: options.closed }),
      onOutcome: (outcome) => outcomes.push(outcome),
      onSolved: () => undefined,
    },
  );
  const port = await server.listen("127.0.0.1", 0);
  return { port, outcomes, lines, scheduler, stop, server };
}

/** Sends a signed request; resolves with the response as soon as its head is there. */
export function open(
  port: number,
  task: string,
  body: unknown,
  { accept = "application/json", nonceNs = nextNonceNs() }: { accept?: string; nonceNs?: bigint } = {},
): Promise<IncomingMessage> {
  const text = JSON.stringify(body);
  const path = `/v1/tasks/${task}`;
  const signed = { method: "POST", target: path, body: Buffer.from(text), receiver: miner.address, nonceNs };
  const headers = { ...signRequest({ ...signed, keypair: validator }), accept, "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, method: "POST", path, headers, agent: false }, resolve);
    request.on("error", reject);
    request.end(text);
  });
}

/** What the answer to `open(port, task, body, { nonceNs })` has to be bound to. */
export function answered(task: string, body: unknown, nonceNs: bigint): AnsweredRequest {
  const requestSha256 = sha256Hex(JSON.stringify(body));
  return { requestNonce: nonceNs, validator: validator.address, target: `/v1/tasks/${task}`, requestSha256 };
}

/** The whole body of a response. */
export async function bodyOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
