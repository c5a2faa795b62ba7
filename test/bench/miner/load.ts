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

/** A kept-alive connection that one request after another is sent on. */
export type Line = { send(text: Buffer): Promise<number>; close(): void };

/** Opens one, over hotkey-bound TLS where asked. */
export async function openLine(port: number, tls = false): Promise<Line> {
  const socket = tls ? await openTls(port) : await openPlain(port);
  let give: ((status: number) => void) | undefined;
  let status = 0;
  let head = "";
  /** Bytes of the reply that are still to come; unknown while its head is incomplete. */
  let left = 0;
  socket.on("data", (chunk: Buffer) => {
    if (left > 0) left -= chunk.length;
    else {
      head += chunk.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      status = Number(head.slice(9, 12));
      left = end + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0) - head.length;
      head = "";
    }
    if (left <= 0) give?.(status);
  });
  socket.on("error", () => give?.(0));
  socket.on("close", () => give?.(0));
  return {
    send: (text) =>
      new Promise((resolve) => {
        give = resolve;
        socket.write(text);
      }),
    close: () => socket.destroy(),
  };
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

/** Sends `count` requests over these lines, each as soon as its line is free. `next` is asked for every request. */
export async function sendAll(
  lines: readonly Line[],
  count: number,
  next: (index: number) => Buffer,
): Promise<LoadResult> {
  const statuses = new Map<number, number>();
  let index = 0;
  const startedMs = performance.now();
  await Promise.all(
    lines.map(async (line) => {
      while (index < count) {
        const status = await line.send(next(index++));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status === 0) return;
      }
    }),
  );
  const wallMs = performance.now() - startedMs;
  return { wallMs, statuses };
}
