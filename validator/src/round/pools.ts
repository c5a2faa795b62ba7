import { Pool } from "undici";

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
  /** The pool of a miner at an address. A miner that moved gets a new pool. */
  get(hotkey: string, origin: string): Pool;
  size(): number;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** Makes an empty set of pools. */
export function createMinerPools(limits: PoolLimits = defaultPoolLimits): MinerPools {
  const pools = new Map<string, { origin: string; pool: Pool }>();

  function drop(hotkey: string): void {
    const entry = pools.get(hotkey);
    pools.delete(hotkey);
    // Requests under way finish or meet their own deadline; nobody waits for the sockets.
    void entry?.pool.close().catch(() => undefined);
  }

  return {
    get(hotkey, origin) {
      const known = pools.get(hotkey);
      if (known !== undefined && known.origin === origin) {
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
        connect: { timeout: limits.connectTimeoutMs },
        keepAliveTimeout: 30_000,
        // The deadline of a request is the asker's: these only bound a request whose deadline is missing.
        headersTimeout: 600_000,
        bodyTimeout: 600_000,
        maxHeaderSize: 16_384,
      });
      pools.set(hotkey, { origin, pool });
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
