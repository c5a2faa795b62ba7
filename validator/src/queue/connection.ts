import type { ConnectionOptions } from "bullmq";
import { Cluster, Redis } from "ioredis";
import type { RedisAddress } from "./redis-url.ts";

/** A connection of our own, to one server (found by Sentinel or not) or to a cluster. */
export type RedisClient = Redis | Cluster;

/** How a connection behaves when Redis is slow or away; the rest stays the library's default. */
type Manner = {
  readonly maxRetriesPerRequest?: number | null;
  readonly commandTimeout?: number;
  readonly socketTimeout?: number;
  readonly enableOfflineQueue?: boolean;
  readonly lazyConnect?: boolean;
  /** Milliseconds before the next attempt to connect, null to give up. */
  readonly retryStrategy?: (times: number) => number | null;
};

/** Where to connect, and in which manner. */
export type ClientOptions = Manner & { readonly address: RedisAddress };

/** An own client whose connection errors go to `onError`: without a listener they would end the process. */
export function openRedis(options: ClientOptions, onError: (error: unknown) => void): RedisClient {
  const client = options.address.kind === "cluster" ? openCluster(options) : new Redis(nodeOptions(options));
  client.on("error", onError);
  return client;
}

/** A connection as the queue library takes it. */
export type QueueConnection = {
  readonly connection: ConnectionOptions;
  /** Cuts what the library does not close itself. */
  disconnect(): void;
};

/** Options from which the library makes connections of its own; for a cluster, which it cannot make, a client that only one queue or worker gets. */
export function queueConnection(options: ClientOptions, onError: (error: unknown) => void): QueueConnection {
  if (options.address.kind !== "cluster")
    return { connection: nodeOptions(options) as ConnectionOptions, disconnect: () => undefined };
  const cluster = openRedis(options, onError);
  return { connection: cluster as ConnectionOptions, disconnect: () => cluster.disconnect() };
}

const reconnectDelay = (times: number): number => Math.min(100 * times, 1_000);

function nodeOptions({ address, ...manner }: ClientOptions) {
  const { nodes, db, name, sentinelPassword, tls } = address;
  return {
    ...(name === undefined
      ? nodes[0]
      : {
          sentinels: [...nodes],
          name,
          // Told by the sentinels at once: a master that hangs keeps its connections, and would be believed until they time out.
          failoverDetector: true,
          sentinelRetryStrategy: manner.retryStrategy ?? reconnectDelay,
          ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
          ...(tls ? { sentinelTLS: secureOptions(address), enableTLSForSentinelMode: true } : {}),
        }),
    db,
    ...credentials(address),
    connectTimeout: 2_000,
    retryStrategy: reconnectDelay,
    ...manner,
  };
}

function openCluster({ address, ...manner }: ClientOptions): Cluster {
  const { maxRetriesPerRequest, commandTimeout, socketTimeout, retryStrategy, enableOfflineQueue, lazyConnect } =
    manner;
  return new Cluster([...address.nodes], {
    clusterRetryStrategy: retryStrategy ?? reconnectDelay,
    slotsRefreshInterval: 5_000,
    ...(enableOfflineQueue === undefined ? {} : { enableOfflineQueue }),
    ...(lazyConnect === undefined ? {} : { lazyConnect }),
    // The names in a certificate are those that the cluster announces, not what they resolve to.
    ...(address.tls ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
    redisOptions: {
      ...credentials(address),
      connectTimeout: 2_000,
      ...(maxRetriesPerRequest === undefined ? {} : { maxRetriesPerRequest }),
      ...(commandTimeout === undefined ? {} : { commandTimeout }),
      ...(socketTimeout === undefined ? {} : { socketTimeout }),
    },
  });
}

const secureOptions = ({ ca }: RedisAddress) => (ca === undefined ? {} : { ca });

function credentials(address: RedisAddress) {
  const { username, password, tls } = address;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: secureOptions(address) } : {}),
  };
}

/**
 * For queues, flows and scripts: fail fast, so that the caller can try again with the same job id. A command that timed out may still have
 * been executed. A connection that says nothing for twice that long is made anew (socketTimeout): its peer may have vanished without a FIN, and
 * every command after it would time out too.
 */
export function producerOptions(address: RedisAddress): ClientOptions {
  return { address, maxRetriesPerRequest: 1, commandTimeout: 2_000, socketTimeout: 4_000 };
}

/**
 * For workers: wait for Redis to come back (null), notice a peer that vanished without a FIN (socketTimeout, above the 10 s a worker blocks),
 * and no commandTimeout, which would starve a worker in silence.
 */
export function workerOptions(address: RedisAddress): ClientOptions {
  return { address, maxRetriesPerRequest: null, socketTimeout: 15_000 };
}

/** For the heartbeat: an answer within a second or an error, nothing kept for later, and a dead connection made anew. */
export function monitorOptions(address: RedisAddress): ClientOptions {
  return { address, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_000, socketTimeout: 2_000 };
}
