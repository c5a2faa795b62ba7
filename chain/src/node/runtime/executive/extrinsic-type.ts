import { type ScaleType, scaleType } from "../../../spec/scale/scale-type.ts";
import { extrinsicTypes } from "../../metadata/extrinsic.ts";

/** An extrinsic as APIs take and give it: its bytes with the length in front. */
export const uxt: ScaleType<Uint8Array> = scaleType<Uint8Array>(
  () => extrinsicTypes.extrinsic.def,
  1,
  (out, value) => out.put(value),
  (input) => {
    const start = input.offset;
    input.take(input.length(1));
    return input.bytes.slice(start, input.offset);
  },
);
