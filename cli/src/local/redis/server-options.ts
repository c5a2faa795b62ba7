/**
 * The server's own options: on 127.0.0.1 only, every acknowledged write on disk before the answer, no snapshots beside the append-only
 * file, and never throw a key away. What BullMQ and the validators' stores rely on.
 */
export function redisServerArgs({ port, dataDir }: { port: number; dataDir: string }): string[] {
  return [
    ...["--port", String(port)],
    ...["--bind", "127.0.0.1"],
    ...["--protected-mode", "yes"],
    ...["--dir", dataDir],
    ...["--appendonly", "yes"],
    ...["--appendfsync", "always"],
    ...["--no-appendfsync-on-rewrite", "no"],
    ...["--save", ""],
    ...["--maxmemory-policy", "noeviction"],
    ...["--hash-max-listpack-value", "1024"],
    ...["--daemonize", "no"],
  ];
}
