import type { Row } from "../chain/measure.ts";
import { openLines, signedText, requestText, sendAll } from "./load.ts";
import { type BenchServer, startServer } from "./process.ts";
import type { ServerKind } from "./server.ts";
import { stranger } from "./subnet.ts";

/** Processor and wall time of the server per request, microseconds. */
type PerRequest = { readonly cpuUs: number; readonly wallUs: number };

type Subject = {
  readonly kind: ServerKind;
  readonly server: BenchServer;
  readonly port: number;
  readonly make: (index: number) => Buffer;
  readonly status: number;
  readonly samples: PerRequest[];
};

/** Runs the requests of a subject once. Everything is signed before, so that the load costs the client as little as a bare request does. */
async function sample({ kind, server, port, make, status, samples }: Subject, count: number): Promise<void> {
  const texts = Array.from({ length: count }, (_, i) => make(i));
  const lines = await openLines(port, 32, kind === "tls");
  const before = await server.ask("cpuUs");
  const result = await sendAll(lines, count, (i) => texts[i] as Buffer);
  const after = await server.ask("cpuUs");
  const right = result.statuses.get(status) ?? 0;
  if (right !== count)
    throw new Error(
      `${kind}: ${count - right} of ${count} were not answered with ${status}: ${[...result.statuses].join(" ")}`,
    );
  samples.push({ cpuUs: (after - before) / count, wallUs: (result.wallMs * 1000) / count });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const middle = ({ samples }: Subject): PerRequest => ({
  cpuUs: median(samples.map(({ cpuUs }) => cpuUs)),
  wallUs: median(samples.map(({ wallUs }) => wallUs)),
});

/** Throughput of signed and TLS requests against bare Fastify, and the price of refusing: samples taken in turn, so that all see the same machine. */
export async function speed(quick: boolean): Promise<Row[]> {
  const kinds = ["bare", "signed", "unsigned", "tls"] as const;
  const servers = await Promise.all(kinds.map(async (kind) => [kind, await startServer(kind)] as const));
  const of = Object.fromEntries(servers) as Record<(typeof kinds)[number], BenchServer>;
  const subject = async (
    kind: (typeof kinds)[number],
    make: (index: number) => Buffer,
    status = 200,
  ): Promise<Subject> => ({
    kind,
    server: of[kind],
    port: await of[kind].ask("port"),
    make,
    status,
    samples: [],
  });
  const plain = requestText({});
  const old = signedText({ nonceNs: 1_700_000_000_000_000_000n });
  const unknown = signedText({ keypair: stranger });
  try {
    const bare = await subject("bare", () => plain);
    const signed = await subject("signed", () => signedText());
    const unsigned = await subject("unsigned", () => signedText());
    const tls = await subject("tls", () => plain);
    const refusals = {
      unsigned: await subject("signed", () => plain, 401),
      "unknown caller": await subject("signed", () => unknown, 403),
      "stale request": await subject("signed", () => old, 401),
    };
    const all = [bare, signed, unsigned, tls, ...Object.values(refusals)];
    const count = quick ? 2_000 : 5_000;
    for (const each of all) await sample(each, quick ? 4_000 : 6_000);
    for (const each of all) each.samples.length = 0;
    for (let k = 0; k < (quick ? 3 : 7); k++) for (const each of all) await sample(each, count);
    const operations = await of.signed.ask("operations");
    return rows(
      { bare: middle(bare), signed: middle(signed), unsigned: middle(unsigned), tls: middle(tls) },
      operations,
      refusals,
    );
  } finally {
    await Promise.all(servers.map(([, server]) => server.stop()));
  }
}

function rows(
  { bare, signed, unsigned, tls }: Record<"bare" | "signed" | "unsigned" | "tls", PerRequest>,
  { verifyUs, signUs, claimUs }: { readonly verifyUs: number; readonly signUs: number; readonly claimUs: number },
  refusals: Readonly<Record<string, Subject>>,
): Row[] {
  const us = (what: string, cost: PerRequest, budget?: number): Row => ({
    what,
    cpu: cost.cpuUs,
    wall: cost.wallUs,
    unit: "us per request",
    better: "less",
    ...(budget === undefined ? {} : { budget }),
  });
  const ratio = (what: string, of: PerRequest, extraUs: number, budget: number, note: string): Row => ({
    what,
    cpu: (bare.cpuUs + extraUs) / of.cpuUs,
    wall: (bare.wallUs + extraUs) / of.wallUs,
    unit: "ratio",
    budget,
    better: "more",
    note,
  });
  const alone = (what: string, each: number): Row => ({ what, cpu: each, wall: each, unit: "us" });
  return [
    us("bare Fastify, JSON in and out by schema", bare),
    us("btauth/1 sr25519, response unsigned", unsigned),
    us("btauth/1 sr25519, response signed", signed),
    us("hotkey-bound TLS", tls),
    alone("one signature check alone", verifyUs),
    alone("one signature made alone", signUs),
    ratio("btauth/1, response unsigned", unsigned, verifyUs, 0.9, "of bare Fastify and one check"),
    ratio("btauth/1, response signed", signed, verifyUs + signUs, 0.9, "of bare Fastify, one check and one signature"),
    ratio("hotkey-bound TLS", tls, 0, 0.7, "of bare Fastify over plain HTTP"),
    {
      what: "replay protection",
      cpu: (100 * claimUs) / signed.cpuUs,
      wall: (100 * claimUs) / signed.wallUs,
      unit: "% of a request",
      budget: 5,
      better: "less",
      note: `${claimUs.toFixed(2)} us per claim`,
    },
    ...Object.entries(refusals).map(([name, each]) => us(`refusing: ${name}`, middle(each), 20)),
  ];
}
