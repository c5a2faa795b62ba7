/** How much structure a body may have, whatever its length. */
export type BodyShape = {
  /** Values of all kinds, members of objects and items of arrays at any depth. */
  readonly maxValues: number;
  /** Arrays and objects inside each other. */
  readonly maxDepth: number;
};

/** Deeper is no data: SDK 10's hash, and the schemas of tasks, go down by calling themselves. */
const maxDepth = 64;

/** So many values unless the operator says otherwise: together with the default of the longest body this keeps the event loop for some 20 ms. */
export const defaultMaxValues = 8_192;

/** The shape with so many values at most. */
export function bodyShape(maxValues = defaultMaxValues): BodyShape {
  return { maxValues, maxDepth };
}

/** So short a body is not looked at: it has no room for much. */
const harmlessBytes = 4_096;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d;

/**
 * Whether a body has no more structure than it may: one pass over its bytes, about a nanosecond each, where parsing, checking and hashing cost
 * microseconds for every value, a megabyte of `[],` half a second. Says nothing about whether it is JSON.
 */
export function fitsShape(body: Uint8Array, { maxValues, maxDepth }: BodyShape): boolean {
  if (body.length <= harmlessBytes) return true;
  let values = 1;
  let depth = 0;
  let inText = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i] as number;
    if (inText) {
      if (byte === backslash) i++;
      else if (byte === quote) inText = false;
      continue;
    }
    if (byte === quote) inText = true;
    else if (byte === comma) values++;
    else if (isOpening(byte)) {
      values++;
      depth++;
    } else if (isClosing(byte)) depth--;
    if (values > maxValues || depth > maxDepth) return false;
  }
  return true;
}
