import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { SchemeOf } from "@subnetkit/shared/crypto/scheme-of";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { TlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import type { HotkeyCertificate } from "@subnetkit/shared/protocol/tls/make-certificate";
import { verifyConnection } from "@subnetkit/shared/protocol/tls/peer-of-socket";
import { tlsOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { createCertificateCache } from "@subnetkit/shared/protocol/tls/verify-certificate";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
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
  /** What a miner's certificate has to be signed with, default sr25519. */
  readonly schemeOf?: SchemeOf | undefined;
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
  /** What the chain publishes of some miners: a fingerprint (hex) or none, as the plan of a round has it. */
  learn(miners: readonly { readonly hotkey: string; readonly fingerprint?: string | undefined }[]): void;
  /** Forgets everybody but these. */
  retain(registered: ReadonlySet<string>): void;
  /** Calls back with hotkeys whose connections are out of date: deregistered, or with another certificate than before. */
  onGone(callback: (hotkey: string) => void): void;
};

/** Miners whose certificates are remembered: more than any subnet has, though hotkeys come and go. */
const maxKnown = 16_384;

/** Knows nobody's certificate before the first {@link MinerTls.learn}. */
export function createMinerTls(
  { mode, netuid, genesisHash, schemeOf, connectTimeoutMs = 3_000 }: MinerTlsOptions,
  { identity }: { readonly identity: TlsIdentity },
): MinerTls {
  const cache = createCertificateCache();
  const callbacks: ((hotkey: string) => void)[] = [];
  /** By hotkey, hex; undefined for a miner that publishes none. Who was planned last comes last. */
  const known = new Map<string, string | undefined>();
  const connect = createConnect(identity, connectTimeoutMs);
  const gone = (hotkey: string): void => {
    for (const callback of callbacks) callback(hotkey);
  };

  return {
    protocolFor: (hotkey) =>
      mode === "require" || (mode === "prefer" && known.get(hotkey) !== undefined) ? "https:" : "http:",
    fingerprint: (hotkey) => {
      const text = known.get(hotkey);
      return text === undefined ? undefined : hexToBytes(text);
    },
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
          schemeOf,
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
    learn(miners) {
      for (const { hotkey, fingerprint } of miners) {
        const changed = known.has(hotkey) && known.get(hotkey) !== fingerprint;
        known.delete(hotkey);
        known.set(hotkey, fingerprint);
        if (changed) gone(hotkey);
      }
      for (const oldest of known.keys()) {
        if (known.size <= maxKnown) break;
        known.delete(oldest);
        gone(oldest);
      }
    },
    retain(registered) {
      for (const hotkey of known.keys()) {
        if (registered.has(hotkey)) continue;
        known.delete(hotkey);
        gone(hotkey);
      }
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
