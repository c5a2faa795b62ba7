/**
 * An append-only file of records, each with its length and a CRC-32. After a crash the tail may be torn: reading stops at the first record that is
 * not whole, and opening for append cuts the file there. Written without fsync (a killed process loses nothing, a power cut the last seconds);
 * `close` syncs.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

const HEAD_BYTES = 8;

/** Whole records of a file, and how many bytes they take. Everything after that is torn. */
export function readRecords(path: string): { records: Uint8Array[]; bytes: number } {
  const content = readFileSync(path);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= content.length) {
    const length = content.readUInt32LE(at);
    const end = at + HEAD_BYTES + length;
    if (end > content.length) break;
    const record = content.subarray(at + HEAD_BYTES, end);
    if (crc32(record) !== content.readUInt32LE(at + 4)) break;
    records.push(new Uint8Array(record));
    at = end;
  }
  return { records, bytes: at };
}

/** Appends records to a file. */
export class RecordFile {
  private readonly fd: number;
  private position: number;

  /** Opens or creates a file and cuts it to `bytes`, the end of its last whole record. */
  constructor(path: string, bytes: number) {
    this.fd = openSync(path, bytes === 0 ? "w+" : "r+", 0o600);
    ftruncateSync(this.fd, bytes);
    this.position = bytes;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.position;
  }

  /** Appends one record with a single write. */
  append(record: Uint8Array): void {
    const framed = Buffer.alloc(HEAD_BYTES + record.length);
    framed.writeUInt32LE(record.length, 0);
    framed.writeUInt32LE(crc32(record), 4);
    framed.set(record, HEAD_BYTES);
    writeSync(this.fd, framed, 0, framed.length, this.position);
    this.position += framed.length;
  }

  /** Syncs and closes. */
  close(): void {
    fsyncSync(this.fd);
    closeSync(this.fd);
  }
}
