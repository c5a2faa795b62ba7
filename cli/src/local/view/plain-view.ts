import { plainLine } from "./event-lines.ts";
import type { View } from "./view.ts";

/** One line per fact on `stream`, no escapes, no frames. */
export function createPlainView(stream: Pick<NodeJS.WriteStream, "write">): View {
  return {
    event(event) {
      const line = plainLine(event);
      if (line !== undefined) stream.write(`${line}\n`);
    },
    changed: () => {},
    say: (text) => void stream.write(`${text}\n`),
    close: () => {},
  };
}
