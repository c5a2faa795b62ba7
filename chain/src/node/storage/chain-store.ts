/**
 * The chain on disk: segments `<block>.log`, each opening with a full state at its first block and followed by one record per later block. A new
 * segment starts every `segmentBlocks` blocks or 48 MB and is put in place by rename; the two newest are kept, so disk stays bounded and at least
 * one segment of history survives a restart. One directory belongs to one process at a time.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { takeLockFile } from "@subnetkit/shared/storage/lock-file";
import { readRecords, RecordFile } from "@subnetkit/shared/storage/record-file";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { bytes, text } from "../../spec/scale/byte-strings.ts";
import { u32 } from "../../spec/scale/numbers.ts";
import type { ValueOf } from "../../spec/scale/scale-type.ts";
import { vec } from "../../spec/scale/sequences.ts";
import { struct, tuple } from "../../spec/scale/structs.ts";
import { option } from "../../spec/scale/variants.ts";
import { type Block, decodeBlock, encodeBlock } from "../block/block.ts";
import type { BlockStore, ChainStart } from "../block/chain.ts";
import { stateRootOf } from "./state-root.ts";

const MAGIC = "subnetkit chain";
/** 2: state roots are a sum over the state, no longer a hash chain over its changes. */
const VERSION = 2;
const MAX_SEGMENT_BYTES = 48 * 1024 * 1024;
const writeErrors = { errorCode: "E_CHAIN_STORE_WRITE" } as const;

const segmentHead = struct("", {
  magic: text,
  version: u32,
  chain: text,
  genesis: bytes,
  first: bytes,
  state: option(vec(tuple(bytes, bytes))),
});

/** Options of a store. */
export interface StoreOptions {
  readonly directory: string;
  /** Name of the chain; a directory of another chain is refused. */
  readonly chain: string;
  /** Blocks per segment. */
  readonly segmentBlocks: number;
}

/** What a directory held, and a store to go on with. */
export interface OpenedStore {
  /** Undefined for an empty directory. */
  readonly start: ChainStart | undefined;
  readonly store: ChainStore;
}

/**
 * Opens a directory, reads what is there and takes the directory. Throws E_CHAIN_STORE_LOCKED when a living process has it, E_CHAIN_STORE_FOREIGN for
 * another chain or version, E_CHAIN_STORE_CORRUPT when its files cannot be read back, and E_CHAIN_STORE_WRITE when the newest cannot be written.
 */
export function openStore(options: StoreOptions): OpenedStore {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  takeLockFile(lockPath(options.directory), options.directory, "E_CHAIN_STORE_LOCKED");
  for (const name of readdirSync(options.directory)) if (name.endsWith(".tmp")) rmSync(join(options.directory, name));
  const segments = segmentsOf(options.directory);
  if (segments.length === 0) return { start: undefined, store: new ChainStore(options, undefined) };
  const newest = readSegment(options, segments.at(-1) as number);
  const parts = [...segments.slice(0, -1).flatMap((first) => olderSegment(options, first)), newest];
  const start = joinSegments(options, parts);
  const last = parts[parts.length - 1] as Segment;
  return { start, store: new ChainStore(options, { first: last.first, bytes: last.bytes, genesis: start.genesis }) };
}

/** Appends blocks to the newest segment. */
export class ChainStore implements BlockStore {
  private readonly options: StoreOptions;
  private genesis: Block | undefined;
  private file: RecordFile | undefined;
  private segment = 0;

  constructor(options: StoreOptions, resume: { first: number; bytes: number; genesis: Block } | undefined) {
    this.options = options;
    if (resume === undefined) return;
    this.genesis = resume.genesis;
    this.segment = resume.first;
    this.file = new RecordFile(segmentPath(options.directory, resume.first), resume.bytes, writeErrors);
  }

  /** Writes block 0 of a new chain. */
  begin(genesis: Block): void {
    this.genesis = genesis;
    this.startSegment(genesis, undefined);
  }

