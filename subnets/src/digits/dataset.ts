import { createHash } from "node:crypto";
import { brotliDecompressSync } from "node:zlib";
import { createRandom, shuffled } from "@subnetkit/shared/subnet";
import { opticalDigits, opticalDigitsSha256 } from "./data/optical-digits.ts";

/** An 8 x 8 image of a digit and what it shows. */
export type Digit = {
  /** 64 values from 0 (paper) to 16 (ink), row by row. */
  readonly pixels: Uint8Array;
  /** 0 to 9. */
  readonly label: number;
};

/** The set in two parts that share no image. */
export type DigitSplit = {
  /** What the training script learns from. */
  readonly train: readonly Digit[];
  /** What validators draw challenges from. */
  readonly heldOut: readonly Digit[];
};

/** Pixels of an image: 8 x 8. */
export const IMAGE_SIZE = 8;
/** Kinds of digits. */
export const CLASSES = 10;

const ROW_BYTES = IMAGE_SIZE * IMAGE_SIZE + 1;
const HELD_OUT_PART = 0.3;

let loaded: DigitSplit | undefined;

/** The split set, unpacked and checked on the first call (about 5 ms) and kept. Throws when the packed data was altered. */
export function digitSplit(): DigitSplit {
  loaded ??= split(unpack());
  return loaded;
}

function unpack(): Digit[] {
  const bytes = brotliDecompressSync(Buffer.from(opticalDigits, "base64"));
  if (createHash("sha256").update(bytes).digest("hex") !== opticalDigitsSha256)
    throw new Error("the digits data set does not match its SHA-256");
  return Array.from({ length: bytes.length / ROW_BYTES }, (_, i) => {
    const row = bytes.subarray(i * ROW_BYTES, (i + 1) * ROW_BYTES);
    return { pixels: row.subarray(0, ROW_BYTES - 1), label: row[ROW_BYTES - 1]! };
  });
}

/** The same three tenths of every class, whoever runs it: the order comes from a fixed seed. */
function split(digits: readonly Digit[]): DigitSplit {
  const random = createRandom("digits/split/1").next;
  const train: Digit[] = [];
  const heldOut: Digit[] = [];
  for (let label = 0; label < CLASSES; label++) {
    const ofClass = shuffled(
      random,
      digits.filter((digit) => digit.label === label),
    );
    const count = Math.round(ofClass.length * HELD_OUT_PART);
    heldOut.push(...ofClass.slice(0, count));
    train.push(...ofClass.slice(count));
  }
  return { train, heldOut };
}
