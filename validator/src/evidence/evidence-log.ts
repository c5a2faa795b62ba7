import { mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { appError } from "@subnetkit/shared/errors/app-error";
import { takeLockFile } from "@subnetkit/shared/storage/lock-file";
import { RecordFile, type WriteBytes } from "@subnetkit/shared/storage/record-file";
import type { Entry, EntryBody, Opening, RoundEntry } from "./entry.ts";
import { type LogHead, noHead, sealEntry } from "./envelope.ts";
import { openRecords, readSegmentFile, segmentBytes, type SegmentPaths, segmentPaths, segmentsOf } from "./segments.ts";

export type EvidenceLogOptions = {
  readonly directory: string;
  /** Bytes the whole log may take; the oldest segments are dropped. At least {@link minimumBytes}. */
  readonly maxBytes: number;
  /** Whose log it is, and by what rules. */
  readonly opening: Opening;
};

/** Least size of a log. */
export const minimumBytes = 1024 * 1024;

/** Pieces the log is kept in: what dropping the oldest one costs is an eighth of the history. */
const segmentCount = 8;

/** An append-only, hash-chained, signed log of one process. */
export interface EvidenceLog {
  /** The newest entry; its hash vouches for all before it. */
  head(): LogHead;
  /** The last round in the log, -1 for none. */
  lastRound(): number;
  /** Appends an entry. Throws E_EVIDENCE_WRITE; then nothing of it stays. */
  append(body: Exclude<EntryBody, RoundEntry | Opening>): LogHead;
  /** Appends a round with its replies, unless it, or a later one, is in the log. True when it was written. Throws E_EVIDENCE_WRITE. */
  appendRound(body: Omit<RoundEntry, "replies">, replies: Uint8Array | undefined): boolean;
  /** Bytes on disk. */
  bytes(): number;
  close(): void;
}

/**
 * Opens a log, or begins one: takes the directory, cuts a tail that a crash tore, and writes an opening when the rules changed. Throws
 * E_EVIDENCE_LOCKED, E_EVIDENCE_CORRUPT, E_EVIDENCE_FOREIGN and E_EVIDENCE_WRITE.
 */
export function openEvidenceLog(
  { directory, maxBytes, opening }: EvidenceLogOptions,
  { keypair, nowMs, write }: { readonly keypair: Keypair; readonly nowMs: () => number; readonly write?: WriteBytes },
): EvidenceLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = path.join(directory, "lock");
  takeLockFile(lock, directory, "E_EVIDENCE_LOCKED");
  const errors = { errorCode: "E_EVIDENCE_WRITE", ...(write === undefined ? {} : { write }) } as const;
  const maxSegmentBytes = Math.floor(Math.max(maxBytes, minimumBytes) / segmentCount);

  const found = recover(directory, opening);
  let { head, lastRound } = found;
  let files = found.segment === undefined ? undefined : openFiles(found.segment);

  function openFiles(at: SegmentEnd) {
    return {
      entries: new RecordFile(at.paths.entries, at.entryBytes, errors),
      replies: new RecordFile(at.paths.replies, at.replyBytes, errors),
    };
  }

  /** The files to write to: a new segment when there is none, or the present one is full. */
  function current(): NonNullable<typeof files> {
    if (files !== undefined && files.entries.size + files.replies.size < maxSegmentBytes) return files;
    closeFiles();
    const paths = segmentPaths(directory, head.seq + 1);
    const fresh = openFiles({ paths, entryBytes: 0, replyBytes: 0 });
    files = fresh;
    try {
      put(opening, fresh.entries);
    } catch (error) {
      // A segment without its opening would stay one: the next entry begins it anew.
      closeFiles();
      rmSync(paths.entries, { force: true });
      rmSync(paths.replies, { force: true });
      throw error;
    }
    dropOldest();
    return fresh;
  }

  function dropOldest(): void {
    const all = segmentsOf(directory);
    for (const old of all.slice(0, Math.max(0, all.length - segmentCount))) {
      rmSync(old.entries, { force: true });
      rmSync(old.replies, { force: true });
    }
  }

  function put(body: EntryBody, file: RecordFile): void {
    const seq = head.seq + 1;
    const entry: Entry = { v: 1, seq, prev: head.hash, atMs: nowMs(), body };
    const sealed = sealEntry(entry, keypair);
    file.append(sealed.bytes);
    head = { seq, hash: sealed.hash };
  }

  function closeFiles(): void {
    const open = files;
    files = undefined;
    open?.entries.close();
    open?.replies.close();
  }

  if (files !== undefined && !found.opened) put(opening, files.entries);
  return {
    head: () => head,
    lastRound: () => lastRound,
    append(body) {
      put(body, current().entries);
      return head;
    },
    appendRound(body, replies) {
      if (body.round <= lastRound) return false;
      const to = current();
      let kept: RoundEntry["replies"] = null;
      if (replies !== undefined && replies.length > 0) {
        // Before the entry that names them: a crash in between leaves replies without an entry, which the next start cuts.
        const offset = to.replies.size;
        to.replies.append(replies);
        kept = { offset, bytes: replies.length, sha256: sha256Hex(replies) };
      }
      put({ ...body, replies: kept }, to.entries);
      lastRound = body.round;
      return true;
    },
    bytes: () => segmentsOf(directory).reduce((sum, paths) => sum + segmentBytes(paths), 0),
    close() {
      closeFiles();
      rmSync(lock, { force: true });
    },
  };
}

