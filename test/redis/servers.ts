import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { Redis } from "ioredis";
import { provisionRedis, type RedisServer } from "../../cli/src/local/redis/provision.ts";
import { redisServerArgs } from "../../cli/src/local/redis/server-options.ts";
import { until } from "../support/until.ts";

const ownFolder = path.join(import.meta.dirname, "../../.subnetkit");

/** Servers of a test's own on free ports, all of them killed with `stop`. */
export type Servers = {
  /** Starts a durable server with more options; gives its port. */
  start(...options: readonly string[]): Promise<number>;
  /** Starts a sentinel that watches `main` at a port. */
  startSentinel(masterPort: number): Promise<number>;
  /** As a crash would. */
  kill(port: number): Promise<void>;
  /** Starts a killed server again on the same port and data. */
  restart(port: number): Promise<void>;
  /** Hangs a server: its connections stand, nothing is answered. */
  freeze(port: number): void;
  thaw(port: number): void;
  /** A connection of the test's own, closed with `stop`. */
  client(port: number): Redis;
  stop(): Promise<void>;
};

/** Milliseconds after which sentinels and nodes call a server dead. */
export const downAfterMs = 1_000;

export async function createServers(): Promise<Servers> {
  const server: RedisServer = await provisionRedis({
    cacheDir: path.join(ownFolder, "cache", "redis"),
    log: () => undefined,
    env: { PATH: process.env["PATH"] },
  });
  mkdirSync(path.join(ownFolder, "tmp"), { recursive: true });
  const folder = mkdtempSync(path.join(ownFolder, "tmp", "redis-"));
  const running = new Map<number, ChildProcess>();
  const commands = new Map<number, readonly string[]>();
  const clients: Redis[] = [];
  const endAll = (): void => {
    for (const child of running.values()) child.kill("SIGKILL");
  };
  process.once("exit", endAll);

  async function launch(port: number, args: readonly string[]): Promise<number> {
    const env = { ...process.env, ...server.env };
    const child = spawn(server.command, [...server.args, ...args], { env, stdio: "ignore" });
    running.set(port, child);
    commands.set(port, args);
    await until(`port ${port}`, () =>
      client(port)
        .ping()
        .catch(() => undefined),
    );
    return port;
  }

  function client(port: number): Redis {
    const made = new Redis({ host: "127.0.0.1", port, maxRetriesPerRequest: 1, commandTimeout: 1_000 });
    made.on("error", () => undefined);
    clients.push(made);
    return made;
  }

  return {
    client,
    async start(...options) {
      const port = await freePort();
      const dataDir = path.join(folder, String(port));
      mkdirSync(dataDir);
      return await launch(port, [...redisServerArgs({ port, dataDir }), ...options]);
    },
    async startSentinel(masterPort) {
      const port = await freePort();
      const file = path.join(folder, `sentinel-${port}.conf`);
      writeFileSync(
        file,
        [
          `port ${port}`,
          "bind 127.0.0.1",
          `sentinel monitor main 127.0.0.1 ${masterPort} 2`,
          `sentinel down-after-milliseconds main ${downAfterMs}`,
          "sentinel failover-timeout main 5000",
          "sentinel parallel-syncs main 1",
          "",
        ].join("\n"),
      );
      return await launch(port, [file, "--sentinel"]);
    },
    async kill(port) {
      const child = running.get(port);
      running.delete(port);
      const exited = new Promise((resolve) => child?.once("exit", resolve));
      child?.kill("SIGKILL");
      await exited;
    },
    restart: async (port) => void (await launch(port, commands.get(port) ?? [])),
    freeze: (port) => void running.get(port)?.kill("SIGSTOP"),
    thaw: (port) => void running.get(port)?.kill("SIGCONT"),
    async stop() {
      process.removeListener("exit", endAll);
      for (const each of clients) each.disconnect();
      endAll();
      await Promise.all(
        [...running.values()].map(
          (child) =>
            new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(undefined))),
        ),
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port whose cluster bus port (10000 above) exists too. */
async function freePort(): Promise<number> {
  for (;;) {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const address = probe.address();
    await new Promise<void>((resolve) => probe.close(() => resolve()));
    if (address !== null && typeof address !== "string" && address.port < 55_000) return address.port;
  }
}

/** A master, two replicas and three sentinels; gives the validator's URL and the master's port. */
export async function startSentinelSet(
  servers: Servers,
): Promise<{ url: string; master: number; sentinels: number[] }> {
  const careful = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "2", "--repl-diskless-sync-delay", "0"];
  const master = await servers.start(...careful);
  const replicaOf = ["--replicaof", "127.0.0.1", String(master)];
  const replicas = await Promise.all([
    servers.start(...careful, ...replicaOf),
    servers.start(...careful, ...replicaOf),
  ]);
  const sentinels: number[] = [];
  for (let i = 0; i < 3; i++) sentinels.push(await servers.startSentinel(master));
  await until("replicas that follow", async () =>
    (await Promise.all(replicas.map((port) => servers.client(port).info("replication")))).every((text) =>
      text.includes("master_link_status:up"),
    ),
  );
  await until("sentinels that know of each other", async () => {
    const known = await Promise.all(
      sentinels.map(async (port) => {
        const told = (await servers.client(port).call("SENTINEL", "MASTER", "main")) as string[];
        const field = (name: string): number => Number(told[told.indexOf(name) + 1]);
        return field("num-other-sentinels") === 2 && field("num-slaves") === 2;
      }),
    );
    return known.every(Boolean);
  });
  const url = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(",")}/main`;
  return { url, master, sentinels };
}

/** Three masters with a replica each; gives the validator's URL, and which port owns a key. */
export async function startCluster(
  servers: Servers,
): Promise<{ url: string; ownerOf: (key: string) => Promise<number | undefined> }> {
  const options = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    String(downAfterMs),
    "--repl-diskless-sync-delay",
    "0",
  ];
  const careful = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "2"];
  const ports = await Promise.all(Array.from({ length: 6 }, () => servers.start(...options, ...careful)));
  const [first = 0] = ports;
  const nodes = ports.map((port) => servers.client(port));
  for (const port of ports.slice(1)) await servers.client(first).call("CLUSTER", "MEET", "127.0.0.1", port);
  const per = Math.ceil(16_384 / 3);
  for (let i = 0; i < 3; i++)
    await nodes[i]!.call("CLUSTER", "ADDSLOTSRANGE", i * per, Math.min(16_383, (i + 1) * per - 1));
  const idOf = async (i: number): Promise<string> => String(await nodes[i]!.call("CLUSTER", "MYID"));
  await until("nodes that know of each other", async () =>
    (await Promise.all(nodes.map((node) => node.call("CLUSTER", "NODES")))).every(
      (text) => String(text).trim().split("\n").length === 6,
    ),
  );
  for (let i = 3; i < 6; i++) await nodes[i]!.call("CLUSTER", "REPLICATE", await idOf(i - 3));
  await until(
    "a cluster that serves",
    async () => {
      const infos = await Promise.all(
        nodes.map(async (node) => `${String(await node.call("CLUSTER", "INFO"))}${await node.info("replication")}`),
      );
      return infos.every(
        (text, i) =>
          text.includes("cluster_state:ok") && text.includes(i < 3 ? "connected_slaves:1" : "master_link_status:up"),
      );
    },
    20_000,
  );
  return {
    url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(",")}`,
    async ownerOf(key) {
      for (const port of ports) {
        const owner = await servers
          .client(port)
          .get(key)
          .then(
            () => port,
            () => undefined,
          );
        const role = owner === undefined ? "" : await servers.client(port).info("replication");
        if (role.includes("role:master")) return port;
      }
      return undefined;
    },
  };
}
