/**
 * Byte cursors under every SCALE type. Little endian, bounds-checked: a reader never runs past its input and never allocates more than the input
 * could hold, so bytes from the network can be decoded as they come.
 */

/** Thrown when bytes are not what a SCALE type needs: too short, too long, out of range or of an unknown variant. */
export class ScaleError extends Error {
  override readonly name = "ScaleError";
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const U128_MAX = (1n << 128n) - 1n;

/** Call nesting a reader accepts before it gives up (spec/subtensor-interface.md 1.1: calls nested deeper than 8 are refused). */
const MAX_CALL_DEPTH = 8;

/** Reads SCALE values from a byte array, front to back. Throws {@link ScaleError} at the end of the input. */
export class Reader {
  readonly bytes: Uint8Array;
  private lazyView: DataView | undefined;
  private lazyBuffer: Buffer | undefined;
  private depth = 0;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  /** Made for the values that need one: most are a byte or an account. */
  private get view(): DataView {
    this.lazyView ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.lazyView;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  private advance(count: number): number {
    const at = this.offset;
    if (count > this.bytes.length - at)
      throw new ScaleError(`needs ${count} more bytes, has ${this.bytes.length - at}`);
    this.offset = at + count;
    return at;
  }

  u8(): number {
    return this.bytes[this.advance(1)] as number;
  }
  u16(): number {
    const at = this.advance(2);
    return (this.bytes[at] as number) | ((this.bytes[at + 1] as number) << 8);
  }
  i16(): number {
    return this.view.getInt16(this.advance(2), true);
  }
  u32(): number {
    return this.u32At(this.advance(4));
  }

  private u32At(at: number): number {
    const { bytes } = this;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return low + (bytes[at + 3] as number) * 0x100_0000;
  }

  i32(): number {
    return this.view.getInt32(this.advance(4), true);
  }
  u64(): bigint {
    const at = this.advance(8);
    const low = this.u32At(at);
    const high = this.u32At(at + 4);
    // One conversion where a double holds the number: amounts and block numbers do.
    return high < 0x20_0000 ? BigInt(high * 0x1_0000_0000 + low) : (BigInt(high) << 32n) | BigInt(low);
  }
  i64(): bigint {
    return this.view.getBigInt64(this.advance(8), true);
  }
  u128(): bigint {
    const low = this.u64();
    return low | (this.u64() << 64n);
  }
  i128(): bigint {
    const low = this.u64();
    return low | (this.i64() << 64n);
  }

  /** A copy of the next `count` bytes. */
  take(count: number): Uint8Array {
    const at = this.advance(count);
    return this.bytes.slice(at, at + count);
  }

  /** The next `count` bytes as lower-case hex, without `0x`. */
  hex(count: number): string {
    const at = this.advance(count);
    this.lazyBuffer ??= Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.lazyBuffer.toString("hex", at, at + count);
  }

  /** Compact integer of any size up to 2^128 - 1. */
  compactBig(): bigint {
    const first = this.u8();
    const mode = first & 3;
    if (mode === 0) return BigInt(first >> 2);
    if (mode === 1) return BigInt(((this.u8() << 8) | first) >> 2);
    if (mode === 2) {
      this.offset -= 1;
      return BigInt(this.u32() >>> 2);
    }
    const length = (first >> 2) + 4;
    if (length > 16) throw new ScaleError(`a compact integer of ${length} bytes`);
    const at = this.advance(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i] as number);
    return value;
  }

  /** Compact integer that must fit in 32 bits: lengths, u16 and u32 arguments. */
  compact(max = 0xffff_ffff): number {
    const first = this.bytes[this.offset];
    if (first !== undefined && (first & 3) === 0 && first >> 2 <= max) {
      this.offset += 1;
      return first >> 2;
    }
    const value = this.compactBig();
    if (value > BigInt(max)) throw new ScaleError(`compact ${value} is above ${max}`);
    return Number(value);
  }

  /** Element count of a sequence. `minBytes` is the least an element takes, so a lying length fails before anything is allocated. */
  length(minBytes: number): number {
    const count = this.compact();
    if (count * minBytes > this.remaining)
      throw new ScaleError(`a sequence of ${count} does not fit in ${this.remaining} bytes`);
    if (minBytes === 0 && count > 65_536) throw new ScaleError(`a sequence of ${count} empty elements`);
    return count;
  }

