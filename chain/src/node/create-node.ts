/** The chain without its network side: runtime, blocks, pool, producer and store, wired together. */
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { palletSpecs } from "../spec/pallets.ts";
import { system } from "../spec/pallets/system.ts";
import { timestamp } from "../spec/pallets/timestamp.ts";
import { devAccounts } from "./accounts.ts";
import type { Block } from "./block/block.ts";
import { buildBlock, buildGenesis, type BuilderModules, type BuiltBlock, nextExecution } from "./block/builder.ts";
import { Chain, type ChainStart } from "./block/chain.ts";
import type { Execution, FaultListener } from "./block/execution.ts";
import { defaultPoolLimits, type SubmitResult, TransactionPool, type TxWatcher } from "./block/pool.ts";
import { Producer } from "./block/producer.ts";
import { decodeExtrinsic } from "./block/extrinsic.ts";
import { checkExtrinsic } from "./block/validity.ts";
import type { NodeConfig } from "./config.ts";
import { buildMetadata, type MetadataSource } from "./metadata/metadata.ts";
import type { chainMetrics } from "./metrics.ts";
import { connectLocalBeacon, createLocalBeacon } from "./runtime/drand/beacon.ts";
import { runtimePallets } from "./runtime/index.ts";
import { nodeApis } from "./runtime/node-apis.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";
import { type ChainStore, openStore } from "./storage/chain-store.ts";

/** What a node is given. */
export interface NodeModules {
  readonly log: Logger;
  readonly metrics: Metrics<typeof chainMetrics>;
  /** Wall clock, unix ms. */
  readonly now: () => number;
  /** Told of exceptions inside pallets; they are logged and counted where absent. */
  readonly onFault?: FaultListener;
}

/** A running chain. */
export interface ChainNode {
  readonly config: NodeConfig;
  readonly runtime: Runtime;
  readonly chain: Chain;
  readonly pool: TransactionPool;
  readonly producer: Producer;
  readonly metadata: MetadataSource;
  /** True when the chain was read from disk. */
  readonly resumed: boolean;
  /** Decodes, checks and pools an extrinsic. Throws ScaleError for bytes that are none. */
  submit(bytes: Uint8Array, watcher?: TxWatcher): SubmitResult;
  /** An execution of the block after a kept block; undefined when its state is gone. Changes to it are lost. */
  executionAfter(block: Block): Execution | undefined;
  /** Hears of blocks after the pool has settled them and before transaction watchers do. */
  onBlock(listener: (built: BuiltBlock) => void): () => void;
  /** Takes back every block after a kept one and empties the pool. Throws RangeError for a block that is not kept. */
  rewind(to: Block): void;
  /** Hears of blocks being taken back, after it is done. */
  onRewind(listener: () => void): () => void;
  /** Stops making blocks and closes the store. */
  close(): void;
}

