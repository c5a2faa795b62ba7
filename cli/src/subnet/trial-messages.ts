import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { SubnetFiles, SubnetSource } from "../local/network/subnet-file.ts";
import type { VariantResult } from "./try-variants.ts";

/** What is tried: challenges alone where `challenges` is undefined, else so many of every task with every variant. */
export type TrialOrder = {
  readonly source: SubnetSource;
  readonly files: SubnetFiles;
  readonly root: string;
  readonly challenges: number | undefined;
};

/** What a trial found. */
export type TrialResult = {
  readonly name: string;
  readonly version: number;
  readonly variants: readonly VariantResult[];
};

/** From the thread: `at` before each call of the author's code, `alive` from time to time, one of the others last. */
export type FromTrial =
  | { readonly kind: "at"; readonly call: string }
  | { readonly kind: "alive" }
  | { readonly kind: "done"; readonly result: TrialResult }
  | { readonly kind: "failed"; readonly error: PlainError };

type PlainError = Pick<AppError, "code"> & { readonly data: string; readonly cause: string | undefined };

/** An error as data that any thread can be sent. */
export function plainError(error: unknown): PlainError {
  const coded = isAppError(error) ? error : appError("E_INTERNAL", { what: errorMessage(error) }, { cause: error });
  const data = JSON.stringify(coded.data, (_key, value) => (typeof value === "bigint" ? String(value) : value));
  return { code: coded.code, data, cause: coded.cause === undefined ? undefined : errorMessage(coded.cause) };
}

/** The error again. */
export function errorOf({ code, data, cause }: PlainError): AppError {
  return appError(code, JSON.parse(data) as AppError["data"], cause === undefined ? {} : { cause: new Error(cause) });
}
