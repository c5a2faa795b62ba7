import { readableLine } from "@subnetkit/shared/log/readable";
import type { DestinationStream } from "pino";

/** A destination for the chain's log that writes each entry as lines for people; whoever writes them says the time. */
export function logLines(write: (line: string) => void): DestinationStream {
  return {
    write(text) {
      for (const line of text.split("\n")) if (line !== "") write(readableLine(line, { clock: false }));
    },
  };
}
