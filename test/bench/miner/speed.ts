import type { Row } from "../chain/measure.ts";
import { type Line, openLines, requestText, sendAll, signedText } from "./load.ts";
import { type BenchServer, startServer } from "./process.ts";
import type { ServerKind } from "./server.ts";
import { stranger } from "./subnet.ts";

/** Processor and wall time of the server per request, microseconds. */
type PerRequest = { readonly cpuUs: number; readonly wallUs: number };

type Subject = {
  readonly kind: ServerKind;
  readonly server: BenchServer;
  readonly make: () => Buffer;
  readonly status: number;
  /** Opened by the first sample: one that says nothing after it was opened is closed within seconds. */
  lines: readonly Line[] | undefined;
  readonly samples: PerRequest[];
};

/** Requests of one sample: a tenth of a second and more, so that a collection or a wake-up more or less does not show. */
const countOf = ({ make, kind }: Pick<Subject, "make" | "kind">): number =>
  make === fresh ? 1_000 : kind === "tls" || kind === "bareTls" ? 3_000 : 4_000;

/**
 * Sends the requests of one sample, over connections that stay open from the first sample to the last. Each has a request on its way all the time; signed
 * ones are signed before, so that the load costs the client as little as a bare request does.
 */
async function sample(subject: Subject): Promise<void> {
  const { kind, server, make, status, samples } = subject;
  const count = countOf({ make, kind });
  const texts = Array.from({ length: count + lead }, make);
  subject.lines ??= await openLines(await server.ask("port"), 32, kind === "tls" || kind === "bareTls");
  const { lines } = subject;
  // The first ones pay for what was forgotten while others were measured.
  const first = await sendAll(lines, lead, (i) => texts[i] as Buffer);
  const before = await server.ask("cpuUs");
  const result = await sendAll(lines, count, (i) => texts[lead + i] as Buffer);
  const after = await server.ask("cpuUs");
  const wrong = [...first.statuses, ...result.statuses].filter(([got]) => got !== status);
  if (wrong.length > 0) throw new Error(`${kind}: not all were answered with ${status}, but with ${wrong.join(" ")}`);
  samples.push({ cpuUs: (after - before) / count, wallUs: (result.wallMs * 1000) / count });
}

/** Requests before each sample. */
const lead = 256;

/** Fresh ones, which each are taken once. */
const fresh = (): Buffer => signedText();

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const middle = ({ samples }: Subject): PerRequest => ({
  cpuUs: median(samples.map(({ cpuUs }) => cpuUs)),
  wallUs: median(samples.map(({ wallUs }) => wallUs)),
});

const leastUs = ({ samples }: Subject): number => Math.min(...samples.map(({ cpuUs }) => cpuUs));

/** What one costs over what the other costs: the middle of the ratios of samples that were taken one after the other, and so on the same machine. */
function over(one: Subject, other: Subject): PerRequest {
  const pairs = one.samples.flatMap((each, i) => {
    const against = other.samples[i];
    return against === undefined ? [] : [[each, against] as const];
  });
  return {
    cpuUs: median(pairs.map(([a, b]) => a.cpuUs / b.cpuUs)),
    wallUs: median(pairs.map(([a, b]) => a.wallUs / b.wallUs)),
  };
}

/** Throughput of signed and TLS requests against bare Fastify, and the price of refusing: samples taken in turn, so that all see the same machine. */
export async function speed(quick: boolean): Promise<Row[]> {
  const kinds = ["bare", "checked", "checkedAndSigned", "bareTls", "bareRefusal", "signed", "unsigned", "tls"] as const;
  const servers = await Promise.all(kinds.map(async (kind) => [kind, await startServer(kind)] as const));
  const of = Object.fromEntries(servers) as Record<(typeof kinds)[number], BenchServer>;
  const subject = (kind: (typeof kinds)[number], make: () => Buffer, status = 200): Subject => ({
    kind,
    server: of[kind],
    make,
    status,
    lines: undefined,
    samples: [],
  });
  const plain = requestText({});
  const old = signedText({ nonceNs: 1_700_000_000_000_000_000n });
  const unknown = signedText({ keypair: stranger });
  try {
    const subjects = {
      bare: subject("bare", () => plain),
      // The same bytes as the miner gets.
      checked: subject("checked", fresh),
      checkedAndSigned: subject("checkedAndSigned", fresh),
      bareTls: subject("bareTls", () => plain),
      unsigned: subject("unsigned", fresh),
      signed: subject("signed", fresh),
      tls: subject("tls", () => plain),
      bareRefusal: subject("bareRefusal", () => plain, 401),
    };
    const refusals = {
      unsigned: subject("signed", () => plain, 401),
      "unknown caller": subject("signed", () => unknown, 403),
      "stale request": subject("signed", () => old, 401),
    };
    const all = [...Object.values(subjects), ...Object.values(refusals)];
    // Until compiled code and heap are as they stay.
    for (let k = 0; k < 6; k++) for (const each of all) await sample(each);
    for (const each of all) each.samples.length = 0;
    for (let k = 0; k < (quick ? 9 : 27); k++) for (const each of all) await sample(each);
    return rows(subjects, await of.signed.ask("operations"), refusals);
  } finally {
    await Promise.all(servers.map(([, server]) => server.stop()));
  }
}

