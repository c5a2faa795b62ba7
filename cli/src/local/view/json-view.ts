import type { View } from "./view.ts";

/** Every event as one line of JSON on `stream`; nothing else ever goes there. */
export function createJsonView(stream: Pick<NodeJS.WriteStream, "write">): View {
  return {
    event: (event) => void stream.write(`${JSON.stringify(event)}\n`),
    changed: () => {},
    say: () => {},
    close: () => {},
  };
}
