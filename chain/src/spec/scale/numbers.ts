/** Booleans and whole numbers, plain and compact. */
import { type Reader, ScaleError, type Writer } from "../cursor.ts";
import { type ScaleType, scaleType, primitive } from "./scale-type.ts";

export const bool = primitive<boolean>(
  "bool",
  1,
  (out, v) => out.u8(v ? 1 : 0),
  (input) => {
    const byte = input.u8();
    if (byte > 1) throw new ScaleError(`a bool of ${byte}`);
    return byte === 1;
  },
);
export const u8 = primitive<number>(
  "u8",
  1,
  (out, v) => out.u8(v),
  (input) => input.u8(),
);
export const u16 = primitive<number>(
  "u16",
  2,
  (out, v) => out.u16(v),
  (input) => input.u16(),
);
export const u32 = primitive<number>(
  "u32",
  4,
  (out, v) => out.u32(v),
  (input) => input.u32(),
);
export const u64 = primitive<bigint>(
  "u64",
  8,
  (out, v) => out.u64(v),
  (input) => input.u64(),
);
export const u128 = primitive<bigint>(
  "u128",
  16,
  (out, v) => out.u128(v),
  (input) => input.u128(),
);
export const i16 = primitive<number>(
  "i16",
  2,
  (out, v) => out.i16(v),
  (input) => input.i16(),
);
export const i32 = primitive<number>(
  "i32",
  4,
  (out, v) => out.i32(v),
  (input) => input.i32(),
);
export const i64 = primitive<bigint>(
  "i64",
  8,
  (out, v) => out.i64(v),
  (input) => input.i64(),
);
export const i128 = primitive<bigint>(
  "i128",
  16,
  (out, v) => out.i128(v),
  (input) => input.i128(),
);

/** Compact form of an unsigned integer: number for u8, u16 and u32, bigint for u64 and u128. */
export function compact<T extends number | bigint>(of: ScaleType<T>): ScaleType<T> {
  if (of.def.kind !== "primitive" || !of.def.primitive.startsWith("u"))
    throw new ScaleError("compact takes an unsigned integer type");
  const max = (1n << BigInt(of.minBytes * 8)) - 1n;
  const big = of.minBytes > 4;
  const check = (value: number | bigint): void => {
    if (value < 0 || value > max) throw new ScaleError(`${value} is out of range`);
  };
  const read = (input: Reader): T => {
    const value = input.compactBig();
    check(value);
    return (big ? value : Number(value)) as T;
  };
  const write = (out: Writer, value: T): void => {
    check(value);
    out.compact(value);
  };
  return scaleType<T>({ kind: "compact", of }, 1, write, read);
}
