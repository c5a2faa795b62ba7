import { pythonPrintable } from "./python-printable.ts";

/**
 * How much of Unicode a Python knows, which decides what its `repr()` prints as it is: its place in {@link pythonPrintable}, from 1 on. Python 3.10 has 1, 3.11 has 2,
 * and so on.
 */
export type UnicodeLevel = number;

/** The highest of them. */
export const newestUnicode: UnicodeLevel = pythonPrintable.length;

/** The level of Python 3.12, in the middle of those that SDK 10 runs on: for whoever has to choose one. */
export const usualUnicode: UnicodeLevel = 3;

/** For each code point the lowest level that prints it as it is, 0 for none; made once. */
let table: Uint8Array | undefined;

/**
 * Python's `str.isprintable` for every code point from 0x80 on: the level from which on it is printed, 0 for separators, control, format, surrogate, private and
 * unassigned characters. Made when it is first asked for: whoever answers strangers asks before they can.
 */
export function printableCodePoints(): Uint8Array {
  table ??= makeTable();
  return table;
}

const codePoints = 0x11_0000;

function makeTable(): Uint8Array {
  const made = new Uint8Array(codePoints);
  for (const [i, { ranges }] of pythonPrintable.entries())
    for (const range of ranges.split(" ")) {
      const [first = 0, last = first] = range.split("-").map((code) => Number.parseInt(code, 16));
      made.fill(i + 1, first, last + 1);
    }
  return made;
}
