import { type Row, sizeRow } from "../chain/measure.ts";
import { openLines, sendAll, signedText } from "./load.ts";
import { startServer } from "./process.ts";

/** Resident memory of the server after many requests against after ten thousand. */
export async function memory({ quick, full }: { readonly quick: boolean; readonly full: boolean }): Promise<Row[]> {
  const [first, last] = quick ? [2_000, 10_000] : full ? [10_000, 1_000_000] : [10_000, 100_000];
  const server = await startServer("signed");
  try {
    const port = await server.ask("port");
    await sendMany(port, first);
    const before = await server.ask("rssBytes");
    await sendMany(port, last - first);
    const after = await server.ask("rssBytes");
    const times = (count: number): string => count.toLocaleString("en-US");
    const note = `${Math.round(before / 1_048_576)} MiB, then ${Math.round(after / 1_048_576)} MiB`;
    return [
      sizeRow(
        `memory after ${times(last)} requests over that after ${times(first)}`,
        after / before,
        "times",
        1.3,
        note,
      ),
    ];
  } finally {
    await server.stop();
  }
}

/** The server closes a connection after ten thousand requests: new ones in time. */
async function sendMany(port: number, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100_000) {
    const lines = await openLines(port);
    await sendAll(lines, Math.min(left, 100_000), () => signedText());
    for (const line of lines) line.close();
  }
}