/** Builds a node; it makes no block until `producer.start()`. Throws the errors of {@link openStore}. */
export function createNode(config: NodeConfig, modules: NodeModules): ChainNode {
  const author = keypairFromUri("//One");
  const onFault = modules.onFault ?? faultLogger(modules);
  let metadata: MetadataSource | undefined;
  const getMetadata: MetadataSource = (version) => {
    metadata ??= buildMetadata(palletSpecs, runtime);
    return metadata(version);
  };
  const runtime: Runtime = createRuntime(
    runtimePallets,
    nodeApis({ metadata: getMetadata, version: () => runtime.version, genesisHash: () => chain.genesis.hash }),
  );
  const builder: BuilderModules = { runtime, author, onFault };
  const opened = openOrCreate(config, builder, modules);
  const { store } = opened;
  const chain = new Chain({ history: config.history }, opened.start, store);
  const timeOf = (): number => Number(chain.headState().get(timestamp.storage.Now));
  const executionAfter = (block: Block): Execution | undefined => {
    const state = chain.stateAt(block);
    if (state === undefined) return undefined;
    const time = Number(state.get(timestamp.storage.Now)) + 250;
    return nextExecution(builder, state, block, time);
  };
  const nonceOf = (who: string): number => chain.headState().get(system.storage.Account, who).nonce;
  const checkAtHead: ConstructorParameters<typeof TransactionPool>[1]["check"] = (extrinsic) => {
    const execution = executionAfter(chain.head);
    if (execution === undefined) throw new RangeError("the head has no state");
    return checkExtrinsic(execution, extrinsic, chain.genesis.hash);
  };
  const pool = new TransactionPool(defaultPoolLimits, { check: checkAtHead, nonceOf, height: () => chain.head.number });
  const listeners = new Set<(built: BuiltBlock) => void>();
  const rewindListeners = new Set<() => void>();
  const build = (timestampMs: number, edit?: (ctx: Execution) => void): void => {
    const startedAt = performance.now();
    const built = buildBlock(builder, chain, timestampMs, edit === undefined ? pool.ready() : [], edit);
    chain.append(built.block);
    measure(modules, built, performance.now() - startedAt);
    for (const listener of [...listeners]) listener(built);
    pool.settle(built.block, built.outcomes);
    modules.metrics.subnetkit_chain_pool_transactions.set(pool.size);
  };
  const producer = new Producer(
    { mode: config.mode, blockMs: config.blockMs },
    { build, lastTimestampMs: timeOf, now: modules.now },
  );
  const onBlock: ChainNode["onBlock"] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  // Pulses go into the pool without waking the producer: in instant mode each would make a block, and with it the next pulse.
  const disconnectBeacon = connectLocalBeacon(
    {
      head: () => ({ state: chain.headState(), number: chain.head.number }),
      onBlock,
      submit: (bytes) => pool.submit(decodeExtrinsic(bytes)),
    },
    createLocalBeacon(author),
  );
  return {
    config,
    runtime,
    chain,
    pool,
    producer,
    metadata: getMetadata,
    resumed: opened.resumed,
    executionAfter,
    submit(bytes, watcher) {
      const submitted = pool.submit(decodeExtrinsic(bytes), watcher);
      modules.metrics.subnetkit_chain_submissions_total.inc({ result: submitted.kind });
      modules.metrics.subnetkit_chain_pool_transactions.set(pool.size);
      if (submitted.kind === "accepted") producer.submitted();
      return submitted;
    },
    onBlock,
    rewind(to) {
      chain.rewind(to);
      for (const { hash } of pool.pending()) pool.drop(hash);
      for (const listener of [...rewindListeners]) listener();
    },
    onRewind(listener) {
      rewindListeners.add(listener);
      return () => rewindListeners.delete(listener);
    },
    close() {
      disconnectBeacon();
      producer.stop();
      store?.close();
    },
  };
}

function faultLogger({ log, metrics }: NodeModules): FaultListener {
  return (error, where) => {
    metrics.subnetkit_chain_faults_total.inc();
    log.error({ err: error, where }, "a pallet threw; its changes were rolled back");
  };
}

function measure({ metrics, log }: NodeModules, { block, outcomes }: BuiltBlock, ms: number): void {
  metrics.subnetkit_chain_block_height.set(block.number);
  metrics.subnetkit_chain_block_build_seconds.observe(ms / 1000);
  for (const outcome of outcomes) {
    const result = outcome.kind === "refused" ? "refused" : outcome.result.type === "Ok" ? "ok" : "failed";
    metrics.subnetkit_chain_extrinsics_total.inc({ result });
  }
  if (outcomes.length > 0) log.debug({ block: block.number, extrinsics: outcomes.length, ms }, "block");
}

function openOrCreate(
  config: NodeConfig,
  builder: BuilderModules,
  modules: NodeModules,
): { start: ChainStart; store: ChainStore | undefined; resumed: boolean } {
  const opened =
    config.stateDir === undefined
      ? undefined
      : openStore({ directory: config.stateDir, chain: config.chainName, segmentBlocks: config.history });
  if (opened?.start !== undefined) return { start: opened.start, store: opened.store, resumed: true };
  const accounts = devAccounts();
  const alice = accounts[0];
  if (alice === undefined) throw new RangeError("no development accounts");
  const genesis = buildGenesis(builder, {
    timestampMs: Math.floor(modules.now() / 1000) * 1000,
    balances: accounts.map((one) => [one.account, one.genesisRao] as const),
    sudo: alice.account,
    authority: bytesToHex(builder.author.publicKey),
    drandPeriodSeconds: config.drandPeriodSeconds,
  });
  opened?.store.begin(genesis);
  return { start: { genesis, blocks: [genesis] }, store: opened?.store, resumed: false };
}
