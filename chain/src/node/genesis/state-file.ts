/** A chain's whole state in a file: genesis, newest block, every entry. What dev_dumpState, dev_loadState and `--state` write and read. */
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import {
  entriesBytes,
  type EntriesHeader,
  type Entry,
  readEntriesFile,
  writeEntriesFile,
} from "../../spec/entries-file.ts";
import { type Block, decodeBlock, encodeBlock } from "../block/block.ts";
import type { Chain, ChainStart } from "../block/chain.ts";
import { rawKey } from "../storage/state.ts";
import { stateRootOf } from "../storage/state-root.ts";

/** Format of the file, and its version: raised when the meaning of the header or of the entries changes. */
const STATE_FORMAT = "subnetkit chain state";
/** See {@link STATE_FORMAT}. */
export const STATE_VERSION = 1;

/** What a file holds besides entries. */
export interface SavedState {
  readonly start: ChainStart;
  /** Ms that the chain's clock was ahead of the wall clock. */
  readonly offsetMs: number;
}

/** What is saved. */
export interface StateSource {
  readonly chain: Chain;
  readonly chainName: string;
  readonly offsetMs: number;
}

/** Writes the state after the newest block to a file, which is complete or not there. Returns the number of entries. Throws E_STATE_FILE_WRITE. */
export function writeStateFile(path: string, source: StateSource): Promise<number> {
  const { head } = source.chain;
  return writeEntriesFile(path, headerOf(source, head), entriesOf(source.chain, head));
}

/** The same as bytes. */
export function stateBytes(source: StateSource): Promise<Uint8Array> {
  const { head } = source.chain;
  return entriesBytes(headerOf(source, head), entriesOf(source.chain, head));
}

/** Reads a file, or bytes, back. Throws E_STATE_FILE_INVALID. */
export async function readStateFile(path: string, bytes?: Uint8Array): Promise<SavedState> {
  const { header, entries } = await readEntriesFile(path, { [STATE_FORMAT]: STATE_VERSION }, bytes);
  const genesis = blockOf(path, header["genesis"]);
  const head = blockOf(path, header["head"]);
  const snapshot: [`0x${string}`, Uint8Array][] = [];
  for await (const [key, value] of entries) snapshot.push([rawKey(key), hexToBytes(value)]);
  if (stateRootOf(snapshot) !== head.header.state_root)
    throw appError("E_STATE_FILE_INVALID", { path, reason: "its entries have not the state root of its newest block" });
  const { offsetMs } = header;
  return {
    start: { genesis, snapshot, blocks: [head] },
    offsetMs: typeof offsetMs === "number" && Number.isFinite(offsetMs) ? offsetMs : 0,
  };
}

function headerOf({ chain, chainName, offsetMs }: StateSource, head: Block): EntriesHeader {
  return {
    format: STATE_FORMAT,
    version: STATE_VERSION,
    chain: chainName,
    block: head.number,
    blockHash: head.hash,
    genesisHash: chain.genesis.hash,
    offsetMs,
    genesis: bytesToHex(encodeBlock(chain.genesis)),
    head: bytesToHex(encodeBlock(head)),
  };
}

/** Read from one version of the storage: blocks that come meanwhile change nothing. */
function* entriesOf(chain: Chain, head: Block): Iterable<Entry> {
  const reader = chain.storageAt(head);
  if (reader === undefined) throw new RangeError("the head has no state");
  for (const key of reader.keys("0x")) {
    const value = reader.get(key);
    if (value !== undefined) yield [key, bytesToHex(value)];
  }
}

function blockOf(path: string, hex: unknown): Block {
  try {
    if (typeof hex === "string") return decodeBlock(hexToBytes(hex));
  } catch (cause) {
    throw appError("E_STATE_FILE_INVALID", { path, reason: "a block in its header does not decode" }, { cause });
  }
  throw appError("E_STATE_FILE_INVALID", { path, reason: "its header has no genesis and head" });
}
