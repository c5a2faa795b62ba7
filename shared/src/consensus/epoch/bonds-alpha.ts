import { convertFixed } from "../../fixed/convert.ts";
import { I32F32, I64F64 } from "../../fixed/formats.ts";

const PARTS_PER_MILLION = I64F64.fromInt(1_000_000);

/** Rate of new bonds, `1 - mu/10^6`; mu is divided in I64F64 and then narrowed. I32F32 bits. Source: spec/economics.md 2.5 (3). */
export function bondsAlpha(bondsMovingAverage: number): bigint {
  const kept = I64F64.safeDiv(I64F64.fromInt(bondsMovingAverage), PARTS_PER_MILLION);
  return I32F32.sub(I32F32.one, convertFixed(kept, I64F64, I32F32));
}
