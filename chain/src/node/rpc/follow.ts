/**
 * One chainHead follow: the blocks it pinned, the events it is told, the operations that run on pinned blocks (spec/json-rpc.md 3). Operations have no
 * limit and finish in one turn of the event loop after their reply; pins end with the history, by a `stop`.
 */
import type { Block } from "../block/block.ts";
import type { Finalized } from "../block/chain.ts";
import type { ChainNode } from "../create-node.ts";
import { CODE_KEY } from "../storage/state.ts";
import type { RawReader } from "../storage/versions.ts";
import { runtimeAt } from "./block-at.ts";
import { runtimeJson } from "./json.ts";
import { Continued, type Push } from "./method.ts";
import { RpcError } from "./rpc-error.ts";
import { type StorageItemJson, storageItems, type StorageQuery } from "./storage-query.ts";

/** Final blocks a new follow starts with, at most: enough to bridge a lost connection. */
const INITIAL_BLOCKS = 8;
/** Silence after which the best block is told again: papi drops a socket that is quiet for 40 s, pings do not count. */
const QUIET_MS = 15_000;
/** Entries per event of a walk. */
const BATCH = 256;

/** A running follow. */
export class Follow {
  readonly withRuntime: boolean;
  private readonly node: ChainNode;
  private readonly push: Push;
  private readonly stopped: () => void;
  private readonly pinned = new Map<string, Block>();
  /** Announced blocks that are neither final nor pruned. */
  private readonly open = new Set<string>();
  private readonly running = new Set<string>();
  private nextOperation = 1;
  private lastEventAt = 0;

  /** `stopped` is called when the follow ends itself. */
  constructor(node: ChainNode, withRuntime: boolean, push: Push, stopped: () => void) {
    this.node = node;
    this.withRuntime = withRuntime;
    this.push = push;
    this.stopped = stopped;
  }

  /** Tells where the chain stands and follows it; the returned function ends that. */
  begin(): () => void {
    const finalizedBlockHashes = this.pinRecent();
    const { chain } = this.node;
    const runtime = this.withRuntime
      ? { finalizedBlockRuntime: runtimeJson(runtimeAt(this.node, chain.finalized)) }
      : {};
    this.tell({ event: "initialized", finalizedBlockHashes, ...runtime });
    for (const block of chain.candidates) this.announce(block);
    this.tellBest();
    const unfollow = this.node.onBlock(({ block, adopted }) => {
      this.announce(block);
      if (adopted.length > 0) this.tellBest();
    });
    const unfinal = this.node.onFinalized((finalized) => this.onFinalized(finalized));
    const unhear = this.node.onRewind(() => this.stop());
    const quiet = setInterval(() => {
      if (performance.now() - this.lastEventAt >= QUIET_MS) this.tellBest();
    }, QUIET_MS / 3);
    quiet.unref();
    return () => {
      clearInterval(quiet);
      unfollow();
      unfinal();
      unhear();
      this.pinned.clear();
      this.open.clear();
      this.running.clear();
    };
  }

  /** A pinned block, or −32801. */
  block(hash: string): Block {
    const block = this.pinned.get(hash);
    if (block === undefined) throw new RpcError(-32_801, "Invalid block hash", "the block is not pinned");
    return block;
  }

  /** Unpins all of these or, when one is unknown (−32801) or twice there (−32804), none. */
  unpin(hashes: readonly string[]): void {
    if (new Set(hashes).size !== hashes.length) throw new RpcError(-32_804, "Duplicate block hashes");
    for (const hash of hashes) this.block(hash);
    for (const hash of hashes) this.pinned.delete(hash);
  }

  /** An operation: the reply that names it, then, once that is sent, the work and its events. */
  operate(work: (tell: (event: Record<string, unknown>) => void) => void, fields: object = {}): Continued {
    const operationId = String(this.nextOperation++);
    this.running.add(operationId);
    const run = (): void => {
      if (!this.running.delete(operationId)) return;
      work((event) => this.tell({ operationId, ...event }));
    };
    return new Continued({ result: "started", operationId, ...fields }, () => setImmediate(run));
  }

  /** Drops an operation that has not run yet. */
  cancel(operationId: string): void {
    this.running.delete(operationId);
  }

  private announce(block: Block): void {
    this.pinned.set(block.hash, block);
    this.open.add(block.hash);
    const upgraded = this.withRuntime && block.changes.some(([key]) => key === CODE_KEY);
    this.tell({
      event: "newBlock",
      blockHash: block.hash,
      parentBlockHash: block.header.parent_hash,
      newRuntime: upgraded ? runtimeJson(runtimeAt(this.node, block)) : null,
    });
  }

  /** Pruned blocks that this follow was never told of are left out. */
  private onFinalized({ blocks, pruned }: Finalized): void {
    const known = ({ hash }: Block): boolean => this.open.delete(hash);
    this.tell({
      event: "finalized",
      finalizedBlockHashes: blocks.map(({ hash }) => hash),
      prunedBlockHashes: pruned.filter(known).map(({ hash }) => hash),
    });
    for (const { hash } of blocks) this.open.delete(hash);
    const oldest = this.pinned.values().next().value;
    if (oldest !== undefined && oldest.number < this.node.chain.oldestState) this.stop();
  }

  private stop(): void {
    this.tell({ event: "stop" });
    this.stopped();
  }

  private pinRecent(): string[] {
    const { chain } = this.node;
    const recent: Block[] = [];
    let block: Block | undefined = chain.finalized;
    while (block !== undefined && block.number >= chain.oldestState && recent.length < INITIAL_BLOCKS) {
      recent.unshift(block);
      block = chain.block(block.header.parent_hash);
    }
    for (const block of recent) this.pinned.set(block.hash, block);
    return recent.map((block) => block.hash);
  }

  private tellBest(): void {
    this.tell({ event: "bestBlockChanged", bestBlockHash: this.node.chain.head.hash });
  }

  private tell(event: Record<string, unknown>): void {
    this.lastEventAt = performance.now();
    this.push(event);
  }
}

/** Runs the questions of a storage operation: never an empty event, always a last `operationStorageDone`. */
export function answerStorage(
  reader: RawReader,
  queries: readonly StorageQuery[],
  tell: (event: Record<string, unknown>) => void,
): void {
  for (const query of queries) {
    let items: StorageItemJson[] = [];
    for (const item of storageItems(reader, query)) {
      items.push(item);
      if (items.length < BATCH) continue;
      tell({ event: "operationStorageItems", items });
      items = [];
    }
    if (items.length > 0) tell({ event: "operationStorageItems", items });
  }
  tell({ event: "operationStorageDone" });
}
