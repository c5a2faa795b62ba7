import { historyLine } from "./event-lines.ts";
import type { View } from "./view.ts";

/** What happens between the steps of set-up, said as above the live region. Epochs are not: nobody has scored yet. */
export function createBetweenView(say: (text: string) => void): View {
  return {
    event(event) {
      const line = event.type === "chain.epoch" ? undefined : historyLine(event);
      if (line !== undefined) say(line);
    },
    changed: () => {},
    say,
    close: () => {},
  };
}
