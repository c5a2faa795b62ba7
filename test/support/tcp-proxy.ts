import { connect, createServer, type Socket } from "node:net";

/** A TCP relay on a free port that can do to connections what networks do. */
export type TcpProxy = {
  readonly port: number;
  /** Connections that stand. */
  readonly connections: () => number;
  /** Replies that {@link TcpProxy.loseReply} has swallowed. */
  readonly lost: () => number;
  /** The peer vanishes without a word: connections that stand carry nothing any more, in neither direction; new ones are relayed. */
  vanish(): void;
  /** Cuts every connection. */
  cut(): void;
  /** While on, new connections are cut at once. */
  refuse(on: boolean): void;
  /** The next request that holds this text reaches the server, its reply is swallowed, and the connection is cut. */
  loseReply(text: string): void;
  close(): Promise<void>;
};

type Pair = { readonly near: Socket; readonly far: Socket; vanished: boolean; swallow: boolean };

/** Starts a relay to a port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let refusing = false;
  let losing: string | undefined;
  let lost = 0;

  function end(pair: Pair): void {
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  }

  const server = createServer((near) => {
    if (refusing) {
      near.on("error", () => undefined);
      near.destroy();
      return;
    }
    const pair: Pair = { near, far: connect(target, "127.0.0.1"), vanished: false, swallow: false };
    pairs.add(pair);
    near.setNoDelay(true);
    pair.far.setNoDelay(true);
    near.on("data", (bytes) => {
      if (pair.vanished) return;
      if (losing !== undefined && bytes.includes(losing)) {
        losing = undefined;
        pair.swallow = true;
      }
      pair.far.write(bytes);
    });
    pair.far.on("data", (bytes) => {
      if (pair.vanished) return;
      if (pair.swallow) {
        lost += 1;
        end(pair);
        return;
      }
      near.write(bytes);
    });
    for (const socket of [near, pair.far]) {
      socket.on("error", () => undefined);
      // One that vanished says nothing either when it ends.
      socket.on("close", () => {
        if (!pair.vanished || socket === near) end(pair);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    connections: () => pairs.size,
    lost: () => lost,
    vanish: () => {
      for (const pair of pairs) pair.vanished = true;
    },
    cut: () => {
      for (const pair of [...pairs]) end(pair);
    },
    refuse: (on) => {
      refusing = on;
    },
    loseReply: (text) => {
      losing = text;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const pair of [...pairs]) end(pair);
      }),
  };
}
