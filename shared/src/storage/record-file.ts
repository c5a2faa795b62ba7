/**
 * An append-only file of records, each with its length and a CRC-32. After a crash the tail may be torn: reading stops at the first record that is
 * not whole, and opening for append cuts the file there. Written without fsync (a killed process loses nothing, a power cut the last seconds);
 * `close` syncs.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { appError, type ErrorCode, errorMessage } from "../errors/app-error.ts";

const HEAD_BYTES = 8;

/** Whole records of a file from its start, and how many bytes they take. Everything after that is torn, or corrupt. */
export interface Records {
  readonly records: Uint8Array[];
  readonly bytes: number;
  /** True when a whole record follows a broken one: no crash while appending leaves that behind. */
  readonly corrupt: boolean;
}

/** Reads the records of a file. */
export function readRecords(path: string): Records {
  const content = readFileSync(path);
  const records: Uint8Array[] = [];
  let at = 0;
  for (let record = recordAt(content, at); record?.whole === true; record = recordAt(content, at)) {
    records.push(new Uint8Array(content.subarray(at + HEAD_BYTES, record.end)));
    at = record.end;
  }
  const broken = recordAt(content, at);
  return { records, bytes: at, corrupt: broken !== undefined && recordAt(content, broken.end)?.whole === true };
}

/** The record at an offset as far as it is there. Its length is never 0: the zeros a power cut may leave at the end are no records. */
function recordAt(content: Buffer, at: number): { readonly end: number; readonly whole: boolean } | undefined {
  if (at + HEAD_BYTES > content.length) return undefined;
  const length = content.readUInt32LE(at);
  const end = at + HEAD_BYTES + length;
  if (length === 0 || end > content.length) return { end, whole: false };
  const whole = crc32(content.subarray(at + HEAD_BYTES, end)) === content.readUInt32LE(at + 4);
  return { end, whole };
}

/** Writes bytes of a buffer at a position; returns how many it took. */
export type WriteBytes = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => number;

/** Appends records to a file. */
export class RecordFile {
  private readonly path: string;
  private readonly fd: number;
  private readonly write: WriteBytes;
  private readonly errorCode: ErrorCode;
  private position: number;

  /**
   * Opens or creates a file and cuts it to `bytes`, the end of its last whole record. Whatever fails, here and later, is thrown as an error of the
   * code given, with the path and the reason as its data.
   */
  constructor(
    path: string,
    bytes: number,
    { errorCode, write = writeSync }: { readonly errorCode: ErrorCode; readonly write?: WriteBytes },
  ) {
    this.path = path;
    this.write = write;
    this.errorCode = errorCode;
    this.position = bytes;
    this.fd = this.coded(() => openSync(path, bytes === 0 ? "w+" : "r+", 0o600));
    this.coded(() => ftruncateSync(this.fd, bytes));
  }

  /** Bytes written so far. */
  get size(): number {
    return this.position;
  }

  /** Appends one record. Throws, for a full disk say; what was written of the record is cut off again. */
  append(record: Uint8Array): void {
    const framed = Buffer.alloc(HEAD_BYTES + record.length);
    framed.writeUInt32LE(record.length, 0);
    framed.writeUInt32LE(crc32(record), 4);
    framed.set(record, HEAD_BYTES);
    this.coded(() => this.writeWhole(framed));
    this.position += framed.length;
  }

  /** All bytes, or none that stay. */
  private writeWhole(framed: Uint8Array): void {
    try {
      for (let done = 0; done < framed.length; ) {
        const taken = this.write(this.fd, framed, done, framed.length - done, this.position + done);
        if (taken <= 0) throw new Error("the file takes no more bytes");
        done += taken;
      }
    } catch (cause) {
      ftruncateSync(this.fd, this.position);
      throw cause;
    }
  }

  /** Syncs and closes. */
  close(): void {
    this.coded(() => {
      fsyncSync(this.fd);
      closeSync(this.fd);
    });
  }

  private coded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw appError(this.errorCode, { path: this.path, reason: errorMessage(cause) }, { cause });
    }
  }
}
