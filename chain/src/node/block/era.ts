/** Transaction mortality, as sp_runtime::generic::Era encodes it. */
import { type Reader, ScaleError, type Writer } from "../../spec/cursor.ts";

/** Valid for ever, or for `period` blocks from the block where `number % period == phase`. */
export type Era =
  | { readonly kind: "immortal" }
  | { readonly kind: "mortal"; readonly period: number; readonly phase: number };

/** Decodes one byte (0: immortal) or two. Throws ScaleError on a phase outside its period. */
export function readEra(input: Reader): Era {
  const first = input.u8();
  if (first === 0) return { kind: "immortal" };
  const encoded = first | (input.u8() << 8);
  const period = 2 << (encoded % 16);
  const phase = (encoded >> 4) * quantizeFactor(period);
  if (period < 4 || phase >= period) throw new ScaleError("an era out of range");
  return { kind: "mortal", period, phase };
}

/** Encodes an era. */
export function writeEra(out: Writer, era: Era): void {
  if (era.kind === "immortal") {
    out.u8(0);
    return;
  }
  const encoded =
    Math.min(15, Math.max(1, Math.log2(era.period) - 1)) | ((era.phase / quantizeFactor(era.period)) << 4);
  out.u16(encoded);
}

/** First block of the era that contains `current`; 0 when immortal. */
export function eraBirth(era: Era, current: number): number {
  if (era.kind === "immortal") return 0;
  return Math.floor((Math.max(current, era.phase) - era.phase) / era.period) * era.period + era.phase;
}

/** First block after the era that contains `current`; infinity when immortal. */
export function eraDeath(era: Era, current: number): number {
  return era.kind === "immortal" ? Number.POSITIVE_INFINITY : eraBirth(era, current) + era.period;
}

const quantizeFactor = (period: number): number => Math.max(period >> 12, 1);
