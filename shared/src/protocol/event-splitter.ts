/** Cuts a byte stream into server-sent events. */
export type EventSplitter = {
  /** Takes bytes, gives the events that are complete with them: each with the empty line that ends it. */
  push(piece: Uint8Array): Buffer[];
  /** Bytes of the event that is not complete yet. */
  pending(): number;
};

const newline = 0x0a;

/** A splitter whose work is linear in the bytes it is given, however small the pieces: its buffer doubles, and no byte is looked at twice. */
export function createEventSplitter(): EventSplitter {
  let buffer = Buffer.alloc(1_024);
  let length = 0;
  let scanned = 0;

  const append = (piece: Uint8Array): void => {
    if (length + piece.length > buffer.length) {
      const larger = Buffer.alloc(Math.max(2 * buffer.length, length + piece.length));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    buffer.set(piece, length);
    length += piece.length;
  };

  return {
    pending: () => length,
    push: (piece) => {
      append(piece);
      const events: Buffer[] = [];
      let start = 0;
      for (let i = Math.max(scanned, 1); i < length; i++) {
        if (buffer[i] !== newline || buffer[i - 1] !== newline || i === start) continue;
        events.push(Buffer.from(buffer.subarray(start, i + 1)));
        start = i + 1;
      }
      buffer.copyWithin(0, start, length);
      length -= start;
      scanned = length;
      return events;
    },
  };
}
