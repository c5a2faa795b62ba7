import { assertNever } from "../../util/assertNever.ts";
import type { JsonNode } from "./json-text.ts";

/**
 * What Python's `str()` makes of a value that was read from JSON: the text SDK 10 hashes (spec/wire-protocols.md 1.1). A string on its own is
 * itself; inside a list or a dict it is quoted as `repr()` does.
 */
export function pythonText(node: JsonNode): string {
  return node.kind === "string" ? node.value : pythonRepr(node);
}

function pythonRepr(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "None";
    case "true":
      return "True";
    case "false":
      return "False";
    case "number":
      return pythonNumber(node.text);
    case "string":
      return quoted(node.value);
    case "array":
      return `[${node.items.map(pythonRepr).join(", ")}]`;
    case "object":
      return `{${[...node.members].map(([key, value]) => `${quoted(key)}: ${pythonRepr(value)}`).join(", ")}}`;
    default:
      return assertNever(node, "a JSON value");
  }
}

/** Text without point and exponent is an integer of any length; everything else a float in its shortest form. */
function pythonNumber(text: string): string {
  if (!/[.eE]/.test(text)) return text === "-0" ? "0" : text;
  const value = Number(text);
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  // JavaScript finds the same shortest digits, and writes them differently: Python turns to exponents below 1e-4 and from 1e16 on.
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) {
    const digits = String(value);
    return digits.includes(".") ? digits : `${digits}.0`;
  }
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  const sign = exponent < 0 ? "-" : "+";
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** Printable ASCII without quotes and backslashes: most texts, and nothing to think about. */
const plain = /^[ !#-&(-[\]-~]*$/;

/** Characters whose escape is a letter. */
const letters: ReadonlyMap<number, number> = new Map([
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
]);

const backslash = 0x5c;
const hexDigits = Buffer.from("0123456789abcdef");

/**
 * Quotes of Python's `repr`: single ones, unless the text has single and no double ones. Written into bytes, because half a million pieces of text take as
 * many microseconds to put together.
 */
function quoted(text: string): string {
  if (plain.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? 0x22 : 0x27;
  const out = Buffer.allocUnsafe(6 * text.length + 2);
  let end = 0;
  out[end++] = quote;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) as number;
    if (code > 0xffff) at++;
    if (code === quote || code === backslash) {
      out[end++] = backslash;
      out[end++] = code;
    } else end = isPrintable(code) ? writeUtf8(out, end, code) : writeEscape(out, end, code);
  }
  out[end++] = quote;
  return out.toString("utf8", 0, end);
}

function writeUtf8(out: Buffer, at: number, code: number): number {
  let end = at;
  if (code < 0x80) out[end++] = code;
  else {
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
  }
  return end;
}

function writeEscape(out: Buffer, at: number, code: number): number {
  let end = at;
  out[end++] = backslash;
  const letter = letters.get(code);
  if (letter !== undefined) {
    out[end++] = letter;
    return end;
  }
  const digits = code <= 0xff ? 2 : code <= 0xffff ? 4 : 8;
  out[end++] = digits === 2 ? 0x78 : digits === 4 ? 0x75 : 0x55;
  for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) out[end++] = hexDigits[(code >> shift) & 15] as number;
  return end;
}

/** What is known of each code point: 0 nothing yet, 1 printable, 2 not. Asking the engine costs a hundred times a look-up, and a body has half a million characters. */
let printable: Uint8Array | undefined;

/** Python's `str.isprintable`: everything but separators other than the space, control, format, surrogate, private and unassigned characters. */
function isPrintable(code: number): boolean {
  if (code < 0x7f) return code >= 0x20;
  printable ??= new Uint8Array(0x11_0000);
  let known = printable[code];
  if (known === 0) known = printable[code] = /[\p{C}\p{Z}]/u.test(String.fromCodePoint(code)) ? 2 : 1;
  return known === 1;
}
