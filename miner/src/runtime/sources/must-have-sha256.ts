import { appError } from "@subnetkit/shared/errors/app-error";

/** Throws E_MODEL_HASH where a file must have a hash and has another one. What is loaded is compared, not what lay there a moment before. */
export function mustHaveSha256(model: string, expected: string | undefined, actual: string): void {
  if (expected !== undefined && actual !== expected) throw appError("E_MODEL_HASH", { model, expected, actual });
}