  append(block: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void {
    if (this.file === undefined) throw new RangeError("the store has no genesis");
    if (block.number - this.segment >= this.options.segmentBlocks || this.file.size > MAX_SEGMENT_BYTES)
      this.startSegment(block, entries);
    else this.file.append(encodeBlock(block));
  }

  rewind(head: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void {
    this.file?.close();
    this.file = undefined;
    // The older segment stays: it no longer meets the new one, so only the state written now is read back.
    for (const first of segmentsOf(this.options.directory))
      if (first > head.number) rmSync(segmentPath(this.options.directory, first));
    this.startSegment(head, entries);
  }

  restart(genesis: Block, head: Block, entries: () => Iterable<readonly [string, Uint8Array]>): void {
    this.file?.close();
    this.file = undefined;
    for (const first of segmentsOf(this.options.directory)) rmSync(segmentPath(this.options.directory, first));
    this.genesis = genesis;
    this.startSegment(head, head.number === 0 ? undefined : entries);
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
    rmSync(lockPath(this.options.directory), { force: true });
  }

  private startSegment(first: Block, entries: (() => Iterable<readonly [string, Uint8Array]>) | undefined): void {
    const { directory, chain } = this.options;
    const state =
      entries === undefined
        ? undefined
        : [...entries()].map(([key, value]): [Uint8Array, Uint8Array] => [hexToBytes(key), value]);
    const head: ValueOf<typeof segmentHead> = {
      magic: MAGIC,
      version: VERSION,
      chain,
      genesis: encodeBlock(this.genesis ?? first),
      first: encodeBlock(first),
      state,
    };
    const path = segmentPath(directory, first.number);
    const fresh = new RecordFile(`${path}.tmp`, 0, writeErrors);
    fresh.append(segmentHead.enc(head));
    const bytesWritten = fresh.size;
    fresh.close();
    renameSync(`${path}.tmp`, path);
    this.file?.close();
    this.file = new RecordFile(path, bytesWritten, writeErrors);
    this.segment = first.number;
    for (const old of segmentsOf(directory).slice(0, -2)) rmSync(segmentPath(directory, old));
  }
}

interface Segment {
  readonly first: number;
  readonly head: ValueOf<typeof segmentHead>;
  readonly blocks: readonly Block[];
  readonly bytes: number;
}

function readSegment(options: StoreOptions, first: number): Segment {
  const path = segmentPath(options.directory, first);
  const { records, bytes: length, corrupt } = readRecords(path);
  if (corrupt) throw appError("E_CHAIN_STORE_CORRUPT", { path, reason: `the record at byte ${length} is damaged` });
  const [opening, ...rest] = records;
  if (opening === undefined)
    throw appError("E_CHAIN_STORE_CORRUPT", { path, reason: "it does not begin with a whole record" });
  const head = decoded(path, () => segmentHead.dec(opening));
  if (head.magic !== MAGIC || head.version !== VERSION)
    throw appError("E_CHAIN_STORE_FOREIGN", {
      path,
      found: `${head.magic} version ${head.version}`,
      expected: `${MAGIC} version ${VERSION}`,
    });
  if (head.chain !== options.chain)
    throw appError("E_CHAIN_STORE_FOREIGN", { path, found: head.chain, expected: options.chain });
  const blocks = decoded(path, () => [decodeBlock(head.first), ...rest.map(decodeBlock)]);
  return { first, head, blocks, bytes: length };
}

/** A segment before the newest one is history alone: one that cannot be read back is left out. */
function olderSegment(options: StoreOptions, first: number): Segment[] {
  try {
    return [readSegment(options, first)];
  } catch (cause) {
    if (!isAppError(cause, "E_CHAIN_STORE_CORRUPT")) throw cause;
    return [];
  }
}

/** One run of blocks out of the segments; an older segment that does not meet the next is left out. */
function joinSegments(options: StoreOptions, parts: readonly Segment[]): ChainStart {
  const last = parts[parts.length - 1] as Segment;
  const before = parts.length > 1 ? (parts[parts.length - 2] as Segment) : undefined;
  const meets =
    before !== undefined && follows(before.blocks[before.blocks.length - 1] as Block, last.blocks[0] as Block);
  const from = meets && before !== undefined ? before : last;
  const blocks = meets && before !== undefined ? [...before.blocks, ...last.blocks] : last.blocks;
  const path = options.directory;
  blocks.slice(1).forEach((block, i) => {
    if (!follows(blocks[i] as Block, block))
      throw appError("E_CHAIN_STORE_CORRUPT", {
        path,
        reason: `block ${block.number} does not follow its predecessor`,
      });
  });
  const genesis = decoded(path, () => decodeBlock(from.head.genesis));
  const state = from.head.state?.map(([key, value]): [`0x${string}`, Uint8Array] => [bytesToHex(key), value]);
  if (state !== undefined && stateRootOf(state) !== blocks[0]?.header.state_root)
    throw appError("E_CHAIN_STORE_CORRUPT", {
      path,
      reason: `the state at block ${from.first} has not the root of its block`,
    });
  return state === undefined ? { genesis, blocks } : { genesis, blocks, snapshot: state };
}

const follows = (parent: Block, child: Block): boolean =>
  child.number > parent.number && child.header.parent_hash === parent.hash;

function decoded<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw appError("E_CHAIN_STORE_CORRUPT", { path, reason: "a record does not decode" }, { cause });
  }
}

const segmentPath = (directory: string, first: number): string =>
  join(directory, `${String(first).padStart(10, "0")}.log`);
const lockPath = (directory: string): string => join(directory, "lock");

/** First blocks of the segments, ascending. */
function segmentsOf(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => /^\d{10}\.log$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b);
}
