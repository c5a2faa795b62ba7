import { bareHex } from "@subnetkit/shared/util/bytes";
import { Pool } from "undici";
import type { MinerTls } from "./tls.ts";

/** Bounds of the connections to miners. */
export type PoolLimits = {
  /** Pools kept; the one used longest ago is closed when a new one is needed. */
  readonly maxPools: number;
  /** Connections to one miner at a time. */
  readonly connectionsPerMiner: number;
  /** Time to open a connection, milliseconds. */
  readonly connectTimeoutMs: number;
};

export const defaultPoolLimits: PoolLimits = { maxPools: 1_024, connectionsPerMiner: 4, connectTimeoutMs: 3_000 };

/** Keep-alive connections to miners, one pool each, so that one miner's slowness never queues another's request. */
export interface MinerPools {
  /** The pool of a miner at a host and port. A miner that moved, or that publishes another certificate, gets a new pool. */
  get(hotkey: string, at: { readonly host: string; readonly port: number }): Pool;
  /** True when this miner's connections are TLS, and so prove both ends. */
  proven(hotkey: string): boolean;
  size(): number;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** Makes an empty set of pools; without `tls` every miner is asked over plain HTTP. */
export function createMinerPools(limits: PoolLimits = defaultPoolLimits, tls?: MinerTls): MinerPools {
  const pools = new Map<string, { identity: string; pool: Pool }>();
  const protocolFor = (hotkey: string): "http:" | "https:" => tls?.protocolFor(hotkey) ?? "http:";

  function drop(hotkey: string): void {
    const entry = pools.get(hotkey);
    pools.delete(hotkey);
    // Requests under way finish or meet their own deadline; nobody waits for the sockets.
    void entry?.pool.close().catch(() => undefined);
  }
  // Open connections keep the identity they began with.
  tls?.onGone(drop);

  function connectOptions(hotkey: string, protocol: "http:" | "https:", fingerprint: Uint8Array | undefined) {
    return protocol === "https:" && tls !== undefined
      ? tls.connector(hotkey, fingerprint)
      : { timeout: limits.connectTimeoutMs };
  }

  return {
    proven: (hotkey) => protocolFor(hotkey) === "https:",
    get(hotkey, { host, port }) {
      const protocol = protocolFor(hotkey);
      const origin = `${protocol}//${host}:${port}`;
      const fingerprint = protocol === "https:" ? tls?.fingerprint(hotkey) : undefined;
      const identity =
        protocol === "https:"
          ? `${origin} ${fingerprint === undefined ? "" : bareHex(fingerprint)} ${tls?.epoch() ?? 0}`
          : origin;
      const known = pools.get(hotkey);
      if (known?.identity === identity) {
        pools.delete(hotkey);
        pools.set(hotkey, known);
        return known.pool;
      }
      if (known !== undefined) drop(hotkey);
      for (const oldest of pools.keys()) {
        if (pools.size < limits.maxPools) break;
        drop(oldest);
      }
      const pool = new Pool(origin, {
        connections: limits.connectionsPerMiner,
        connect: connectOptions(hotkey, protocol, fingerprint),
        keepAliveTimeout: 30_000,
        // The deadline of a request is the asker's: these only bound a request whose deadline is missing.
        headersTimeout: 600_000,
        bodyTimeout: 600_000,
        maxHeaderSize: 16_384,
      });
      pools.set(hotkey, { identity, pool });
      return pool;
    },
    size: () => pools.size,
    async close() {
      const all = [...pools.values()];
      pools.clear();
      await Promise.allSettled(all.map(({ pool }) => pool.destroy()));
    },
  };
}
