/** A snapshot of a live network as the client takes it and the node loads it: entries in a file, see entries-file.ts. */
import type { EntriesHeader } from "./entries-file.ts";

/** Format of the file, and its version: raised when the meaning of the header or of the entries changes. */
export const SNAPSHOT_FORMAT = "subnetkit network snapshot";
/** See {@link SNAPSHOT_FORMAT}. */
export const SNAPSHOT_VERSION = 1;

/** First line of a snapshot. */
export interface SnapshotHeader extends EntriesHeader {
  readonly format: typeof SNAPSHOT_FORMAT;
  readonly version: typeof SNAPSHOT_VERSION;
  /** Genesis of the network, 0x hex. */
  readonly genesisHash: string;
  /** Name of the network, as system_chain told it. */
  readonly chain: string;
  readonly specName: string;
  readonly specVersion: number;
  /** Block whose state this is. */
  readonly block: number;
  readonly blockHash: string;
  /** Subnets that are in it, besides root. */
  readonly netuids: readonly number[];
}

/** A header as a snapshot's, or why it is none. */
export function snapshotHeader(header: EntriesHeader): SnapshotHeader | string {
  const { genesisHash, chain, specName, specVersion, block, blockHash, netuids } = header;
  if (typeof block !== "number" || !Number.isInteger(block) || block < 0 || block > 4_294_967_295)
    return "its header names no block";
  if (!Array.isArray(netuids) || !netuids.every((one) => Number.isInteger(one) && one >= 0 && one <= 65_535))
    return "its header names no netuids";
  for (const text of [genesisHash, chain, specName, blockHash])
    if (typeof text !== "string") return "its header does not say of which network it is";
  if (typeof specVersion !== "number") return "its header has no spec version";
  return header as SnapshotHeader;
}
