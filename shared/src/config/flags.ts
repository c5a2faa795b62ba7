import { appError } from "../errors/app-error.ts";
import { didYouMean } from "../util/didYouMean.ts";
import type { ConfigField } from "./fields.ts";
import { parseValue } from "./parse-value.ts";

/** What a command line says: values by key, and the file named with `--config`. */
export type Flags = { readonly values: ReadonlyMap<string, unknown>; readonly file: string | undefined };

/** True when the command line asks for the help text. */
export function wantsHelp(argv: readonly string[]): boolean {
  return argv.includes("--help") || argv.includes("-h");
}

/**
 * Reads `--key value`, `--key=value`, `--yes-no` and `--no-yes-no`. Throws E_USAGE for anything unknown (with a guess), a flag given twice, a
 * missing value or a bare word, and E_SECRET_FLAG for a secret, because a command line is readable by every user of the machine.
 */
export function parseFlags(fields: readonly ConfigField[], argv: readonly string[]): Flags {
  const values = new Map<string, unknown>();
  let file: string | undefined;
  for (let i = 0; i < argv.length; i++) {
    const { flag, inline } = splitFlag(argv[i]!);
    const negated = fields.find((field) => field.kind === "boolean" && flag === `--no-${field.flag.slice(2)}`);
    const field = negated ?? fields.find((candidate) => candidate.flag === flag);
    if (field === undefined && flag !== "--config") throw unknownFlag(flag, fields);
    if (field?.secret === true) throw appError("E_SECRET_FLAG", { flag, env: field.env });
    if (field === undefined ? file !== undefined : values.has(field.key))
      throw appError("E_USAGE", { problem: `${flag} is given twice` });
    if (negated !== undefined) {
      if (inline !== undefined) throw appError("E_USAGE", { problem: `${flag} takes no value` });
      values.set(negated.key, false);
      continue;
    }
    if (field?.kind === "boolean" && inline === undefined) {
      values.set(field.key, true);
      continue;
    }
    const text = inline ?? argv[++i];
    if (text === undefined || (inline === undefined && text.startsWith("--")))
      throw appError("E_USAGE", { problem: `${flag} needs a value` });
    if (field === undefined) file = text;
    else values.set(field.key, parseValue(field, text));
  }
  return { values, file };
}

function splitFlag(word: string): { flag: string; inline: string | undefined } {
  if (!word.startsWith("--"))
    throw appError("E_USAGE", { problem: `unexpected word on the command line (${word.length} characters)` });
  const equals = word.indexOf("=");
  return equals === -1
    ? { flag: word, inline: undefined }
    : { flag: word.slice(0, equals), inline: word.slice(equals + 1) };
}

function unknownFlag(flag: string, fields: readonly ConfigField[]): Error {
  const guess = didYouMean(flag, ["--config", "--help", ...fields.map((field) => field.flag)]);
  return appError("E_USAGE", {
    problem: `unknown flag ${flag}`,
    ...(guess === undefined ? {} : { didYouMean: guess }),
  });
}
