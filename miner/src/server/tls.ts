import type { RequestListener, ServerOptions } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { SchemeOf } from "@subnetkit/shared/crypto/scheme-of";
import type { TlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { type ConnectionRefusal, verifyConnection } from "@subnetkit/shared/protocol/tls/peer-of-socket";
import { tlsOptions, tlsServerOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { createCertificateCache, type TlsPeer } from "@subnetkit/shared/protocol/tls/verify-certificate";

/** What became of a TLS connection: proven, never finished (no TLS 1.3, too slow), or why its peer was refused. */
export type HandshakeOutcome = "verified" | "unfinished" | ConnectionRefusal;

export type HotkeyTlsOptions = {
  readonly netuid: number;
  readonly genesisHash: string;
  /** Time for a handshake, default 3,000: Node's own is two minutes, and no other time-out covers it. */
  readonly handshakeTimeoutMs?: number;
};

export type HotkeyTlsModules = {
  /** Our own certificate. */
  readonly identity: TlsIdentity;
  /** Whether a hotkey is registered now. */
  readonly knows: (hotkey: string) => boolean;
  /** What its certificate has to be signed with, default sr25519. */
  readonly schemeOf?: SchemeOf | undefined;
  readonly onHandshake?: (outcome: HandshakeOutcome) => void;
  /** A caller has proven its hotkey from this address. */
  readonly onProven?: (address: string, hotkey: string) => void;
  readonly now?: () => number;
};

/** Mutual TLS 1.3 for the miner's server: a caller proves its hotkey once per connection. */
export type HotkeyTls = {
  /** The server for these options of node:http. Once per instance. */
  serve(options: ServerOptions, handler: RequestListener): Server;
  /** Who a connection is proven to come from. */
  peerOf(socket: Socket): TlsPeer | undefined;
  /**
   * To be called now and then (for every block): closes connections whose caller is no longer registered or whose certificate has ended, and presents
   * a renewed certificate of ours to new ones.
   */
  tick(): void;
  /** What the chain is to publish of us; the same for as long as the TLS key is. */
  readonly fingerprint: Uint8Array;
  /** Proven connections that are open. */
  connections(): number;
};

/** A property and no WeakMap: what HTTP/2 calls the socket would be a proxy of it. */
const peerKey = Symbol("the hotkey behind a connection");
type ProvenSocket = Socket & { [peerKey]?: TlsPeer };

/** Builds it; nothing listens before {@link HotkeyTls.serve} and the server's own `listen`. */
export function createHotkeyTls(options: HotkeyTlsOptions, modules: HotkeyTlsModules): HotkeyTls {
  const { netuid, genesisHash, handshakeTimeoutMs = 3_000 } = options;
  const {
    identity,
    knows,
    schemeOf,
    onHandshake = () => undefined,
    onProven = () => undefined,
    now = Date.now,
  } = modules;
  const cache = createCertificateCache();
  const open = new Map<TLSSocket, TlsPeer>();
  let presented = identity.current();
  let server: Server | undefined;

  const secureContext = (): object => ({ ...tlsOptions(presented), ...tlsServerOptions });

  const onSecure = (socket: TLSSocket): void => {
    const verdict = verifyConnection(socket, {
      role: "validator",
      netuid,
      genesisHash,
      expect: knows,
      schemeOf,
      now: now(),
      cache,
    });
    if (verdict.kind === "refused") {
      onHandshake(verdict.reason);
      socket.destroy();
      return;
    }
    onHandshake("verified");
    onProven(socket.remoteAddress ?? "", verdict.peer.hotkey);
    (socket as ProvenSocket)[peerKey] = verdict.peer;
    open.set(socket, verdict.peer);
    socket.once("close", () => open.delete(socket));
  };

  return {
    serve: (httpOptions, handler) => {
      server = createServer({ ...httpOptions, ...secureContext(), handshakeTimeout: handshakeTimeoutMs }, handler);
      // Before the listener that starts to read requests.
      server.prependListener("secureConnection", onSecure);
      server.prependListener("tlsClientError", (_error, socket) => {
        onHandshake("unfinished");
        socket.destroy();
      });
      return server;
    },
    peerOf: (socket) => (socket as ProvenSocket)[peerKey],
    tick: () => {
      const nowMs = now();
      for (const [socket, { hotkey, notAfterMs }] of open) if (nowMs >= notAfterMs || !knows(hotkey)) socket.destroy();
      const current = identity.current();
      if (current === presented) return;
      presented = current;
      server?.setSecureContext(secureContext());
    },
    fingerprint: presented.fingerprint,
    connections: () => open.size,
  };
}
