import { bytesEqual, concatBytes } from "../../util/bytes.ts";

/** The DER tags that certificates use. */
export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** `[0]` and `[3]`, constructed: the version and the extensions of a certificate. */
  version: 0xa0,
  extensions: 0xa3,
} as const;

/** One DER value: tag, shortest length, content. Contents of up to 65,535 bytes. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return concatBytes(Uint8Array.of(tag, ...lengthBytes(length)), ...content);
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/**
 * Reads DER front to back. A mistake does not throw: from then on every read gives nothing and {@link DerReader.sound} is false, so a caller reads a
 * whole structure and asks once.
 */
export type DerReader = {
  /** The content of the next value, which must have this tag. */
  content(tag: number): Uint8Array;
  /** The next value with its tag and length. */
  value(tag: number): Uint8Array;
  /** The next bytes must be these. */
  exactly(bytes: Uint8Array): void;
  /** A reader of the content of the next value; its mistakes, and bytes it leaves over, count as ours. */
  inside<T>(tag: number, read: (reader: DerReader) => T): T;
  /** True when everything so far was well-formed. */
  sound(): boolean;
  /** True when nothing is left. */
  atEnd(): boolean;
};

const nothing = new Uint8Array(0);

/** Reads these bytes as DER: definite lengths in their shortest form only, nothing beyond the end. */
export function createDerReader(bytes: Uint8Array): DerReader {
  let offset = 0;
  let sound = true;

  /** Where the content of the next value starts and ends; advances to its end. Undefined once a mistake was made. */
  const next = (tag: number): readonly [start: number, content: number, end: number] | undefined => {
    const start = offset;
    const head = sound && bytes[start] === tag ? lengthAt(bytes, start + 1) : undefined;
    if (head === undefined || head.content + head.length > bytes.length) {
      sound = false;
      return undefined;
    }
    offset = head.content + head.length;
    return [start, head.content, offset];
  };

  const reader: DerReader = {
    content: (tag) => {
      const found = next(tag);
      return found === undefined ? nothing : bytes.subarray(found[1], found[2]);
    },
    value: (tag) => {
      const found = next(tag);
      return found === undefined ? nothing : bytes.subarray(found[0], found[2]);
    },
    exactly: (expected) => {
      if (!bytesEqual(bytes.subarray(offset, offset + expected.length), expected)) sound = false;
      else offset += expected.length;
    },
    inside: (tag, read) => {
      const inner = createDerReader(reader.content(tag));
      const result = read(inner);
      if (!inner.sound() || !inner.atEnd()) sound = false;
      return result;
    },
    sound: () => sound,
    atEnd: () => offset === bytes.length,
  };
  return reader;
}

/** The length that stands at an offset, and where its content starts; undefined unless it is in the shortest form. */
function lengthAt(bytes: Uint8Array, at: number): { readonly content: number; readonly length: number } | undefined {
  const [first = 0x80, second = 0, third = 0] = bytes.subarray(at, at + 3);
  if (first < 0x80) return { content: at + 1, length: first };
  if (first === 0x81 && second >= 0x80) return { content: at + 2, length: second };
  if (first === 0x82 && second > 0) return { content: at + 3, length: (second << 8) | third };
  return undefined;
}
