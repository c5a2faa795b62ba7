import { createHash } from "node:crypto";
import type { JsonMember } from "./json-text.ts";
import { newestUnicode, type UnicodeLevel, usualUnicode } from "./printable.ts";
import { pythonBytes } from "./python-text.ts";

/** The body hash of a synapse class that declares no fields to be hashed, which is SDK 10's default: the body is then not authenticated at all. */
export const emptyBodyHash = sha3Hex("");

/**
 * SDK 10's hash of a body: SHA3-256 over the joined hex digests of the declared fields, each of its Python text (spec/wire-protocols.md 1.1).
 * `fields` in the order of the class; undefined when one of them is missing. `unicode` is what the Python knows that is to make the same.
 */
export function axonBodyHash(
  members: ReadonlyMap<string, JsonMember>,
  fields: readonly string[],
  unicode: UnicodeLevel = usualUnicode,
): string | undefined {
  return hashFields(members, fields, unicode)?.hash;
}

/** What the last sender knew whose hash depended on it: the next one is likely to run on the same Python. */
let lastLevel: UnicodeLevel = usualUnicode;

/** Longer texts are hashed for one Python only: for all of them this many bytes take some ten milliseconds. */
const maxDoubtfulBytes = 256 * 1024;

/**
 * Whether this is the body's hash in the text of any Python: a character that the sender's does not know yet is escaped there, and printed by a later one. Hashed more
 * than once only where the fields have such characters and the first text was not the sender's.
 */
export function isAxonBodyHash(
  members: ReadonlyMap<string, JsonMember>,
  fields: readonly string[],
  claimed: string,
): boolean {
  const first = hashFields(members, fields, lastLevel);
  if (first === undefined || first.hash === claimed) return first !== undefined;
  const { digests, doubtfulBytes, levels } = first;
  if (doubtfulBytes > maxDoubtfulBytes) return false;
  for (const level of levelsToTry(levels)) {
    if (hashFields(members, fields, level, digests)?.hash !== claimed) continue;
    lastLevel = level;
    return true;
  }
  return false;
}

/** Below the lowest of them everything is escaped, between two of them nothing changes. */
function levelsToTry(levels: number): UnicodeLevel[] {
  if (levels === 0) return [];
  const all = Array.from({ length: newestUnicode }, (_, i) => i + 1);
  const distinct = all.filter((level) => level === 1 || (levels & (1 << level)) !== 0);
  const tried = distinct.findLast((level) => level <= lastLevel);
  return distinct.filter((level) => level !== tried);
}

/** The hash for a Python of this level. `digests`: of the fields whose text is the same for every Python, as another call found them. */
function hashFields(
  members: ReadonlyMap<string, JsonMember>,
  fields: readonly string[],
  unicode: UnicodeLevel,
  digests = new Map<string, string>(),
):
  | {
      readonly hash: string;
      readonly digests: Map<string, string>;
      /** Of the fields whose text is not. */
      readonly doubtfulBytes: number;
      readonly levels: number;
    }
  | undefined {
  let joined = "";
  let doubtfulBytes = 0;
  let allLevels = 0;
  for (const field of fields) {
    const member = members.get(field);
    if (member === undefined) return undefined;
    let digest = digests.get(field);
    if (digest === undefined) {
      const { bytes, levels } = pythonBytes(member.node, unicode);
      digest = sha3Hex(bytes);
      if (levels === 0) digests.set(field, digest);
      else doubtfulBytes += bytes.length;
      allLevels |= levels;
    }
    joined += digest;
  }
  return { hash: sha3Hex(joined), digests, doubtfulBytes, levels: allLevels };
}

function sha3Hex(text: string | Uint8Array): string {
  return createHash("sha3-256").update(text).digest("hex");
}
