import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { body, callers, miner, scope, target } from "./subnet.ts";

/** A request as bytes. */
export function requestText(headers: Readonly<Record<string, string>>, path = target): Buffer {
  const lines = { host: "x", "content-type": "application/json", "content-length": String(body.length), ...headers };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join("")}\r\n`), body]);
}

/** A signed one; fresh, because each is taken only once. */
export function signedText(
  options: { readonly keypair?: Keypair; readonly path?: string; readonly nonceNs?: bigint } = {},
): Buffer {
  const { path = target, keypair = callers[0]?.keypair ?? miner, nonceNs } = options;
  const fresh = nonceNs === undefined ? {} : { nonceNs };
  return requestText(
    signRequest({ method: "POST", target: path, body, keypair, receiver: miner.address, ...fresh }),
    path,
  );
}

/** What a run of requests came to. */
export type LoadResult = { readonly wallMs: number; readonly statuses: ReadonlyMap<number, number> };

/** A kept-alive connection that one request after another is sent on; a status of 0 says that it broke. */
export type Line = {
  send(text: Buffer): Promise<number>;
  /** The same without a promise, for loads that must cost less than what they measure. */
  ask(text: Buffer, give: (status: number) => void): void;
  close(): void;
};

/** Where a status stands in a reply. */
const statusAt = { from: 9, to: 12 } as const;
const statusOf = (reply: Buffer): number => Number(reply.toString("latin1", statusAt.from, statusAt.to));

/** Opens one, over hotkey-bound TLS where asked. */
export async function openLine(port: number, tls = false): Promise<Line> {
  const socket = tls ? await openTls(port) : await openPlain(port);
  let give: ((status: number) => void) | undefined;
  let broken = false;
  let head: Buffer = Buffer.alloc(0);
  /** Of the last reply that came in one piece: one as long with the same status is not read again. */
  let usual = { length: -1, status: 0 };
  /** Bytes of the reply that are still to come; 0 while its head is. */
  let left = 0;
  const answer = (status: number): void => {
    const asked = give;
    give = undefined;
    asked?.(status);
  };
  socket.on("data", (chunk: Buffer) => {
    if (left > 0) {
      left -= chunk.length;
      if (left <= 0) answer(usual.status);
      return;
    }
    if (head.length === 0 && chunk.length === usual.length && statusOf(chunk) === usual.status)
      return answer(usual.status);
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = end + 4 + Number(/content-length: (\d+)/i.exec(head.toString("latin1", 0, end))?.[1] ?? 0);
    usual = { length, status: statusOf(head) };
    left = length - head.length;
    head = Buffer.alloc(0);
    if (left <= 0) answer(usual.status);
  });
  const onBroken = (): void => {
    broken = true;
    answer(0);
  };
  socket.on("error", onBroken);
  socket.on("close", onBroken);
  const ask: Line["ask"] = (text, onStatus) => {
    if (broken) return onStatus(0);
    give = onStatus;
    socket.write(text);
  };
  return { ask, send: (text) => new Promise((resolve) => ask(text, resolve)), close: () => socket.destroy() };
}

function openPlain(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

const identity = createTlsIdentity({ ...scope, keypair: callers[0]?.keypair ?? miner, role: "validator" });

function openTls(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { key, cert } = identity.current();
    const socket = connectTls(
      { port, host: "127.0.0.1", key, cert, rejectUnauthorized: false, minVersion: "TLSv1.3" },
      () => {
        socket.setNoDelay(true);
        resolve(socket);
      },
    );
    socket.once("error", reject);
  });
}

/** Opens so many at once. */
export function openLines(port: number, connections = 32, tls = false): Promise<Line[]> {
  return Promise.all(Array.from({ length: connections }, () => openLine(port, tls)));
}

/** Sends `count` requests over these lines, each as soon as its line is free. `next` is asked for every request. A line that breaks is given up. */
export function sendAll(lines: readonly Line[], count: number, next: (index: number) => Buffer): Promise<LoadResult> {
  const statuses = new Map<number, number>();
  let index = 0;
  let busy = 0;
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const goOn = (line: Line): void => {
      if (index < count) {
        line.ask(next(index++), (status) => {
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 0) leave();
          else goOn(line);
        });
      } else leave();
    };
    const leave = (): void => {
      busy -= 1;
      if (busy === 0) resolve({ wallMs: performance.now() - startedMs, statuses });
    };
    busy = lines.length;
    for (const line of lines) goOn(line);
  });
}
