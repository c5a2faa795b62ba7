import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { pause, resume } from "@subnetkit/chain/client/dev/blocks";
import { setStorage } from "@subnetkit/chain/client/dev/state";
import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { delay } from "@subnetkit/shared/util/delay";
import { Redis } from "ioredis";
import { startTestRedis, type TestRedis } from "../../support/redis.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { until } from "../../support/until.ts";
import { silentLog } from "../../unit/chain/client/support/dev-chain.ts";
import { createRoundStore, type RoundStore } from "../../../validator/src/store/round-store.ts";
import { stateKeys, type StateKeys } from "../../../validator/src/store/keys.ts";
import { createWeightsLedger, type WeightsLedger } from "../../../validator/src/weights/ledger.ts";
import { type ChainProcess, startChainProcess } from "./chain-process.ts";
import { type Member, startMember } from "./cast.ts";
import { type Crowd, startCrowd } from "./crowd.ts";
import { watchMachine } from "./machine-watch.ts";
import type { Random } from "./random.ts";
import { startTap, type Tap } from "./tap.ts";
import { registeredMiners, tempo, type World } from "./world.ts";

/** Blocks of a round. */
export const roundBlocks = 8;

/** Where the validator keeps its state in Redis. */
export const firstPrefix = "{val:chaos}";

/** Blocks in which something was broken, so that nothing was to be expected. Both ends belong to it. */
export type Trouble = {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  /** Weights were to be expected all the same. */
  readonly only?: "rounds";
};

/** One validator on a chain of its own, with everything between them that a scenario may break. */
export type Network = {
  readonly world: World;
  readonly random: Random;
  /** Its miners. */
  readonly crowd: Crowd;
  readonly folder: string;
  readonly chain: ChainProcess;
  /** Between the validator and the chain. */
  readonly chainProxy: TcpProxy;
  /** Between that and the chain. */
  readonly chainTap: Tap;
  readonly redis: TestRedis;
  /** Between the validator and Redis. */
  readonly redisProxy: TcpProxy;
  /** Between that and Redis. */
  readonly redisTap: Tap;
  /** Straight to Redis, for the scenario and the audit. */
  readonly db: Redis;
  readonly keys: StateKeys;
  readonly rounds: RoundStore;
  readonly ledger: WeightsLedger;
  /** Ledgers of further states with the same hotkey: what is on chain may be of one of them. */
  readonly otherLedgers: readonly WeightsLedger[];
  /** Straight to the chain. */
  readonly client: ChainClient;
  /** The processes of the validator. */
  readonly members: readonly Member[];
  /** Those of the cast that do this work. */
  doing(role: string): readonly Member[];
  readonly evidence: readonly string[];
  readonly troubles: readonly Trouble[];
  /** Milliseconds for which the machine had no time for anybody so far. */
  starvedMs(): number;
  /** Waits, for as much time as this of a machine that keeps up, until something is so. */
  within(ms: number, what: string, probe: () => Promise<boolean> | boolean): Promise<void>;
  /** The block at which everything was ready. */
  readonly since: number;
  kills: number;
  /** Starts another process of a validator; one more of this validator unless the configuration says otherwise. */
  add(name: string, config?: Readonly<Record<string, unknown>>): Member;
  /** Another state of the same hotkey, in the same Redis. */
  otherState(prefix: string): { readonly keys: StateKeys; readonly ledger: WeightsLedger };
  /** From now on the validator is the one with this other state; it keeps this evidence too. */
  goOnWith(prefix: string, evidence: string): void;
  /** Breaks something and mends it: the blocks meanwhile are troubled; `only` what. */
  during<T>(what: string, work: () => Promise<T>, only?: Trouble["only"]): Promise<T>;
  /** Blocks that turn out to have been troubled. */
  note(trouble: Trouble): void;
  /** Kills members at once and waits until their successors are ready. */
  kill(members: readonly Member[]): Promise<void>;
  /** Waits for so many blocks. */
  blocks(count: number): Promise<void>;
  /** No more blocks; waits until every open round is settled. Rounds that stay open are in the answer. */
  quiesce(): Promise<readonly number[]>;
  close(options: { readonly keep: boolean }): Promise<void>;
};

