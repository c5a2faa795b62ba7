import { assertNever } from "../../util/assertNever.ts";
import type { JsonNode } from "./json-text.ts";
import { newestUnicode, printableCodePoints, type UnicodeLevel } from "./printable.ts";

/**
 * What Python's `str()` makes of a value that was read from JSON: the text SDK 10 hashes (spec/wire-protocols.md 1.1). A string on its own is
 * itself; inside a list or a dict it is quoted as `repr()` does, which escapes what that Python does not know yet.
 */
export function pythonText(node: JsonNode, unicode?: UnicodeLevel): string {
  return Buffer.from(pythonBytes(node, unicode).bytes).toString("utf8");
}

/** Python's text of a value as UTF-8, good until the next is made, and which levels of Unicode above the first its quoted characters are of: a bit for each. */
export type PythonBytes = { readonly bytes: Uint8Array; readonly levels: number };

/**
 * The same as UTF-8. Written into one piece of memory: to put half a million pieces of text together takes as many microseconds, and the hash wants
 * bytes anyway.
 */
export function pythonBytes(node: JsonNode, unicode: UnicodeLevel = newestUnicode): PythonBytes {
  if (node.kind === "string") return { bytes: Buffer.from(node.value, "utf8"), levels: 0 };
  if (scratch.length > keptBytes) scratch = Buffer.allocUnsafe(leastBytes);
  known = unicode;
  levels = 0;
  const end = writeRepr(node, 0);
  // Not before: writing may have moved to a larger one.
  return { bytes: scratch.subarray(0, end), levels };
}

const leastBytes = 64 * 1024;
/** What one long body took is kept for the next one, up to this. */
const keptBytes = 4 * 1024 * 1024;
let scratch = Buffer.allocUnsafe(leastBytes);
/** Of the Python whose text is written now, and what was found in it so far. */
let known: UnicodeLevel = newestUnicode;
let levels = 0;

/** Makes sure that so many bytes can be written at `end`. */
function room(end: number, bytes: number): void {
  if (end + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(2 * scratch.length, end + bytes));
  scratch.copy(larger, 0, 0, end);
  scratch = larger;
}

/** Writes at `at`; where it ends. So do all that follow. */
function writeRepr(node: JsonNode, at: number): number {
  switch (node.kind) {
    case "null":
      return writeAscii("None", at);
    case "true":
      return writeAscii("True", at);
    case "false":
      return writeAscii("False", at);
    case "number":
      return writeAscii(pythonNumber(node.text), at);
    case "string":
      return writeQuoted(node.value, at);
    case "array": {
      let end = writeAscii("[", at);
      let between = "";
      for (const item of node.items) {
        end = writeRepr(item, writeAscii(between, end));
        between = ", ";
      }
      return writeAscii("]", end);
    }
    case "object": {
      let end = writeAscii("{", at);
      let between = "";
      for (const [key, value] of node.members) {
        end = writeQuoted(key, writeAscii(between, end));
        end = writeRepr(value, writeAscii(": ", end));
        between = ", ";
      }
      return writeAscii("}", end);
    }
    default:
      return assertNever(node, "a JSON value");
  }
}

/** Calling into the engine costs as much as writing so many characters. */
const shortText = 32;

function writeAscii(text: string, at: number): number {
  room(at, text.length);
  if (text.length > shortText) return at + scratch.write(text, at, "latin1");
  for (let i = 0; i < text.length; i++) scratch[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** Text without point and exponent is an integer of any length; everything else a float in its shortest form. */
function pythonNumber(text: string): string {
  if (!/[.eE]/.test(text)) return text === "-0" ? "0" : text;
  const value = Number(text);
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  // JavaScript finds the same shortest digits, and writes them differently: Python turns to exponents below 1e-4 and from 1e16 on.
  const size = Math.abs(value);
  const digits = String(value);
  if (size >= 1e-4 && size < 1e16) return digits.includes(".") ? digits : `${digits}.0`;
  const [mantissa = "", exponent = ""] = (digits.includes("e") ? digits : value.toExponential()).split("e");
  return exponent.length > 2 ? `${mantissa}e${exponent}` : `${mantissa}e${exponent.charAt(0)}0${exponent.charAt(1)}`;
}

/** Printable ASCII without quotes and backslashes: most texts, and nothing to think about. */
const plain = /^[ !#-&(-[\]-~]*$/;

const backslash = 0x5c;
const singleQuote = 0x27;
const doubleQuote = 0x22;
const hexDigits = Buffer.from("0123456789abcdef");

/** The longest that one unit of a JavaScript string becomes: `\uXXXX`. */
const longestEscape = 6;

/** Quotes of Python's `repr`: single ones, unless the text has single and no double ones. */
function writeQuoted(text: string, at: number): number {
  if (plain.test(text)) return writeAscii("'", writeAscii(text, writeAscii("'", at)));
  const quote = text.includes("'") && !text.includes('"') ? doubleQuote : singleQuote;
  room(at, longestEscape * text.length + 2);
  const out = scratch;
  let printable: Uint8Array | undefined;
  let end = at;
  out[end++] = quote;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      if (code === quote || code === backslash) out[end++] = backslash;
      if (code >= 0x20 && code < 0x7f) out[end++] = code;
      else end = writeEscape(out, end, code);
      continue;
    }
    if (code >= 0xd800 && code < 0xdc00) {
      code = text.codePointAt(i) as number;
      if (code > 0xffff) i++;
    }
    printable ??= printableCodePoints();
    const level = printable[code] as number;
    if (level > 1) levels |= 1 << level;
    end = level !== 0 && level <= known ? writeUtf8(out, end, code) : writeEscape(out, end, code);
  }
  out[end++] = quote;
  return end;
}

/** A code point from 0x80 on. */
function writeUtf8(out: Buffer, at: number, code: number): number {
  let end = at;
  if (code < 0x800) out[end++] = 0xc0 | (code >> 6);
  else {
    if (code < 0x1_0000) out[end++] = 0xe0 | (code >> 12);
    else {
      out[end++] = 0xf0 | (code >> 18);
      out[end++] = 0x80 | ((code >> 12) & 0x3f);
    }
    out[end++] = 0x80 | ((code >> 6) & 0x3f);
  }
  out[end++] = 0x80 | (code & 0x3f);
  return end;
}

/** `\n`, `\r`, `\t`, and what has no letter by its number. */
function writeEscape(out: Buffer, at: number, code: number): number {
  let end = at;
  out[end++] = backslash;
  if (code === 0x0a) out[end++] = 0x6e;
  else if (code === 0x0d) out[end++] = 0x72;
  else if (code === 0x09) out[end++] = 0x74;
  else if (code <= 0xff) {
    out[end++] = 0x78;
    out[end++] = hexDigits[code >> 4] as number;
    out[end++] = hexDigits[code & 15] as number;
  } else {
    const digits = code <= 0xffff ? 4 : 8;
    out[end++] = digits === 4 ? 0x75 : 0x55;
    for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) out[end++] = hexDigits[(code >> shift) & 15] as number;
  }
  return end;
}
