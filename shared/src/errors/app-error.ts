import { type ErrorCode, errorSpec } from "./registry.ts";
import type { Consequence, ErrorData } from "./spec.ts";

export type { ErrorCode } from "./registry.ts";
export type { Consequence, ErrorData } from "./spec.ts";

/**
 * The only error type the project throws on purpose: a code of the registry, the data of this occurrence, and what follows from it.
 * Made by {@link appError}. The message and the remedy come from the registry, so the same code reads the same everywhere.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly data: ErrorData;
  readonly consequence: Consequence;
  readonly remedy: string;
  readonly exitCode: number;

  constructor(code: ErrorCode, data: ErrorData, options?: { cause?: unknown }) {
    const spec = errorSpec(code);
    super(spec.message(data), options);
    this.name = "AppError";
    this.code = code;
    this.data = data;
    this.consequence = spec.consequence;
    this.remedy = spec.remedy(data);
    this.exitCode = spec.exitCode ?? 1;
  }

  /** Plain data for a log line or a JSON reply. The cause is reduced to its message; the stack stays out. */
  toJSON(): {
    code: ErrorCode;
    message: string;
    remedy: string;
    consequence: Consequence;
    data: ErrorData;
    cause?: string;
  } {
    const plain = {
      code: this.code,
      message: this.message,
      remedy: this.remedy,
      consequence: this.consequence,
      data: this.data,
    };
    return this.cause === undefined ? plain : { ...plain, cause: errorMessage(this.cause) };
  }
}

/** Makes the error of a code. Throw the result. */
export function appError(code: ErrorCode, data: ErrorData = {}, options?: { cause?: unknown }): AppError {
  return new AppError(code, data, options);
}

/** True for an {@link AppError}, and, when a code is given, for that code only. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
