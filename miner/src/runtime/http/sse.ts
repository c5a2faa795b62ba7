/** Longest line of a stream, in characters. */
const longestLine = 1 << 20;

/**
 * The `data` of each event of a server-sent event stream (HTML standard 9.2), strictly: fields other than `data`, `event`, `id` and `retry`, bytes that are
 * not UTF-8, lines without end and an event cut off by the end of the stream are errors. Comments are skipped. Throws Error in words.
 */
export async function* sseData(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let data: string[] = [];
  const take = function* (text: string): Iterable<string> {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() as string;
    if (rest.length > longestLine) throw new Error("a line has no end");
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield data.join("\n");
        data = [];
        continue;
      }
      const field = line.match(/^(data|event|id|retry)?:(?: )?(.*)$/s);
      if (field === null) throw new Error("it is not a stream of events");
      if (field[1] === "data") data.push(field[2] as string);
    }
  };
  for await (const chunk of body) yield* take(decoder.decode(chunk, { stream: true }));
  yield* take(decoder.decode());
  // Some servers leave out the empty line after their last event.
  if (rest !== "") yield* take("\n");
  if (data.length > 0) yield data.join("\n");
}
