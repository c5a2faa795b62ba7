/** Text and bytes. */
import { ScaleError, type Writer } from "../cursor.ts";
import { u8 } from "./numbers.ts";
import { type ScaleType, scaleType, primitive } from "./scale-type.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 text (`String` in Rust). */
export const text = primitive<string>(
  "str",
  1,
  (out, v) => writeBytes(out, encoder.encode(v)),
  (input) => {
    try {
      return decoder.decode(input.take(input.length(1)));
    } catch (cause) {
      throw cause instanceof ScaleError ? cause : new ScaleError("not UTF-8");
    }
  },
);

/** Vec<u8>. */
export const bytes: ScaleType<Uint8Array> = scaleType({ kind: "sequence", of: u8 }, 1, writeBytes, (input) =>
  input.take(input.length(1)),
);

function writeBytes(out: Writer, value: Uint8Array): void {
  out.compact(value.length);
  out.put(value);
}

/** [u8; length]. */
export function fixedBytes(length: number): ScaleType<Uint8Array> {
  const write = (out: Writer, value: Uint8Array): void => {
    if (value.length !== length) throw new ScaleError(`${value.length} bytes, not ${length}`);
    out.put(value);
  };
  return scaleType({ kind: "array", of: u8, length }, length, write, (input) => input.take(length));
}
