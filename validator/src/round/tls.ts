import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { TlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import type { HotkeyCertificate } from "@subnetkit/shared/protocol/tls/make-certificate";
import { verifyConnection } from "@subnetkit/shared/protocol/tls/peer-of-socket";
import { tlsOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { createCertificateCache } from "@subnetkit/shared/protocol/tls/verify-certificate";
import { bytesEqual } from "@subnetkit/shared/util/bytes";
import { buildConnector } from "undici";

/**
 * When miners are asked over hotkey-bound TLS: never, those that publish a certificate (who are then never asked without it), or only over TLS.
 */
export const tlsModes = ["off", "prefer", "require"] as const;
export type TlsMode = (typeof tlsModes)[number];

export type MinerTlsOptions = {
  readonly mode: TlsMode;
  readonly netuid: number;
  readonly genesisHash: string;
  /** Time to open a connection with its handshake, milliseconds. */
  readonly connectTimeoutMs?: number;
};

/** Which miners are asked over TLS, and connections that are proven to be theirs. */
export type MinerTls = {
  /** `https:` for a miner that is to be asked over TLS. */
  protocolFor(hotkey: string): "http:" | "https:";
  /** The published fingerprint of a miner's TLS key. */
  fingerprint(hotkey: string): Uint8Array | undefined;
  /** Changes with our own certificate: connections that began with an older one are to be replaced before the miner turns them away. */
  epoch(): number;
  /** Opens connections to one miner, for a pool; what does not prove to be this hotkey with this fingerprint is no connection (E_TLS_PEER). */
  connector(hotkey: string, fingerprint: Uint8Array | undefined): buildConnector.connector;
  /** What the chain publishes now: fingerprints by hotkey, of registered miners. */
  replace(published: ReadonlyMap<string, Uint8Array>, registered: ReadonlySet<string>): void;
  /** Calls back with hotkeys whose connections are out of date: deregistered, or with another certificate than before. */
  onGone(callback: (hotkey: string) => void): void;
};

/** Knows nobody's certificate before the first {@link MinerTls.replace}. */
export function createMinerTls(
  { mode, netuid, genesisHash, connectTimeoutMs = 3_000 }: MinerTlsOptions,
  { identity }: { readonly identity: TlsIdentity },
): MinerTls {
  const cache = createCertificateCache();
  const callbacks: ((hotkey: string) => void)[] = [];
  let published: ReadonlyMap<string, Uint8Array> = new Map();
  let registered: ReadonlySet<string> = new Set();
  const connect = createConnect(identity, connectTimeoutMs);

  return {
    protocolFor: (hotkey) => (mode === "require" || (mode === "prefer" && published.has(hotkey)) ? "https:" : "http:"),
    fingerprint: (hotkey) => published.get(hotkey),
    epoch: () => identity.current().notAfterMs,
    connector: (hotkey, fingerprint) => (options, callback) => {
      connect()(options, (error, socket) => {
        if (error !== null) {
          callback(error, null);
          return;
        }
        // With `https:` it is always a TLS socket.
        const verdict = verifyConnection(socket as TLSSocket, {
          role: "miner",
          netuid,
          genesisHash,
          expect: hotkey,
          fingerprint,
          cache,
        });
        if (verdict.kind === "verified") {
          endWith(socket, verdict.peer.notAfterMs);
          callback(null, socket);
          return;
        }
        socket.destroy();
        callback(appError("E_TLS_PEER", { reason: verdict.reason }), null);
      });
    },
    replace: (latest, present) => {
      const before = published;
      const gone = [...registered].filter((hotkey) => !present.has(hotkey));
      const changed = [...present].filter((hotkey) => !sameBytes(before.get(hotkey), latest.get(hotkey)));
      published = latest;
      registered = present;
      for (const hotkey of [...gone, ...changed]) for (const callback of callbacks) callback(hotkey);
    },
    onGone: (callback) => void callbacks.push(callback),
  };
}

/** Undici's connector with our certificate of the moment. No session is kept: a resumed one shows no certificate, so it could not be verified. */
function createConnect(identity: TlsIdentity, timeout: number): () => buildConnector.connector {
  let built: { readonly certificate: HotkeyCertificate; readonly connect: buildConnector.connector } | undefined;
  return () => {
    const certificate = identity.current();
    if (built?.certificate !== certificate) {
      const connect = buildConnector({ ...tlsOptions(certificate), maxCachedSessions: 0, timeout });
      built = { certificate, connect };
    }
    return built.connect;
  };
}

/** The longest time a timer of Node can wait. */
const longestTimerMs = 2 ** 31 - 1;

/** Ends a connection with the certificate that it proved its peer by. */
function endWith(socket: Socket, notAfterMs: number): void {
  const timer = setTimeout(() => socket.destroy(), Math.min(notAfterMs - Date.now(), longestTimerMs));
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : bytesEqual(a, b);
}
