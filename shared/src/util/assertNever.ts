import { appError } from "../errors/app-error.ts";

/** The last case of a `switch` over a union: does not compile while a member is unhandled, throws E_INTERNAL if one slips in at run time. */
export function assertNever(value: never, what = "a case"): never {
  throw appError("E_INTERNAL", { what: `${what} that cannot exist was reached (${describe(value)})` });
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null && "kind" in value) return `kind ${String(value.kind)}`;
  return typeof value === "string" || typeof value === "number" ? String(value) : typeof value;
}
