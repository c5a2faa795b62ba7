import { createServer } from "node:net";

/** The system takes the ports of outgoing connections from above these. */
const [first, count] = [20_000, 12_000];

/**
 * A port that is free now, and that no outgoing connection takes while a server that crashed is away from it: neither a stranger's nor, since who connects
 * again and again to a port of that range may meet itself, our own.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = first + Math.floor(Math.random() * count);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
