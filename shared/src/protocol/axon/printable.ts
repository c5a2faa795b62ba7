/** 1 for each code point that Python prints as it is, made once. */
let table: Uint8Array | undefined;

const others = /[\p{C}\p{Z}]+/gu;

/**
 * Python's `str.isprintable` for every code point from 0x80 on, by number: everything but separators, control, format, surrogate, private and unassigned
 * characters. Making it takes a tenth of a second: whoever answers strangers asks for it before they can. Asking the engine about each character when it first
 * comes would let one body of 130,000 different ones keep the event loop for 25 ms.
 */
export function printableCodePoints(): Uint8Array {
  table ??= makeTable();
  return table;
}

const planes = 17;
const planeSize = 0x1_0000;
const surrogates = { first: 0xd800, end: 0xe000 } as const;

function makeTable(): Uint8Array {
  const made = new Uint8Array(planes * planeSize).fill(1);
  const clear = (first: number, end: number, width: number, text: string): void => {
    for (const { index, 0: run } of text.matchAll(others))
      made.fill(0, first + index / width, Math.min(end, first + (index + run.length) / width));
  };
  // Surrogates would pair up with each other in a text.
  made.fill(0, surrogates.first, surrogates.end);
  clear(0, surrogates.first, 1, textOf(0, surrogates.first));
  clear(surrogates.end, planeSize, 1, textOf(surrogates.end, planeSize));
  for (let first = planeSize; first < planes * planeSize; first += planeSize)
    clear(first, first + planeSize, 2, textOf(first, first + planeSize));
  return made;
}

/** All characters from `first` to before `end`, in a row. */
function textOf(first: number, end: number): string {
  const units = new Uint16Array(2 * (end - first));
  let length = 0;
  for (let code = first; code < end; code++) {
    if (code >= planeSize) units[length++] = 0xd800 | ((code - planeSize) >> 10);
    units[length++] = code >= planeSize ? 0xdc00 | (code & 0x3ff) : code;
  }
  return Buffer.from(units.buffer, 0, 2 * length).toString("utf16le");
}
