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

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };

/** Printable ASCII without quotes and backslashes: most texts, and nothing to think about. */
const plain = /^[ !#-&(-[\]-~]*$/;

/** Quotes of Python's `repr`: single ones, unless the text has single and no double ones. */
function quoted(text: string): string {
  if (plain.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) {
    if (character === quote) out += `\\${quote}`;
    else out += named[character] ?? (isPrintable(character) ? character : escaped(character.codePointAt(0) ?? 0));
  }
  return out + quote;
}

/** Python's `str.isprintable`: everything but separators other than the space, control, format, surrogate, private and unassigned characters. */
function isPrintable(character: string): boolean {
  return character === " " || !/[\p{C}\p{Z}]/u.test(character);
}

function escaped(code: number): string {
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
