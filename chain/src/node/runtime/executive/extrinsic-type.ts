import { type ScaleType, scaleType } from "../../../spec/scale/scale-type.ts";
import { extrinsicTypes } from "../../metadata/extrinsic.ts";

/** Bytes of the shortest extrinsic: its length, its version, and the pallet and the call it names. */
const LEAST_BYTES = 4;

/** An extrinsic as APIs take and give it: its bytes with the length in front. */
export const uxt: ScaleType<Uint8Array> = scaleType<Uint8Array>(
  () => extrinsicTypes.extrinsic.def,
  LEAST_BYTES,
  (out, value) => out.put(value),
  (input) => {
    const start = input.offset;
    input.take(input.length(1));
    return input.bytes.slice(start, input.offset);
  },
);