export type NetworkOptions = {
  /** The roles of each process; one process with all of them by default. */
  readonly cast: readonly CastMember[];
  /** Further settings of every process. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly nodeArgs?: readonly string[];
  /** Environment of a process, given the folder of the network and its name. */
  readonly env?: (folder: string, name: string) => Readonly<Record<string, string>>;
  /** Storage of SubtensorModule to begin with. */
  readonly storage?: (netuid: number) => Readonly<Record<string, unknown>>;
};

/** A process of the validator. Without roles: all of them. */
export type CastMember = { readonly name: string; readonly roles?: readonly string[]; readonly evidence: boolean };

/** Starts one and waits until every process is ready. */
export async function startNetwork(world: World, random: Random, options: NetworkOptions): Promise<Network> {
  const folder = mkdtempSync(path.join(world.folder, "net-"));
  let prefix = firstPrefix;
  const [chain, redis, crowd] = await Promise.all([
    startChainProcess(world, folder),
    startTestRedis(),
    startCrowd(world.miners),
  ]);
  const [chainTap, redisTap] = await Promise.all([startTap(chain.port), startTap(redis.port)]);
  const [chainProxy, redisProxy] = await Promise.all([startTcpProxy(chainTap.port), startTcpProxy(redisTap.port)]);
  const { netuid } = world;
  const axons = axonsOf(netuid, world.miners.slice(0, registeredMiners), crowd);
  await setStorage(chain.rpc, { SubtensorModule: { ...options.storage?.(netuid), Axons: axons } });
  const db = new Redis({
    port: redis.port,
    host: "127.0.0.1",
    maxRetriesPerRequest: null,
    // One that does not come back fails the scenario.
    commandTimeout: 60_000,
    retryStrategy: () => 100,
  });
  db.on("error", () => undefined);
  let keys = stateKeys(prefix, netuid);
  let rounds = createRoundStore(db, keys);
  let ledger = createWeightsLedger(db, keys);
  const otherLedgers: WeightsLedger[] = [];
  const client = await connectChain({ endpoints: [chain.url], log: silentLog, signal: new AbortController().signal });
  const members: Member[] = [];
  const evidence: string[] = [];
  const troubles: Trouble[] = [];

  const shared = {
    chainEndpoints: [`ws://127.0.0.1:${chainProxy.port}`],
    netuid,
    hotkeyFile: world.hotkeyFile,
    subnetDefinition: world.subnetFile,
    redisUrl: `redis://127.0.0.1:${redisProxy.port}`,
    redisPrefix: firstPrefix,
    metricsPort: 0,
    allowPrivate: true,
    tls: "off",
    dialects: ["btauth"],
    roundBlocks,
    submitFrom: 0.2,
    jobLockMs: 1_000,
    jobStalledMs: 500,
    ...options.config,
  };
  const script = path.join(world.dist, "validator.js");
  const launch = (name: string, config: Readonly<Record<string, unknown>>): Member => {
    const member = startMember({
      name,
      script,
      folder,
      config: { ...shared, name, ...config },
      nodeArgs: ["--max-semi-space-size=4", ...(options.nodeArgs ?? [])],
      ...(options.env === undefined ? {} : { env: options.env(folder, name) }),
    });
    members.push(member);
    return member;
  };
  for (const { name, roles, evidence: keeps } of options.cast) {
    const directory = path.join(folder, `evidence-${name}`);
    if (keeps) evidence.push(directory);
    launch(name, {
      ...(keeps ? { evidenceDir: directory } : {}),
      ...(roles === undefined ? {} : { roles }),
    });
  }
  await Promise.all(members.map((member) => member.ready(90_000)));
  const since = await chain.head();

  let starvedMs = 0;
  const watching = new AbortController();
  const watch = watchMachine(
    { head: chain.head, ping: () => db.ping() },
    (trouble, ms) => {
      troubles.push(trouble);
      starvedMs += ms;
    },
    watching.signal,
  ).catch(() => undefined);

  const network: Network = {
    world,
    random,
    crowd,
    folder,
    chain,
    chainProxy,
    chainTap,
    redis,
    redisProxy,
    redisTap,
    db,
    get keys() {
      return keys;
    },
    get rounds() {
      return rounds;
    },
    get ledger() {
      return ledger;
    },
    otherLedgers,
    client,
    members,
    doing: (role) =>
      members.filter(({ name }) =>
        options.cast.some((one) => one.name === name && (one.roles === undefined || one.roles.includes(role))),
      ),
    evidence,
    troubles,
    starvedMs: () => starvedMs,
    async within(ms, what, probe) {
      const passed = (): number => performance.now() - starvedMs;
      for (const deadline = passed() + ms; !(await probe()); await delay(20))
        if (passed() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    },
    since,
    kills: 0,
    add: (name, config = {}) => launch(name, config),
    otherState(other) {
      const otherKeys = stateKeys(other, netuid);
      const state = { keys: otherKeys, ledger: createWeightsLedger(db, otherKeys) };
      otherLedgers.push(state.ledger);
      return state;
    },
    goOnWith(other, directory) {
      otherLedgers.push(ledger);
      prefix = other;
      keys = stateKeys(other, netuid);
      rounds = createRoundStore(db, keys);
      ledger = createWeightsLedger(db, keys);
      evidence.push(directory);
    },
    async during(what, work, only) {
      const from = await chain.head();
      try {
        return await work();
      } finally {
        const to = await chain.head();
        troubles.push({ what, from, to, ...(only === undefined ? {} : { only }) });
      }
    },
    note: (trouble) => void troubles.push(trouble),
    async kill(killed) {
      await network.during(`kill -9 of ${killed.map(({ name }) => name).join(", ")}`, async () => {
        network.kills += killed.length;
        await Promise.all(killed.map((member) => member.kill()));
        await Promise.all(killed.map((member) => member.ready()));
      });
    },
    async blocks(count) {
      const to = (await chain.head()) + count;
      await until(`block ${to}`, async () => (await chain.head()) >= to, 60_000 + count * 1_000);
    },
    async quiesce() {
      watching.abort();
      await watch;
      await pause(chain.rpc);
      let open: readonly number[] = [];
      let since = performance.now();
      await until(
        "nothing to be under way any more",
        async () => {
          open = await network.rounds.open();
          if (open.length > 0 || (await underWay(db, prefix)) > 0) since = performance.now();
          return performance.now() - since > 1_500;
        },
        60_000,
      ).catch(() => undefined);
      return open;
    },
    async close({ keep }) {
      await resume(chain.rpc).catch(() => undefined);
      await Promise.all(members.map((member) => member.stop()));
      await client.close();
      db.disconnect();
      await Promise.all([chain.stop(), redis.stop(), crowd.close(), chainProxy.close(), redisProxy.close()]);
      await Promise.all([chainTap.close(), redisTap.close()]);
      if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
  return network;
}

/** What the chain's storage has of miners that serve in a crowd: this machine, as the chain writes it (0.0.0.1), and a protocol of HTTP. */
export function axonsOf(
  netuid: number,
  hotkeys: readonly { readonly address: string }[],
  crowd: Pick<Crowd, "port">,
): unknown[] {
  const place = { ip: "1", port: crowd.port, ipType: 4, protocol: 4 };
  const axon = { block: 1, version: 1, ...place, placeholder1: 0, placeholder2: 0 };
  return hotkeys.map(({ address }) => [[netuid, address], axon]);
}

/** Jobs of rounds that wait, are worked on, or wait to be tried again. */
async function underWay(db: Redis, prefix: string): Promise<number> {
  const counts = await Promise.all(
    ["plan", "query", "settle"].flatMap((queue) => [
      db.llen(`${prefix}:${queue}:wait`),
      db.llen(`${prefix}:${queue}:active`),
      db.zcard(`${prefix}:${queue}:delayed`),
    ]),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Blocks of a tempo in which weights may be submitted, counted from its first: those after the first fifth. */
export const firstSubmitBlock = Math.ceil(0.2 * tempo);
