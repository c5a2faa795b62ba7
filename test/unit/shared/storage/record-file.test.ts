import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRecords, RecordFile } from "@subnetkit/shared/storage/record-file";

let directory: string;
let file: string;
const errorCode = "E_CHAIN_STORE_WRITE";
const record = (byte: number): Uint8Array => new Uint8Array(100).fill(byte);

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "subnetkit-records-"));
  file = path.join(directory, "records");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(...records: Uint8Array[]): void {
  const opened = new RecordFile(file, 0, { errorCode });
  for (const one of records) opened.append(one);
  opened.close();
}

describe("a record file", () => {
  it("comes back with its whole records wherever a crash cut it", () => {
    write(record(1), record(2), record(3));
    const whole = readFileSync(file);
    for (let length = whole.length; length >= 0; length--) {
      writeFileSync(file, whole.subarray(0, length));
      const { records, bytes, corrupt } = readRecords(file);
      expect(records).toEqual([1, 2, 3].slice(0, Math.floor(length / 108)).map(record));
      expect({ bytes, corrupt }).toEqual({ bytes: records.length * 108, corrupt: false });
    }
  });

  it("takes zeros at the end for a torn tail, not for records", () => {
    write(record(1));
    truncateSync(file, 108 + 4_096);
    expect(readRecords(file)).toMatchObject({ records: [record(1)], bytes: 108, corrupt: false });
  });

  it("tells damage from a torn tail: a whole record behind it", () => {
    write(record(1), record(2), record(3));
    const bytes = readFileSync(file);
    bytes[108 + 50] = 77;
    writeFileSync(file, bytes);
    expect(readRecords(file)).toMatchObject({ bytes: 108, corrupt: true });
    writeFileSync(file, bytes.subarray(0, 216));
    expect(readRecords(file)).toMatchObject({ bytes: 108, corrupt: false });
  });

  it("goes on where the system takes only some of the bytes", () => {
    const opened = new RecordFile(file, 0, {
      errorCode,
      write: (fd, bytes, offset, length, position) => writeSync(fd, bytes, offset, Math.min(length, 7), position),
    });
    opened.append(record(1));
    opened.append(record(2));
    opened.close();
    expect(readRecords(file).records).toEqual([record(1), record(2)]);
  });

  it("fails with a code when the disk is full and keeps what was whole", () => {
    let room = 150;
    const opened = new RecordFile(file, 0, {
      errorCode,
      write: (fd, bytes, offset, length, position) => {
        if (room === 0) throw new Error("ENOSPC: no space left on device, write");
        const taken = writeSync(fd, bytes, offset, Math.min(length, room), position);
        room -= taken;
        return taken;
      },
    });
    opened.append(record(1));
    let thrown: unknown;
    try {
      opened.append(record(2));
    } catch (cause) {
      thrown = cause;
    }
    expect(isAppError(thrown, "E_CHAIN_STORE_WRITE")).toBe(true);
    expect(String(thrown)).toContain("ENOSPC");
    expect(readFileSync(file)).toHaveLength(108);
    room = 1_000;
    opened.append(record(3));
    opened.close();
    expect(readRecords(file).records).toEqual([record(1), record(3)]);
  });
});
