import { createServer } from "node:net";
import { appError } from "@subnetkit/shared/errors/app-error";

/**
 * Since when nobody else answers at this address, unix milliseconds; undefined while somebody does. A process that is being replaced may go on letting
 * requests in while this one loads its models, and what it has let in must not be let in again. Throws E_LISTEN for an address that this machine does not
 * have or may not use: loading the models first would not help.
 */
export async function aloneSince(host: string, port: number): Promise<number | undefined> {
  const probe = createServer();
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    probe.once("error", resolve);
    probe.listen({ host, port, exclusive: true }, () => resolve(undefined));
  });
  const sinceMs = Date.now();
  await new Promise<void>((resolve) => {
    probe.close(() => resolve());
  });
  if (problem === undefined) return sinceMs;
  if (problem.code === "EADDRINUSE") return undefined;
  throw appError("E_LISTEN", { host, port, problem: problem.message }, { cause: problem });
}
