import { connect } from "node:net";
import { type Row, sizeRow } from "../chain/measure.ts";
import { signedText } from "./load.ts";
import { startServer } from "./process.ts";

/** How long a peer that sends slowly keeps its connection, with the default configuration. */
export async function slowPeers(): Promise<Row[]> {
  const server = await startServer("signed");
  try {
    const port = await server.ask("port");
    const whole = signedText().toString("latin1");
    const head = whole.slice(0, whole.indexOf("\r\n\r\n") + 4);
    const [headersS, bodyS] = await Promise.all([
      untilClosed(port, head.slice(0, 60), "a"),
      untilClosed(port, head, " "),
    ]);
    return [sizeRow("slow headers end after", headersS, "s", 3), sizeRow("slow bodies end after", bodyS, "s", 5)];
  } finally {
    await server.stop();
  }
}

function untilClosed(port: number, first: string, drip: string): Promise<number> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const socket = connect(port, "127.0.0.1", () => socket.write(first));
    const timer = setInterval(() => socket.write(drip), 100);
    socket.resume();
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve((performance.now() - startedMs) / 1000);
    });
  });
}
