/** The chain without its network side: runtime, blocks, pool, producer and store, wired together. */
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { palletSpecs } from "../spec/pallets.ts";
import { system } from "../spec/pallets/system.ts";
import { timestamp } from "../spec/pallets/timestamp.ts";
import type { Block } from "./block/block.ts";
import { BlockNews, type BlockListener, type FinalityListener, type NewBlock } from "./block/block-news.ts";
import { buildBlock, type BuilderModules, type BuiltBlock, nextExecution } from "./block/builder.ts";
import { Chain, type ChainStart, type Finalized } from "./block/chain.ts";
import { Execution, type FaultListener } from "./block/execution.ts";
import { defaultPoolLimits, type SubmitResult, TransactionPool, type TxWatcher } from "./block/pool.ts";
import { type BlockRequest, Producer } from "./block/producer.ts";
import { type Reorg, reorganise } from "./block/reorg.ts";
import { decodeExtrinsic, type Extrinsic } from "./block/extrinsic.ts";
import { checkExtrinsic } from "./block/validity.ts";
import type { NodeConfig } from "./config.ts";
import { BeaconControl } from "./beacon-control.ts";
import { DevRules } from "./dev-rules.ts";
import { type Origin, startOf } from "./genesis/origin.ts";
import { buildMetadata, type MetadataSource } from "./metadata/metadata.ts";
import type { chainMetrics } from "./metrics.ts";
import { connectBeacon } from "./runtime/drand/beacon.ts";
import { createBeacon } from "./runtime/drand/create-beacon.ts";
import { openAhead } from "./runtime/drand/open-ahead.ts";
import { RpcFaults } from "./rpc/faults.ts";
import { trap } from "./runtime/api-failure.ts";
import { runtimePallets } from "./runtime/index.ts";
import { nodeApis } from "./runtime/node-apis.ts";
import { createRuntime, type Runtime } from "./runtime/runtime.ts";
import { type ChainStore, openStore } from "./storage/chain-store.ts";
import type { State } from "./storage/state.ts";

/** Runtime versions whose metadata is kept built. */
const MAX_METADATA = 4;

/** What a node is given. */
export interface NodeModules {
  readonly log: Logger;
  readonly metrics: Metrics<typeof chainMetrics>;
  /** Wall clock, unix ms. */
  readonly now: () => number;
  /** Told of exceptions inside pallets; they are logged and counted where absent. */
  readonly onFault?: FaultListener;
  /** What a new chain begins with: {@link readOrigin}. A localnet's genesis where absent. */
  readonly origin?: Origin;
}

/** A running chain. */
export interface ChainNode {
  readonly config: NodeConfig;
  readonly runtime: Runtime;
  readonly chain: Chain;
  readonly pool: TransactionPool;
  readonly producer: Producer;
  /** Limits and signature checks that development verbs switch off. */
  readonly rules: DevRules;
  readonly log: Logger;
  /** Whether randomness pulses come. */
  readonly beacon: BeaconControl;
  /** Faults that its RPC server is to show. */
  readonly rpcFaults: RpcFaults;
  /** Metadata of the runtime that holds on a state, in a version of its format; undefined for one that is not served. */
  metadata(state: Pick<State, "getRaw">, format: number): Uint8Array | undefined;
  /** True when the chain was read from disk. */
  readonly resumed: boolean;
  /** Decodes, checks and pools an extrinsic. Throws ScaleError for bytes that are none. */
  submit(bytes: Uint8Array, watcher?: TxWatcher): SubmitResult;
  /** An execution of the block after a kept block; undefined when its state is gone. Changes to it are lost. */
  executionAfter(block: Block): Execution | undefined;
  /** Hears of blocks before transaction watchers do. */
  onBlock(listener: BlockListener): () => void;
  /** Hears of blocks that became final, after it was told of them and before transaction watchers do. */
  onFinalized(listener: FinalityListener): () => void;
  /** Changes how many blocks finality stays behind. */
  setFinalityLag(lag: number): void;
  /** Makes a block of the chain final, with all before it. */
  finalizeTo(block: Block): void;
  /** Replaces the newest `depth` blocks by a longer branch, as {@link reorganise} does, and tells everyone. */
  reorganise(depth: number, drops: (hash: string) => boolean): Reorg;
  /** What changed the state of a block at its start, where a verb did: {@link BlockRequest.edit}. */
  editOf(block: Block): ((ctx: Execution) => void) | undefined;
  /** Takes back every block after a kept one and empties the pool. Throws RangeError for a block that is not kept. */
  rewind(to: Block): void;
  /** Goes on from another start and empties the pool. Listeners of {@link onRewind} hear of it. */
  restart(start: ChainStart): void;
  /** Hears of blocks being taken back, after it is done. */
  onRewind(listener: () => void): () => void;
  /** Stops making blocks and closes the store. */
  close(): void;
}

