import { setMaxListeners } from "node:events";
import { type AddressLimits, createAddressGuard } from "@subnetkit/miner/admission/address-guard";
import { createAdmission, type Stage } from "@subnetkit/miner/admission/admission";
import { createBodyBudget } from "@subnetkit/miner/admission/body-budget";
import { noLists } from "@subnetkit/miner/admission/caller-lists";
import { createCallers } from "@subnetkit/miner/admission/callers";
import type { ConnectionRefusal, HandshakeLimits } from "@subnetkit/miner/admission/connection-guard";
import type { KnownAddress } from "@subnetkit/miner/admission/known-addresses";
import { createRateLimiter, type RateLimit } from "@subnetkit/miner/admission/rate-limiter";
import type { Refusal } from "@subnetkit/miner/admission/refusal";
import { axonWire } from "@subnetkit/miner/dialects/axon-wire";
import type { RequestOutcome } from "@subnetkit/miner/metrics";
import type { ModelStore } from "@subnetkit/miner/runtime/model-store";
import type { SharePolicy } from "@subnetkit/miner/scheduler/policy";
import { createScheduler, type Scheduler, type SchedulerOptions } from "@subnetkit/miner/scheduler/scheduler";
import { createMinerServer } from "@subnetkit/miner/server/create-server";
import type { ServerLimits } from "@subnetkit/miner/server/limits";
import type { HotkeyTls } from "@subnetkit/miner/server/tls";
import { jsonWire } from "@subnetkit/miner/server/wire";
import { createSolverHost } from "@subnetkit/miner/solving/solver-host";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import type { SchemeOf } from "@subnetkit/shared/crypto/scheme-of";
import { createLogger } from "@subnetkit/shared/log/logger";
import type { Health } from "@subnetkit/shared/metrics/server";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { btauthDialect } from "@subnetkit/shared/protocol/btauth";
import { type Dialect, type DialectName, dialectNames } from "@subnetkit/shared/protocol/dialect";
import { epistulaDialect } from "@subnetkit/shared/protocol/epistula/epistula";
import { createMemoryReplayStore, type ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { metagraph, neuron } from "../../unit/miner/support/neurons.ts";

export const miner = keypairFromUri("//Miner");
export const validator = keypairFromUri("//Validator");

type Neurons = Parameters<typeof metagraph>[0];

/** What a test says about its server; generous where it says nothing. */
export type PublicServerOptions = {
  readonly subnet: SubnetDefinition;
  readonly solvers: object;
  /** The miner's own, default {@link miner}. */
  readonly keypair?: Keypair | undefined;
  /** Spoken besides TLS, default all. */
  readonly dialects?: readonly DialectName[] | undefined;
  readonly limits?: Partial<ServerLimits> | undefined;
  /** Who is registered, default one validator with a permit. */
  readonly neurons?: Neurons | undefined;
  /** What each of them signs with, default sr25519. */
  readonly schemeOf?: SchemeOf | undefined;
  readonly minStakeRao?: bigint | undefined;
  readonly rate?: RateLimit | undefined;
  readonly addresses?: AddressLimits | undefined;
  /** From where callers have proven to ask before the server was started. */
  readonly known?: readonly KnownAddress[] | undefined;
  readonly maxUnverifiedBytes?: number | undefined;
  readonly replay?: ReplayStore | undefined;
  /** How old a btauth/1 request may be. */
  readonly maxAgeMs?: number | undefined;
  readonly scheduler?: Partial<SchedulerOptions> | undefined;
  readonly share?: SharePolicy | undefined;
  /** Made from who is registered. */
  readonly tls?: ((callers: ReturnType<typeof createCallers>) => HotkeyTls) | undefined;
  readonly handshakes?: HandshakeLimits | undefined;
  readonly callersIn?: ((network: string) => readonly string[]) | undefined;
  readonly closed?: (() => Refusal | undefined) | undefined;
  readonly health?: (() => Health) | undefined;
  readonly port?: number | undefined;
};

export const plenty = { perSecond: 1_000_000, burst: 1_000_000 };

/** The solvers of these tests ask for none. */
const noModels: ModelStore = {
  get: () => Promise.reject(new Error("there is none")),
  text: () => Promise.reject(new Error("there is none")),
  infos: () => [],
  close: () => Promise.resolve(),
};

/** A test that makes more outcomes counts them. */
const maxOutcomes = 1_000;

/** A miner's whole public server on a port of its own, with everything about it that a test may look at. */
export async function startPublicServer(options: PublicServerOptions) {
  const { subnet, solvers, keypair = miner, dialects = dialectNames, maxAgeMs = 10_000 } = options;
  const lines: string[] = [];
  const log = createLogger({ name: "test", level: "info", destination: { write: (line) => lines.push(line) } });
  const outcomes: RequestOutcome[] = [];
  const refused: ConnectionRefusal[] = [];
  const counts = new Map<RequestOutcome, number>();
  const passed = new Map<Stage, number>();
  const callers = createCallers(options.schemeOf);
  callers.replace(
    metagraph(options.neurons ?? [neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n })]),
  );
  const limits: ServerLimits = {
    maxBodyBytes: 20_000,
    maxConnections: 256,
    headersTimeoutMs: 2_000,
    requestTimeoutMs: 4_000,
    keepAliveTimeoutMs: 5_000,
    ...options.limits,
  };
  const { maxBodyBytes } = limits;
  const addresses = createAddressGuard(options.addresses ?? { requests: plenty, failures: plenty }, {
    announced: (hotkey) => callers.find(hotkey)?.network,
  });
  addresses.learn(options.known ?? []);
  const bodies = createBodyBudget({ maxBytes: options.maxUnverifiedBytes ?? 2 ** 30, maxBodyBytes });
  const dialectOf: Readonly<Record<DialectName, () => Dialect>> = {
    btauth: () => btauthDialect({ maxAgeMs }),
    axon: axonDialect,
    epistula: epistulaDialect,
  };
  const admission = createAdmission(
    {
      receiver: keypair.address,
      requirePermit: true,
      minStakeRao: options.minStakeRao ?? 1n,
      maxBodyBytes,
    },
    {
      dialects: dialectNames.filter((name) => dialects.includes(name)).map((name) => dialectOf[name]()),
      callers,
      replay: options.replay ?? createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 16_000 }),
      rate: createRateLimiter(options.rate ?? plenty),
      addresses,
      lists: noLists,
      bodies,
      onPassed: (stage) => passed.set(stage, (passed.get(stage) ?? 0) + 1),
    },
  );
  const scheduler = createScheduler(
    { maxConcurrent: 4, maxQueued: 8, ...options.scheduler },
    { share: options.share ?? (() => 1) },
  );
  let offered = 0;
  const watched: Scheduler = {
    ...scheduler,
    run: (work, facts) => {
      offered++;
      return scheduler.run(work, facts);
    },
  };
  const stop = new AbortController();
  // Every request under way listens to it.
  setMaxListeners(0, stop.signal);
  const tls = options.tls?.(callers);
  const json = jsonWire(keypair);
  const server = createMinerServer(
    { limits, description: { subnet, netuid: 2, hotkey: keypair.address, maxRequestBytes: maxBodyBytes, dialects } },
    {
      tls,
      handshakes: options.handshakes,
      callersIn: options.callersIn,
      onConnectionRefused: (reason) => refused.push(reason),
      admission,
      scheduler: watched,
      solvers: createSolverHost({ subnet, variant: { label: "test", solvers: solvers as never }, models: noModels }),
      wires: {
        btauth: json,
        epistula: json,
        axon: axonWire(keypair),
        ...(tls === undefined ? {} : { tls: json }),
      },
      log,
      signal: stop.signal,
      health: options.health ?? (() => ({ live: true, ready: true, degraded: false, reasons: [], info: {} })),
      closed: options.closed,
      onOutcome: (outcome) => {
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
        if (outcomes.length < maxOutcomes) outcomes.push(outcome);
      },
      onSolved: () => undefined,
    },
  );
  const port = await server.listen("127.0.0.1", options.port ?? 0);
  return {
    port,
    /** The first outcomes in their order, and how many there were of each. */
    outcomes,
    counts,
    /** Why connections were destroyed at accept. */
    refused,
    passed,
    lines,
    callers,
    addresses,
    bodies,
    admission,
    scheduler,
    /** How often work was offered to the scheduler. */
    offered: () => offered,
    stop,
    server,
  };
}
