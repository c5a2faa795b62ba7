import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { readRecords } from "@subnetkit/shared/storage/record-file";
import { type OpenedEntry, openEntry } from "./envelope.ts";

/** A piece of the log: its entries, and beside them the replies that they name. Named by its first entry's number. */
export type SegmentPaths = { readonly first: number; readonly entries: string; readonly replies: string };

const namePattern = /^(\d{12})\.entries$/;

/** The paths of the segment that begins with an entry. */
export function segmentPaths(directory: string, first: number): SegmentPaths {
  const base = path.join(directory, String(first).padStart(12, "0"));
  return { first, entries: `${base}.entries`, replies: `${base}.replies` };
}

/** The segments of a directory, oldest first; none where there is no such directory. */
export function segmentsOf(directory: string): SegmentPaths[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .flatMap((name) => {
      const first = namePattern.exec(name)?.[1];
      return first === undefined ? [] : [Number(first)];
    })
    .sort((a, b) => a - b)
    .map((first) => segmentPaths(directory, first));
}

/** Bytes a segment takes on disk. */
export function segmentBytes({ entries, replies }: SegmentPaths): number {
  return [entries, replies].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** What a file holds: its whole records, how far they reach, and what is wrong behind them. */
export type SegmentFile = {
  readonly records: readonly Uint8Array[];
  /** Where the whole records end. */
  readonly bytes: number;
  /** `whole`; `torn`: the last record is not complete; `corrupt`: whole records follow a broken one. */
  readonly state: "whole" | "torn" | "corrupt";
};

/** Reads a file of a segment; a missing one is empty. */
export function readSegmentFile(file: string): SegmentFile {
  if (!existsSync(file)) return { records: [], bytes: 0, state: "whole" };
  const { records, bytes, corrupt } = readRecords(file);
  const rest = statSync(file).size - bytes;
  return { records, bytes, state: corrupt ? "corrupt" : rest > 0 ? "torn" : "whole" };
}

/** The entries of a segment, in order, each opened. */
export function openRecords(records: readonly Uint8Array[]): OpenedEntry[] {
  return records.map(openEntry);
}