  /** Runs `read` one call level deeper. */
  nested<T>(read: () => T): T {
    if (this.depth >= MAX_CALL_DEPTH) throw new ScaleError(`calls nested deeper than ${MAX_CALL_DEPTH}`);
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }
}

/** Appends SCALE values to a growing byte array. Throws {@link ScaleError} for a number outside its type. */
export class Writer {
  private buffer = new Uint8Array(64);
  private view = new DataView(this.buffer.buffer);
  private hexView = Buffer.from(this.buffer.buffer);
  private length = 0;

  private use(buffer: Uint8Array<ArrayBuffer>): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer);
    this.hexView = Buffer.from(buffer.buffer);
  }

  private reserve(count: number): number {
    const at = this.length;
    const needed = at + count;
    if (needed > this.buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
      grown.set(this.buffer.subarray(0, at));
      this.use(grown);
    }
    this.length = needed;
    return at;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    this.buffer[at] = integer(value, 0, 0xff);
  }
  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, integer(value, 0, 0xffff), true);
  }
  i16(value: number): void {
    const at = this.reserve(2);
    this.view.setInt16(at, integer(value, -0x8000, 0x7fff), true);
  }
  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, integer(value, 0, 0xffff_ffff), true);
  }
  i32(value: number): void {
    const at = this.reserve(4);
    this.view.setInt32(at, integer(value, -0x8000_0000, 0x7fff_ffff), true);
  }
  u64(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigUint64(at, big(value, 0n, U64_MAX), true);
  }
  i64(value: bigint): void {
    const at = this.reserve(8);
    this.view.setBigInt64(at, big(value, -(1n << 63n), (1n << 63n) - 1n), true);
  }
  u128(value: bigint): void {
    big(value, 0n, U128_MAX);
    this.u64(value & 0xffff_ffff_ffff_ffffn);
    this.u64(value >> 64n);
  }
  i128(value: bigint): void {
    big(value, -(1n << 127n), (1n << 127n) - 1n);
    this.u64(value & 0xffff_ffff_ffff_ffffn);
    this.i64(value >> 64n);
  }

  /** Raw bytes, no length in front. */
  put(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** The bytes of hex digits, without a length in front. */
  putHex(digits: string): void {
    const at = this.reserve(digits.length / 2);
    if (this.hexView.write(digits, at, "hex") * 2 !== digits.length) throw new ScaleError("not hex digits");
  }

  /** Compact form of a non-negative integer up to 2^128 - 1. */
  compact(value: number | bigint): void {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1_073_741_824) {
      if (value < 64) this.u8(value << 2);
      else if (value < 16_384) this.u16((value << 2) | 1);
      else this.u32(value * 4 + 2);
      return;
    }
    const n = BigInt(value);
    big(n, 0n, U128_MAX);
    if (n < 64n) this.u8(Number(n) << 2);
    else if (n < 16_384n) this.u16((Number(n) << 2) | 1);
    else if (n < 1_073_741_824n) this.u32(Number((n << 2n) | 2n));
    else this.wideCompact(n);
  }

  private wideCompact(n: bigint): void {
    let bytes = 4;
    while (n >> BigInt(8 * bytes) > 0n) bytes += 1;
    this.u8(((bytes - 4) << 2) | 3);
    const at = this.reserve(16);
    this.view.setBigUint64(at, n & U64_MAX, true);
    this.view.setBigUint64(at + 8, n >> 64n, true);
    // Zeros above the number are not part of it.
    this.length = at + bytes;
  }

  /** Forgets what was written and keeps the room for it, up to 64 kB. */
  clear(): void {
    this.length = 0;
    if (this.buffer.length > 65_536) this.use(new Uint8Array(64));
  }

  /** The bytes written so far, as a copy of exactly that length. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

function integer(value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ScaleError(`${value} is not an integer from ${min} to ${max}`);
  return value;
}

function big(value: bigint, min: bigint, max: bigint): bigint {
  if (typeof value !== "bigint" || value < min || value > max)
    throw new ScaleError(`${value} is not a bigint from ${min} to ${max}`);
  return value;
}
