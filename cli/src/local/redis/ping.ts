import { connect } from "node:net";

/** True when a Redis on 127.0.0.1 answers a PING within `timeoutMs`. A server that is still loading its file answers otherwise: false. */
export function pingRedis(port: number, timeoutMs = 500): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const finish = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    socket.on("error", () => finish(false));
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.on("data", (data) => finish(data.toString("latin1").startsWith("+PONG")));
    socket.on("close", () => finish(false));
  });
}
