import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type AddressLimits, createAddressGuard } from "@subnetkit/miner/admission/address-guard";
import { type Admission, createAdmission, type Stage } from "@subnetkit/miner/admission/admission";
import type { KnownAddress } from "@subnetkit/miner/admission/known-addresses";
import { createBodyBudget } from "@subnetkit/miner/admission/body-budget";
import { noLists } from "@subnetkit/miner/admission/caller-lists";
import { createCallers } from "@subnetkit/miner/admission/callers";
import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import { axonWire } from "@subnetkit/miner/dialects/axon-wire";
import type { RequestOutcome } from "@subnetkit/miner/metrics";
import type { ModelStore } from "@subnetkit/miner/runtime/model-store";
import { createScheduler, type Scheduler } from "@subnetkit/miner/scheduler/scheduler";
import { createMinerServer } from "@subnetkit/miner/server/create-server";
import type { ServerLimits } from "@subnetkit/miner/server/limits";
import { jsonWire } from "@subnetkit/miner/server/wire";
import { createSolverHost } from "@subnetkit/miner/solving/solver-host";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { btauthDialect, signRequest, type SignRequestOptions } from "@subnetkit/shared/protocol/btauth";
import { epistulaDialect } from "@subnetkit/shared/protocol/epistula/epistula";
import { createMemoryReplayStore, type ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { echoSolvers, echoSubnet } from "../support/echo-subnet.ts";
import { metagraph, neuron } from "../support/neurons.ts";

export const miner = keypairFromUri("//Miner");
export const validator = keypairFromUri("//Validator");
export const rival = keypairFromUri("//Rival");
export const stranger = keypairFromUri("//Stranger");

export const target = "/v1/tasks/echo";
export const hello = '{"text":"hello"}';

/** What a test changes about the victim. */
export type VictimOptions = {
  readonly limits?: Partial<ServerLimits>;
  readonly replay?: ReplayStore;
  readonly addresses?: AddressLimits;
  /** From where callers have proven to ask before the victim was started. */
  readonly known?: readonly KnownAddress[];
  /** The address of the axon that the validator has announced. */
  readonly validatorIp?: string;
  readonly maxUnverifiedBytes?: number;
  /** How old a btauth/1 request may be. */
  readonly maxAgeMs?: number;
};

/** The real server with every dialect, on a port of its own. */
export type Victim = {
  readonly port: number;
  readonly outcomes: Map<RequestOutcome, number>;
  readonly passed: Map<Stage, number>;
  /** How often work was offered to the scheduler. */
  readonly offered: () => number;
  readonly unverifiedBytes: () => number;
  readonly admission: Admission;
  /** Lines of the log. */
  readonly lines: readonly string[];
  close(): Promise<void>;
};

const noModels: ModelStore = {
  get: () => Promise.reject(new Error("there is none")),
  text: () => Promise.reject(new Error("there is none")),
  infos: () => [],
  close: () => Promise.resolve(),
};

const plenty = { perSecond: 1_000_000, burst: 1_000_000 };

/** Starts a victim; generous where a test says nothing, with time-outs short enough to wait for. */
export async function startVictim(options: VictimOptions = {}): Promise<Victim> {
  const lines: string[] = [];
  const log = createLogger({ name: "test", level: "info", destination: { write: (line) => lines.push(line) } });
  const outcomes = new Map<RequestOutcome, number>();
  const passed = new Map<Stage, number>();
  const callers = createCallers();
  callers.replace(
    metagraph([
      neuron(miner.address),
      neuron(validator.address, {
        validatorPermit: true,
        totalStakeRao: 1_000n,
        ...(options.validatorIp === undefined
          ? {}
          : { axon: { ip: options.validatorIp, port: 1, ipType: 4, version: 1, protocol: 4, block: 1 } }),
      }),
      neuron(rival.address, { validatorPermit: true, totalStakeRao: 1_000n }),
    ]),
  );
  const addresses = createAddressGuard(options.addresses ?? { requests: plenty, failures: plenty }, {
    announced: (hotkey) => callers.find(hotkey)?.network,
  });
  addresses.learn(options.known ?? []);
  const maxBodyBytes = options.limits?.maxBodyBytes ?? 64 * 1024;
  const bodies = createBodyBudget({ maxBytes: options.maxUnverifiedBytes ?? 16 * 1024 * 1024, maxBodyBytes });
  const admission = createAdmission(
    { receiver: miner.address, scheme: "sr25519", requirePermit: true, minStakeRao: 1n, maxBodyBytes },
    {
      dialects: [btauthDialect({ maxAgeMs: options.maxAgeMs ?? 10_000 }), axonDialect(), epistulaDialect()],
      callers,
      replay: options.replay ?? createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 16_000 }),
      rate: createRateLimiter(plenty),
      addresses,
      lists: noLists,
      bodies,
      onPassed: (stage) => passed.set(stage, (passed.get(stage) ?? 0) + 1),
    },
  );
  let offered = 0;
  const scheduler = createScheduler({ maxConcurrent: 64, maxQueued: 64 }, { share: () => 1 });
  const watched: Scheduler = {
    ...scheduler,
    run: (work, facts) => {
      offered++;
      return scheduler.run(work, facts);
    },
  };
  const server = createMinerServer(
    {
      limits: {
        maxConnections: 256,
        headersTimeoutMs: 300,
        requestTimeoutMs: 700,
        keepAliveTimeoutMs: 5_000,
        ...options.limits,
        maxBodyBytes,
      },
      description: {
        subnet: echoSubnet,
        netuid: 2,
        hotkey: miner.address,
        maxRequestBytes: maxBodyBytes,
        dialects: ["btauth", "axon", "epistula"],
      },
    },
    {
      admission,
      scheduler: watched,
      solvers: createSolverHost({
        subnet: echoSubnet,
        variant: { label: "echo", solvers: echoSolvers as never },
        models: noModels,
      }),
      wires: { btauth: jsonWire(miner), epistula: jsonWire(miner), axon: axonWire(miner) },
      log,
      signal: new AbortController().signal,
      health: () => ({ live: true, ready: true, degraded: false, reasons: [], info: {} }),
      onOutcome: (outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1),
      onSolved: () => undefined,
    },
  );
  return {
    port: await server.listen("127.0.0.1", 0),
    outcomes,
    passed,
    offered: () => offered,
    unverifiedBytes: bodies.held,
    admission,
    lines,
    close: () => server.close(),
  };
}

