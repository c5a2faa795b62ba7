import { type AppError, appError } from "@subnetkit/shared/errors/app-error";
import { didYouMean } from "@subnetkit/shared/util/didYouMean";
import { harmlessJson } from "../system/harmless-json.ts";

/** What was wrong with the command line (exit code 2), and what to type instead. */
export function usage(problem: string, ...remedies: readonly string[]): AppError {
  return appError("E_USAGE", remedies.length === 0 ? { problem } : { problem, remedies });
}

/** ` (did you mean X?)`, or nothing when no word is near. */
export function guess(word: string, words: readonly string[]): string {
  const near = didYouMean(word, words);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

/** Text of the command line, or of a stranger, in an error: quoted, short, and harmless for a terminal. */
export function quoted(text: string): string {
  return harmlessJson(JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text));
}
