import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** How a fake node answers one method: with a result, an error, or not at all (`silent`). */
export type FakeAnswer = { result: unknown } | { error: { code: number; message: string; data?: unknown } } | "silent";

/** A WebSocket JSON-RPC server with canned answers: what the provider is tested against, without a chain behind it. */
export type FakeNode = {
  readonly url: string;
  readonly port: number;
  /** Methods that were asked, in order. */
  readonly asked: string[];
  answer(method: string, answer: FakeAnswer | ((params: readonly unknown[]) => FakeAnswer)): void;
  /** Sends a subscription notification to every connection. */
  notify(subscription: string, result: unknown): void;
  /** Cuts every connection, without a closing handshake. */
  cut(): void;
  connections(): number;
  close(): Promise<void>;
};

/** Starts one on a free port, or on `port`. It serves `genesis` as its genesis hash. */
export async function startFakeNode(genesis: string, port = 0): Promise<FakeNode> {
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  await once(server, "listening");
  const sockets = new Set<WebSocket>();
  const asked: string[] = [];
  const answers = new Map<string, (params: readonly unknown[]) => FakeAnswer>();
  answers.set("chain_getBlockHash", () => ({ result: genesis }));

  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data: Buffer) => {
      const { id, method, params } = JSON.parse(data.toString()) as { id: number; method: string; params: unknown[] };
      asked.push(method);
      const answer = answers.get(method)?.(params) ?? { error: { code: -32601, message: "Method not found" } };
      if (answer !== "silent") socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });

  const address = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${address.port}`,
    port: address.port,
    asked,
    answer: (method, answer) => {
      answers.set(method, typeof answer === "function" ? answer : () => answer);
    },
    notify: (subscription, result) => {
      const text = JSON.stringify({ jsonrpc: "2.0", method: "event", params: { subscription, result } });
      for (const socket of sockets) socket.send(text);
    },
    cut: () => {
      for (const socket of sockets) socket.terminate();
    },
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.terminate();
        server.close(() => resolve());
      }),
  };
}
