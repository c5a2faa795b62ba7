import { timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { sha256 } from "@subnetkit/shared/crypto/hash";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import { utf8 } from "@subnetkit/shared/util/bytes";

/** Who may send users' requests. */
export interface Tokens {
  /** How many there are. */
  readonly count: number;
  /** The name of the one whose token an `authorization` header carries, undefined for nobody's. Takes the same time for any token. */
  nameOf(header: string | undefined): string | undefined;
}

/** Characters of a token at least: 24 random bytes in base64. */
export const leastTokenLength = 32;
const maxFileBytes = 65_536;

/** Reads the file of tokens: a line `NAME TOKEN` each, empty lines and lines that begin with # left out. Throws E_ORGANIC_TOKENS; never repeats a token. */
export function readTokens(path: string): Tokens {
  return tokensOf(readPrivate(path), path);
}

function readPrivate(path: string): string {
  try {
    const { mode, size } = statSync(path);
    if ((mode & 0o077) !== 0 && process.platform !== "win32")
      throw appError("E_ORGANIC_TOKENS", { path, problem: `others can read it (run: chmod 600 ${path})` });
    if (size > maxFileBytes) throw appError("E_ORGANIC_TOKENS", { path, problem: "it is too large" });
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "syscall" in error)
      throw appError("E_ORGANIC_TOKENS", { path, problem: errorMessage(error) }, { cause: error });
    throw error;
  }
}

/** The tokens of a text. Throws E_ORGANIC_TOKENS, naming the line. */
export function tokensOf(text: string, path: string): Tokens {
  const known: { readonly name: string; readonly hash: Uint8Array }[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [name = "", token = "", ...rest] = line.trim().split(/\s+/);
    const isUsable = /^[\w.-]{1,64}$/.test(name) && /^[\x21-\x7e]{32,256}$/.test(token) && rest.length === 0;
    if (!isUsable || known.some((one) => one.name === name))
      throw appError("E_ORGANIC_TOKENS", { path, problem: `line ${i + 1} is not NAME TOKEN, or its name is taken` });
    known.push({ name, hash: sha256(utf8(token)) });
  }
  if (known.length === 0) throw appError("E_ORGANIC_TOKENS", { path, problem: "it names nobody" });
  return {
    count: known.length,
    nameOf(header) {
      const given = sha256(utf8(/^Bearer ([\x21-\x7e]{1,256})$/i.exec(header ?? "")?.[1] ?? ""));
      // All of them, always: the time says nothing of which came close.
      const matches = known.map(({ hash }) => timingSafeEqual(hash, given));
      return known[matches.indexOf(true)]?.name;
    },
  };
}
