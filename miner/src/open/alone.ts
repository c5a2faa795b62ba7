import { createServer } from "node:net";

/**
 * Since when nobody else answers at this address, unix milliseconds; undefined while somebody does. A process that is being replaced may go on letting
 * requests in while this one loads its models, and what it has let in must not be let in again.
 */
export async function aloneSince(host: string, port: number): Promise<number | undefined> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => resolve(true));
  });
  const sinceMs = Date.now();
  await new Promise<void>((resolve) => {
    probe.close(() => resolve());
  });
  return free ? sinceMs : undefined;
}
