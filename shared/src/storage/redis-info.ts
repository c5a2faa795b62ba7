/** What Redis says of itself in INFO, as far as it decides whether something may be entrusted to it. */
export type RedisInfo = {
  /** "unknown" where INFO does not say. */
  readonly version: string;
  /** Another one for every start of the server. */
  readonly runId: string;
  /** `noeviction`, or a policy by which keys vanish in silence when memory is short. */
  readonly maxmemoryPolicy: string;
  readonly appendOnly: boolean;
  /** `ok`, or what became of the last write to the append-only file. */
  readonly appendStatus: string;
  /** It copies another server and takes no writes. */
  readonly isReplica: boolean;
  /** Servers that copy this one. */
  readonly replicas: number;
  /** It took over from another server, of whose last writes it may know nothing. */
  readonly promoted: boolean;
};

/** Reads the text of INFO (all sections, or at least server, memory, persistence and replication). */
export function readRedisInfo(text: string): RedisInfo {
  const fields = new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf(":");
      return line.startsWith("#") || at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
  const field = (name: string): string => fields.get(name) ?? "unknown";
  return {
    version: field("redis_version"),
    runId: field("run_id"),
    maxmemoryPolicy: field("maxmemory_policy"),
    appendOnly: field("aof_enabled") === "1",
    appendStatus: field("aof_last_write_status"),
    isReplica: field("role") === "slave",
    replicas: Number(fields.get("connected_slaves") ?? 0),
    // All zeros on a server that has always been its own.
    promoted: /[1-9a-f]/.test(fields.get("master_replid2") ?? ""),
  };
}

/** True when no key vanishes before its time. */
export function keepsItsKeys({ maxmemoryPolicy }: RedisInfo): boolean {
  return maxmemoryPolicy === "noeviction";
}
