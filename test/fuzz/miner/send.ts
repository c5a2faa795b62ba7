import { connect, type Socket } from "node:net";

/** An answer as far as the fuzzer looks at it; undefined stands for a connection that was closed without one. */
export type Answer =
  | { readonly status: number; readonly body: string /** Sent a second time. */; readonly resent?: boolean }
  | undefined;

/** Sends requests one after the other on one connection, opened again when the server closes it. */
export type Pipe = {
  /** Sends all at once and gives their answers in order. Those after an answer that closed the connection are sent again. */
  run(texts: readonly Buffer[]): Promise<Answer[]>;
  close(): void;
};

/** Makes a pipe; nothing is opened yet. */
export function createPipe(port: number): Pipe {
  let socket: Socket | undefined;
  return {
    run: async (texts) => {
      const answers: Answer[] = [];
      while (answers.length < texts.length) {
        if (socket === undefined || socket.destroyed) socket = await open(port);
        const left = texts.slice(answers.length);
        const got = await roundTrip(socket, left);
        for (const answer of got)
          answers.push(answer === undefined ? undefined : { ...answer, resent: left.length < texts.length });
        if (got.length < left.length) {
          socket.destroy();
          // Closed without a word: the first one without an answer is to blame, and is not sent again.
          if (got.length === 0) answers.push(undefined);
        }
      }
      return answers;
    },
    close: () => socket?.destroy(),
  };
}

/** Sends bytes on a connection of their own, ends it, and gives the first answer. */
export async function sendOnce(port: number, text: Buffer): Promise<Answer> {
  const socket = await open(port);
  socket.end(text);
  let read = "";
  socket.on("data", (chunk: Buffer) => {
    read += chunk.toString("latin1");
  });
  await new Promise((resolve) => socket.once("close", resolve));
  const status = /^HTTP\/1\.1 (\d{3})/.exec(read)?.[1];
  return status === undefined ? undefined : { status: Number(status), body: read.slice(read.indexOf("\r\n\r\n") + 4) };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => {
      socket.off("error", reject);
      socket.on("error", () => undefined);
      socket.on("end", () => socket.end());
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** As many answers as there are texts, or fewer when the connection ends before. */
function roundTrip(socket: Socket, texts: readonly Buffer[]): Promise<Answer[]> {
  return new Promise((resolve) => {
    const answers: Answer[] = [];
    let rest = "";
    const finish = (): void => {
      socket.off("data", onData);
      socket.off("close", finish);
      resolve(answers);
    };
    const onData = (chunk: Buffer): void => {
      rest += chunk.toString("latin1");
      for (;;) {
        const end = rest.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = rest.slice(0, end);
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (rest.length < end + 4 + length) return;
        answers.push({ status: Number(head.slice(9, 12)), body: rest.slice(end + 4, end + 4 + length) });
        rest = rest.slice(end + 4 + length);
        if (/\r\nconnection: close/i.test(head)) socket.destroy();
        else if (answers.length < texts.length) continue;
        finish();
        return;
      }
    };
    socket.on("data", onData);
    socket.once("close", finish);
    socket.write(Buffer.concat(texts));
  });
}
