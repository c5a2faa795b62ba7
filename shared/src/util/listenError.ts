import { portOwner } from "./portOwner.ts";
import { type AppError, appError, errorMessage } from "../errors/app-error.ts";

/**
 * Why an address cannot be listened on: E_PORT_BUSY, with whoever holds the port where that can be known, this very process included, or E_LISTEN. `what`
 * wants it.
 */
export function listenError(
  error: unknown,
  { host, port, what }: { readonly host: string; readonly port: number; readonly what: string },
): AppError {
  const cause = { cause: error };
  if (!(error instanceof Error) || !("code" in error) || error.code !== "EADDRINUSE")
    return appError("E_LISTEN", { host, port, problem: errorMessage(error) }, cause);
  const owner = portOwner(port);
  const isOurs = owner?.pid === process.pid;
  return appError("E_PORT_BUSY", { host, port, what, pid: owner?.pid, since: owner?.startedAt, isOurs }, cause);
}
