import type { LocalEvent } from "../events.ts";

/** Something that shows a run: the terminal's live region, plain lines, or event lines. */
export type View = {
  event(event: LocalEvent): void;
  /** The state changed; the view looks at it when it pleases. */
  changed(): void;
  /** A permanent line, wherever this view says things. */
  say(text: string): void;
  /** Leaves the terminal as it was. Safe to call twice, and from an exit handler. */
  close(): void;
};