/** Builds a node; it makes no block until `producer.start()`. Throws the errors of {@link openStore}. */
export function createNode(config: NodeConfig, modules: NodeModules): ChainNode {
  const author = keypairFromUri("//One");
  const onFault = modules.onFault ?? faultLogger(modules);
  const metadata = new Map<number, MetadataSource>();
  const metadataOf: ChainNode["metadata"] = (state, format) => {
    const version = runtime.versionAt(state);
    const source = metadata.get(version.spec_version) ?? buildMetadata(palletSpecs, runtime, version);
    if (metadata.size >= MAX_METADATA) metadata.clear();
    metadata.set(version.spec_version, source);
    return source(format);
  };
  const runtime: Runtime = createRuntime(
    runtimePallets,
    nodeApis({
      metadata: metadataOf,
      version: (state) => runtime.versionAt(state),
      genesisHash: () => chain.genesis.hash,
      executionOn(parent, info) {
        const block = chain.block(parent);
        const state = block === undefined ? undefined : chain.stateAt(block);
        if (block === undefined || state === undefined) return undefined;
        const authored = { ...info, author: bytesToHex(author.publicKey) };
        return {
          execution: new Execution(runtime, state, authored, panics, rules),
          stateRoot: block.header.state_root,
        };
      },
      async genesisDocuments() {
        const { genesisDocuments } = await import("./genesis/documents.ts");
        return genesisDocuments(config, { builder, now: modules.now });
      },
    }),
  );
  const rules = new DevRules(config);
  const builder: BuilderModules = { runtime, author, onFault, rules };
  const opened = openOrCreate(config, builder, modules);
  const { store } = opened;
  const chain = new Chain({ history: config.history, finalityLag: config.finalityLag }, opened.start, store);
  const timeOf = (): number => Number(chain.headView().get(timestamp.storage.Now));
  const executionAfter = (block: Block): Execution | undefined => {
    const state = chain.stateAt(block);
    if (state === undefined) return undefined;
    const time = Number(state.get(timestamp.storage.Now)) + 250;
    return nextExecution(builder, state, block, time);
  };
  const nonceOf = (who: string): number => chain.headView().get(system.storage.Account, who).nonce;
  const checkAtHead: ConstructorParameters<typeof TransactionPool>[1]["check"] = (extrinsic) => {
    const execution = executionAfter(chain.head);
    if (execution === undefined) throw new RangeError("the head has no state");
    return checkExtrinsic(execution, extrinsic, chain.genesis.hash);
  };
  const pool = new TransactionPool(defaultPoolLimits, { check: checkAtHead, nonceOf, height: () => chain.head.number });
  const news = new BlockNews();
  const edits = new WeakMap<Block, NonNullable<BlockRequest["edit"]>>();
  const rewindListeners = new Set<() => void>();
  const make = (
    timestampMs: number,
    extrinsics: readonly Extrinsic[],
    options: Pick<BlockRequest, "edit" | "height"> = {},
  ): BuiltBlock & { finalized: Finalized } => {
    const startedAt = performance.now();
    const built = buildBlock(builder, chain, timestampMs, extrinsics, options);
    if (options.edit !== undefined) edits.set(built.block, options.edit);
    const finalized = chain.append(built.block);
    measure(modules, built, performance.now() - startedAt);
    return { ...built, finalized };
  };
  const tell = (built: readonly NewBlock[], finalized: Finalized): void => {
    news.tell(built, finalized);
    for (const { block, outcomes } of built) pool.settle(block, outcomes);
    pool.finalize(finalized.blocks);
    modules.metrics.subnetkit_chain_pool_transactions.set(pool.size);
  };
  const build = (timestampMs: number, { transactions, ...options }: BlockRequest = {}): void => {
    const offered = transactions ?? (options.edit === undefined ? pool.ready() : []);
    const { block, outcomes, finalized } = make(timestampMs, offered, options);
    tell([{ block, outcomes, adopted: [block], retracted: [] }], finalized);
  };
  const producer = new Producer(
    { mode: config.mode, blockMs: config.blockMs },
    { build, lastTimestampMs: timeOf, now: modules.now },
  );
  const beacon = new BeaconControl(createBeacon(config, { signer: author, log: modules.log }), author);
  // Pulses go into the pool without waking the producer: in instant mode each would make a block, and with it the next pulse.
  const disconnectBeacon = connectBeacon(
    {
      head: () => ({ state: chain.headView(), number: chain.head.number }),
      onBlock: (listener) => news.onBlock(listener),
      submit: (bytes) => pool.submit(decodeExtrinsic(bytes)),
      onFault: (error) => onFault(error, "beacon"),
    },
    beacon,
  );
  const stopOpening = openAhead(
    {
      view: () => chain.headView(),
      onBlock: (listener) => news.onBlock(listener),
      onFault: (error) => onFault(error, "timelocks opened ahead"),
    },
    beacon,
  );
  return {
    config,
    runtime,
    chain,
    pool,
    producer,
    rules,
    beacon,
    rpcFaults: new RpcFaults(),
    log: modules.log,
    metadata: metadataOf,
    resumed: opened.resumed,
    executionAfter,
    submit(bytes, watcher) {
      const submitted = pool.submit(decodeExtrinsic(bytes), watcher);
      modules.metrics.subnetkit_chain_submissions_total.inc({ result: submitted.kind });
      modules.metrics.subnetkit_chain_pool_transactions.set(pool.size);
      if (submitted.kind === "accepted") producer.submitted();
      return submitted;
    },
    onBlock: (listener) => news.onBlock(listener),
    onFinalized: (listener) => news.onFinalized(listener),
    setFinalityLag: (lag) => tell([], chain.setFinalityLag(lag)),
    finalizeTo: (block) => tell([], chain.finalizeTo(block)),
    reorganise(depth, drops) {
      const timeOfBlock = (block: Block): number => Number(chain.stateAt(block)?.get(timestamp.storage.Now) ?? 0n);
      const nextTimestamp = (): number => producer.nextTimestamp();
      const reorg = reorganise({ chain, pool, make, nextTimestamp, timeOf: timeOfBlock }, depth, drops);
      tell(reorg.built, reorg.finalized);
      return reorg;
    },
    editOf: (block) => edits.get(block),
    rewind(to) {
      chain.rewind(to);
      pool.clear((hash) => chain.block(hash) !== undefined);
      for (const listener of [...rewindListeners]) listener();
    },
    restart(start) {
      chain.restart(start);
      pool.clear((hash) => chain.block(hash) !== undefined);
      for (const listener of [...rewindListeners]) listener();
    },
    onRewind(listener) {
      rewindListeners.add(listener);
      return () => rewindListeners.delete(listener);
    },
    close() {
      disconnectBeacon();
      stopOpening();
      producer.stop();
      store?.close();
    },
  };
}

/** A pallet that throws over a block from elsewhere is that block's fault. */
const panics: FaultListener = (_error, where) => {
  throw trap(`${where} panicked`);
};

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
  const start = startOf(modules.origin ?? { kind: "localnet" }, config, { builder, now: modules.now });
  begin(opened?.store, start);
  return { start, store: opened?.store, resumed: modules.origin?.kind === "saved" };
}

/** Writes a start to an empty directory. */
function begin(store: ChainStore | undefined, { genesis, blocks }: ChainStart): void {
  store?.begin(genesis);
  for (const block of blocks.slice(1)) store?.append(block, () => genesis.changes.flatMap(present));
}

const present = ([key, value]: Block["changes"][number]): (readonly [string, Uint8Array])[] =>
  value === undefined ? [] : [[key, value]];
