import { createServer } from "node:net";
import { appError } from "@subnetkit/shared/errors/app-error";
import { portOwner } from "@subnetkit/shared/util/portOwner";

/** Which process listens where. All on 127.0.0.1; everything is `base` plus a fixed offset, so a person can guess it. */
export type PortPlan = {
  readonly base: number;
  readonly chain: number;
  readonly redis: number;
  readonly supervisor: number;
  readonly chainMetrics: number;
  readonly validatorMetrics: readonly number[];
  readonly minerAxons: readonly number[];
  readonly minerMetrics: readonly number[];
};

export const DEFAULT_PORT_BASE = 9900;
/** Offsets leave room for this many of each. */
export const MAX_VALIDATORS = 64;
export const MAX_MINERS = 250;
const HIGHEST_OFFSET = 500 + MAX_MINERS;

/** The ports of a network. Throws E_USAGE when they would not fit below 65,536 or would need root. */
export function portPlan(base: number, validators: number, miners: number): PortPlan {
  if (!Number.isInteger(base) || base < 1024 || base + HIGHEST_OFFSET > 65_535) {
    throw appError("E_USAGE", {
      problem: `--port-base ${base} is not between 1024 and ${65_535 - HIGHEST_OFFSET}`,
      remedies: ["npm start -- --port-base 20000"],
    });
  }
  const from = (offset: number, count: number): number[] => Array.from({ length: count }, (_, i) => base + offset + i);
  return {
    base,
    chain: base + 44,
    redis: base + 90,
    supervisor: base + 100,
    chainMetrics: base + 101,
    validatorMetrics: from(120, validators),
    minerAxons: from(200, miners),
    minerMetrics: from(500, miners),
  };
}

type NamedPort = { readonly port: number; readonly what: string };

/** Every port of the plan with what it is for, in the order a person cares. */
export function namedPorts(plan: PortPlan, ownRedis: boolean): NamedPort[] {
  return [
    { port: plan.chain, what: "the dev chain" },
    ...(ownRedis ? [{ port: plan.redis, what: "Redis" }] : []),
    { port: plan.supervisor, what: "the supervisor's metrics" },
    { port: plan.chainMetrics, what: "the chain's metrics" },
    ...plan.validatorMetrics.map((port, i) => ({ port, what: `validator ${i}'s metrics` })),
    ...plan.minerAxons.map((port, i) => ({ port, what: `miner ${i}'s axon` })),
    ...plan.minerMetrics.map((port, i) => ({ port, what: `miner ${i}'s metrics` })),
  ];
}

/** Throws E_PORT_BUSY, naming who holds the port, unless all of them can be listened on. Never chooses another port. */
export async function checkPorts(ports: readonly NamedPort[], base: number): Promise<void> {
  const states = await Promise.all(ports.map(async (entry) => ({ ...entry, busy: await isBusy(entry.port) })));
  const first = states.find(({ busy }) => busy);
  if (first === undefined) return;
  const owner = portOwner(first.port);
  const others = states.filter(({ busy }) => busy).length - 1;
  const held =
    owner === undefined
      ? "another process listens there"
      : `another process listens there (pid ${owner.pid}, started ${owner.startedAt})`;
  const elsewhere = base >= 20_000 && base < 30_000 ? 30_000 : 20_000;
  throw appError("E_PORT_BUSY", {
    port: first.port,
    host: "127.0.0.1",
    what: first.what,
    pid: owner?.pid,
    short: `port ${first.port} is taken${owner === undefined ? "" : ` by pid ${owner.pid}: ${owner.command}`}`,
    causeText: `${held}${owner?.command ? `\n${owner.command}` : ""}${others > 0 ? `\nand ${others} more of our ports are taken` : ""}`,
    remedies: [
      ...(owner === undefined ? [] : [`stop it:            kill ${owner.pid}`]),
      `${owner === undefined ? "" : "or "}move this one:   npm start -- --port-base ${elsewhere}`,
    ],
  });
}

function isBusy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(true));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(false)));
  });
}