/** Where a segment's whole and useful contents end. */
type SegmentEnd = {
  readonly paths: SegmentPaths;
  readonly entryBytes: number;
  readonly replyBytes: number;
};

type Recovered = {
  head: LogHead;
  lastRound: number;
  segment: SegmentEnd | undefined;
  /** The rules in force are those of the last opening. */
  opened: boolean;
};

/** Reads the end of a log: the newest segment, and older ones as far as they are needed to find the last round. */
function recover(directory: string, opening: Opening): Recovered {
  const result: Recovered = { head: noHead, lastRound: -1, segment: undefined, opened: false };
  for (const [back, paths] of segmentsOf(directory).reverse().entries()) {
    const file = readSegmentFile(paths.entries);
    if (file.state === "corrupt" || (back > 0 && file.state !== "whole"))
      throw appError("E_EVIDENCE_CORRUPT", { file: paths.entries, problem: "a record in its middle is broken" });
    const entries = openRecords(file.records).map((opened) => {
      if (opened.kind === "broken")
        throw appError("E_EVIDENCE_CORRUPT", { file: paths.entries, problem: opened.problem });
      return opened;
    });
    const last = entries.at(-1);
    if (back === 0) result.segment = segmentEnd(paths, file.bytes, entries);
    // A segment whose very first record was torn has nothing: the head is in the one before.
    if (result.head.seq === -1 && last !== undefined) {
      result.head = { seq: last.entry.seq, hash: last.hash };
      const ours = entries.findLast(({ entry }) => entry.body.kind === "opening")?.entry.body;
      if (ours?.kind === "opening") {
        refuseForeign(ours, opening, directory);
        result.opened = back === 0 && JSON.stringify(ours) === JSON.stringify(opening);
      }
    }
    const round = entries.findLast(({ entry }) => entry.body.kind === "round")?.entry.body;
    if (round?.kind === "round") {
      result.lastRound = round.round;
      break;
    }
  }
  return result;
}

/** The end of the newest segment; undefined when it can only be left as it is, since replies that its entries name are gone. */
function segmentEnd(
  paths: SegmentPaths,
  entryBytes: number,
  entries: readonly { readonly entry: Entry }[],
): SegmentEnd | undefined {
  const last = entries.findLast(({ entry }) => entry.body.kind === "round" && entry.body.replies !== null)?.entry.body;
  const replyBytes = last?.kind === "round" && last.replies !== null ? last.replies.offset + last.replies.bytes + 8 : 0;
  const there = statSync(paths.replies, { throwIfNoEntry: false })?.size ?? 0;
  return entries.length === 0 || there < replyBytes ? undefined : { paths, entryBytes, replyBytes };
}

function refuseForeign(found: Opening, expected: Opening, directory: string): void {
  for (const field of ["hotkey", "genesisHash", "netuid"] as const)
    if (found[field] !== expected[field])
      throw appError("E_EVIDENCE_FOREIGN", { directory, field, found: found[field], expected: expected[field] });
}