/** Headers of a request that the victim answers, unless a test changes what is signed. */
export function signed(changes: Partial<SignRequestOptions> = {}): Record<string, string> {
  return signRequest({
    method: "POST",
    target,
    body: Buffer.from(hello),
    keypair: validator,
    receiver: miner.address,
    ...changes,
  });
}

/** The text of a request, byte for byte as given: no client would send most of what is needed here. */
export function raw(
  headers: readonly (readonly [string, string])[] | Readonly<Record<string, string>>,
  body = hello,
  { method = "POST", path = target }: { readonly method?: string; readonly path?: string } = {},
): string {
  const lines = Array.isArray(headers) ? headers : Object.entries(headers);
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
}

/** A good request as text. */
export function good(): string {
  return raw({ host: "x", "content-length": String(hello.length), ...signed() });
}

/** Opens a connection that never makes the test fail by itself. */
export async function dial(port: number, localAddress = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => undefined);
  // An end that nobody reads up to is never seen.
  socket.resume();
  await Promise.race([once(socket, "connect"), once(socket, "close")]);
  return socket;
}

/** Sends text and reads until the server closes or `enough` has been read. */
export async function exchange(
  port: number,
  text: string,
  enough: (read: string) => boolean,
  localAddress?: string,
): Promise<string> {
  const socket = await dial(port, localAddress);
  let read = "";
  const done = new Promise<string>((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      read += chunk.toString("latin1");
      if (enough(read)) resolve(read);
    });
    socket.on("close", () => resolve(read));
  });
  socket.write(text, "latin1");
  const result = await done;
  socket.destroy();
  return result;
}

/** The statuses of all responses in a text, in their order. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}

/** Sends one request; its answer's status and error code, or status 0 when the connection was closed without one. */
export async function ask(
  port: number,
  text: string,
  localAddress?: string,
): Promise<{ readonly status: number; readonly code: string }> {
  // An answer of ours is complete with its JSON; Node's own have no body.
  const whole = (so: string): boolean => /\r\n\r\n.*\}$/s.test(so) || /connection: close\r\n\r\n$/i.test(so);
  const read = await exchange(port, text, whole, localAddress);
  return { status: statuses(read)[0] ?? 0, code: /"code":"(\w+)"/.exec(read)?.[1] ?? "" };
}

/** The status alone. */
export async function statusOf(port: number, text: string): Promise<number> {
  return (await ask(port, text)).status;
}

/** A signed request with its length, as text. */
export function request(changes: Partial<SignRequestOptions> = {}, headers: Record<string, string> = {}): string {
  const body = Buffer.from(changes.body ?? Buffer.from(hello));
  return raw(
    { host: "x", "content-length": String(body.length), ...signed(changes), ...headers },
    body.toString("latin1"),
  );
}
