import { connect, createServer, type Socket } from "node:net";

/** Something that passes a tap: bytes to the server (`there`) or from it (`back`), as latin1 text. */
export type Passing = { readonly way: "there" | "back"; readonly text: RegExp };

/** A relay that lets a scenario act at the very moment at which something passes. */
export type Tap = {
  readonly port: number;
  /**
   * Calls back once, when it passes for the first time from now on, before it is passed on. `drop`: it is not passed on, and its connection ends.
   * Gives up again when the signal fires.
   */
  next(passing: Passing, act: () => void, options?: { readonly drop?: boolean; readonly signal?: AbortSignal }): void;
  /** Requests that hold this never arrive, and their connections carry nothing any more, without a word. Undefined: no more of that. */
  deafTo(text: RegExp | undefined): void;
  /** The peer of every connection vanishes without a word: they carry nothing any more, new ones do. */
  vanish(): void;
  /** Connections that carry nothing any more and that the validator has not given up yet. */
  dead(): number;
  close(): Promise<void>;
};

type Connection = { readonly near: Socket; readonly far: Socket; dead: boolean };

type Watch = { readonly passing: Passing; readonly act: () => void; readonly drop: boolean };

/** Starts a relay to a port of this machine. What spreads over two reads of a socket is not seen. */
export async function startTap(target: number): Promise<Tap> {
  const connections = new Set<Connection>();
  const watches = new Set<Watch>();
  let deaf: RegExp | undefined;

  function end(connection: Connection): void {
    connections.delete(connection);
    connection.near.destroy();
    connection.far.destroy();
  }

  /** False: these bytes go nowhere. */
  function look(way: Passing["way"], bytes: Buffer): boolean {
    if (watches.size === 0) return true;
    const text = bytes.toString("latin1");
    for (const watch of watches) {
      if (watch.passing.way !== way || !watch.passing.text.test(text)) continue;
      watches.delete(watch);
      watch.act();
      if (watch.drop) return false;
    }
    return true;
  }

  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    const connection: Connection = { near, far, dead: false };
    connections.add(connection);
    const relay = (way: Passing["way"], to: Socket) => (bytes: Buffer) => {
      if (way === "there" && deaf?.test(bytes.toString("latin1")) === true) connection.dead = true;
      const passed = !connection.dead && look(way, bytes);
      // Looking may have killed it.
      if (connection.dead) return;
      if (passed) to.write(bytes);
      else end(connection);
    };
    near.on("data", relay("there", far));
    far.on("data", relay("back", near));
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        // A peer that vanished does not say either that it ends.
        if (socket === near || !connection.dead) end(connection);
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    next(passing, act, { drop = false, signal } = {}) {
      const watch = { passing, act, drop };
      watches.add(watch);
      signal?.addEventListener("abort", () => watches.delete(watch), { once: true });
    },
    deafTo(text) {
      deaf = text;
    },
    vanish() {
      for (const connection of connections) connection.dead = true;
    },
    dead: () => [...connections].filter(({ dead }) => dead).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) end(connection);
      }),
  };
}

/** Waits until something passes; false when it did not within the time. What `act` does is done before it goes on its way. */
export async function passes(
  tap: Tap,
  passing: Passing,
  { act = () => undefined, drop = false, withinMs }: { act?: () => void; drop?: boolean; withinMs: number },
): Promise<boolean> {
  const over = AbortSignal.timeout(withinMs);
  return await new Promise((resolve) => {
    over.addEventListener("abort", () => resolve(false), { once: true });
    tap.next(
      passing,
      () => {
        act();
        resolve(true);
      },
      { drop, signal: over },
    );
  });
}
