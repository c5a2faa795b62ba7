import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Admission, Stage } from "@subnetkit/miner/admission/admission";
import type { ConnectionRefusal } from "@subnetkit/miner/admission/connection-guard";
import type { RequestOutcome } from "@subnetkit/miner/metrics";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { signRequest, type SignRequestOptions } from "@subnetkit/shared/protocol/btauth";
import { miner, type PublicServerOptions, startPublicServer, validator } from "../../../support/miner/public-server.ts";
import { echoSolvers, echoSubnet } from "../support/echo-subnet.ts";
import { neuron } from "../support/neurons.ts";
import { onTestFinished } from "vitest";

export { miner, validator };
export const rival = keypairFromUri("//Rival");
export const stranger = keypairFromUri("//Stranger");

export const target = "/v1/tasks/echo";
export const hello = '{"text":"hello"}';

/** What a test changes about the victim. */
export type VictimOptions = Omit<PublicServerOptions, "subnet" | "solvers" | "neurons"> & {
  /** Of the echo subnet, default its own. */
  readonly solvers?: typeof echoSolvers;
  /** The address of the axon that the validator has announced. */
  readonly validatorIp?: string;
};

/** The real server with every dialect, on a port of its own. */
export type Victim = {
  readonly port: number;
  readonly outcomes: ReadonlyMap<RequestOutcome, number>;
  /** Why connections were destroyed at accept. */
  readonly refused: readonly ConnectionRefusal[];
  readonly passed: ReadonlyMap<Stage, number>;
  /** How often work was offered to the scheduler. */
  readonly offered: () => number;
  readonly unverifiedBytes: () => number;
  /** Places of the scheduler that are taken. */
  readonly inFlight: () => number;
  readonly admission: Admission;
  /** Lines of the log. */
  readonly lines: readonly string[];
  close(graceMs?: number): Promise<void>;
};

/** Starts a victim; generous where a test says nothing, with time-outs short enough to wait for. */
export async function startVictim(options: VictimOptions = {}): Promise<Victim> {
  const { validatorIp: ip, limits, ...others } = options;
  const axon = ip === undefined ? {} : { axon: { ip, port: 1, ipType: 4, version: 1, protocol: 4, block: 1 } as const };
  const permitted = { validatorPermit: true, totalStakeRao: 1_000n };
  const started = await startPublicServer({
    subnet: echoSubnet,
    solvers: echoSolvers,
    neurons: [
      neuron(miner.address),
      neuron(validator.address, { ...permitted, ...axon }),
      neuron(rival.address, permitted),
    ],
    limits: { maxBodyBytes: 64 * 1024, headersTimeoutMs: 300, requestTimeoutMs: 700, ...limits },
    maxUnverifiedBytes: 16 * 1024 * 1024,
    scheduler: { maxConcurrent: 64, maxQueued: 64 },
    ...others,
  });
  const { port, counts, refused, passed, offered, bodies, scheduler, admission, lines, server } = started;
  return {
    port,
    outcomes: counts,
    refused,
    passed,
    offered,
    unverifiedBytes: bodies.held,
    inFlight: scheduler.inFlight,
    admission,
    lines,
    close: (graceMs) => server.close(graceMs),
  };
}

/** The same for one test, at whose end it is closed. */
export async function startOwnVictim(options?: VictimOptions): Promise<Victim> {
  const victim = await startVictim(options);
  onTestFinished(() => victim.close());
  return victim;
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