type Subjects = Readonly<
  Record<"bare" | "checked" | "checkedAndSigned" | "bareTls" | "unsigned" | "signed" | "tls" | "bareRefusal", Subject>
>;

function rows(
  { bare, checked, checkedAndSigned, bareTls, unsigned, signed, tls, bareRefusal }: Subjects,
  { verifyUs, signUs, claimUs }: { readonly verifyUs: number; readonly signUs: number; readonly claimUs: number },
  refusals: Readonly<Record<string, Subject>>,
): Row[] {
  const us = (what: string, subject: Subject, budget?: number): Row => {
    const { cpuUs: cpu, wallUs: wall } = middle(subject);
    // Less than all of the time: another process had the core, or the load was not enough.
    const note = `server busy ${Math.round((100 * cpu) / wall)} %; ${leastUs(subject).toFixed(1)} at least`;
    return {
      what,
      cpu,
      wall,
      unit: "us per request",
      better: "less",
      note,
      ...(budget === undefined ? {} : { budget }),
    };
  };
  const ratio = (what: string, one: Subject, other: Subject, note: string, budget?: number): Row => {
    const { cpuUs: cpu, wallUs: wall } = over(one, other);
    // What disturbs a sample makes it dearer, so the cheapest of each are what an idle machine is nearest to.
    const least = (leastUs(one) / leastUs(other)).toFixed(2);
    return {
      what,
      cpu,
      wall,
      unit: "ratio",
      better: "more",
      note: `${note}; ${least} by the cheapest samples`,
      ...(budget === undefined ? {} : { budget }),
    };
  };
  const alone = (what: string, each: number): Row => ({ what, cpu: each, wall: each, unit: "us" });
  const cost = middle(signed);
  return [
    us("bare Fastify, JSON in and out by schema", bare),
    us("bare Fastify and one check of a signature", checked),
    us("bare Fastify, one check and one signature made", checkedAndSigned),
    us("bare Fastify over mutual TLS", bareTls),
    us("btauth/1 sr25519, answer unsigned", unsigned),
    us("btauth/1 sr25519, answer signed", signed),
    us("hotkey-bound TLS", tls),
    alone("one check alone, in a loop", verifyUs),
    alone("one signature alone, in a loop", signUs),
    ratio("btauth/1, answer unsigned", checked, unsigned, "of bare Fastify and one check", 0.9),
    ratio("btauth/1, answer signed", checkedAndSigned, signed, "of bare Fastify, one check and one signature", 0.9),
    ratio("btauth/1, answer signed", checked, signed, "of bare Fastify and one check: our signature is all overhead"),
    ratio("hotkey-bound TLS", bare, tls, "of bare Fastify over plain HTTP", 0.7),
    ratio("bare Fastify over mutual TLS", bare, bareTls, "of bare Fastify over plain HTTP: what TLS leaves"),
    {
      what: "replay protection",
      cpu: (100 * claimUs) / cost.cpuUs,
      wall: (100 * claimUs) / cost.wallUs,
      unit: "% of a request",
      budget: 5,
      better: "less",
      note: `${claimUs.toFixed(2)} us per claim`,
    },
    us("node:http alone, a refusal of the same length", bareRefusal),
    ...Object.entries(refusals).map(([name, each]) => us(`refusing: ${name}`, each, 20)),
  ];
}
