import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { type FailureParts, failureData, formatFailure } from "../../../scripts/lib/failure.mjs";
import type { ErrorBody } from "../local/events.ts";

/** Errors of the operating system that mean "this place cannot be written". */
const WRITE_ERRORS = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EEXIST"]);

/** Any thrown value as an error with a code. What nobody expected becomes E_INTERNAL (exit code 70), with its cause kept. */
export function asAppError(error: unknown): AppError {
  if (isAppError(error)) return error;
  if (error instanceof Error && "code" in error && WRITE_ERRORS.has(String(error.code))) {
    const path = "path" in error ? String(error.path) : undefined;
    return appError("E_NO_WRITE", { path, causeText: error.message }, { cause: error });
  }
  if (error instanceof Error && "syscall" in error && error.syscall === "uv_cwd")
    return appError("E_USAGE", { problem: "this folder is not there any more", remedies: ["cd to one that is"] });
  return appError("E_INTERNAL", { what: errorMessage(error) }, { cause: error });
}

/** The parts that are shown: what the error itself brought along (`causeText`, `remedies`) before what the registry says in general. */
function partsOf(error: AppError, log: string): FailureParts {
  const { causeText, remedies } = error.data;
  const known = typeof causeText === "string" ? causeText : error.cause === undefined ? "" : errorMessage(error.cause);
  const cause = known === error.message ? "" : known;
  return {
    code: error.code,
    message: error.message,
    cause: error.code === "E_INTERNAL" && error.cause instanceof Error ? (error.cause.stack ?? cause) : cause,
    remedies: Array.isArray(remedies) ? remedies.map(String) : [error.remedy],
    log,
  };
}

/** The printed form of an error (what, cause, remedy, where to read on). */
export function errorText(error: unknown, log = ""): string {
  return formatFailure(partsOf(asAppError(error), log));
}

/** The same as data, for `--json`. */
export function errorData(error: unknown, log = ""): ErrorBody {
  return failureData(partsOf(asAppError(error), log));
}
