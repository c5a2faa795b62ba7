/** Turns tokens into text as they come. */
export type TextStream = {
  /** Text that is certain after this token, perhaps none yet. */
  push(id: number): string;
  /** What was held back, at the end. */
  flush(): string;
};

/** Tokens of an unfinished character are waited for, but not longer than this. */
const mostPending = 8;

/**
 * Decodes token by token. A token's text depends on its neighbours (a character may take several, a leading space may be swallowed), so each is decoded together
 * with those before it, beginning with the end of the prompt, and what is new is given out once it does not end within a character.
 */
export function createTextStream(decode: (ids: number[]) => string, promptIds: readonly number[]): TextStream {
  const ids = promptIds.slice(-4);
  let prefixAt = 0;
  let readAt = ids.length;
  const take = (final: boolean): string => {
    const before = decode(ids.slice(prefixAt, readAt));
    const text = decode(ids.slice(prefixAt));
    const unfinished = text.endsWith("\ufffd") && ids.length - readAt < mostPending;
    if ((unfinished && !final) || text.length <= before.length) return "";
    prefixAt = readAt;
    readAt = ids.length;
    return text.slice(before.length);
  };
  return {
    push: (id) => {
      ids.push(id);
      return take(false);
    },
    flush: () => take(true),
  };
}

/** Looks for texts that end an answer. */
export type StopWatch = {
  /** The text that cannot belong to a stop text any more, and whether one was found: what follows it is dropped. */
  push(text: string): { readonly text: string; readonly stopped: boolean };
  flush(): string;
};

/** Holds back what may be the beginning of a stop text, however it is cut into pieces. */
export function createStopWatch(stops: readonly string[]): StopWatch {
  let held = "";
  return {
    push: (text) => {
      held += text;
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) {
        const before = held.slice(0, Math.min(...found));
        held = "";
        return { text: before, stopped: true };
      }
      const keep = Math.max(0, ...stops.map((stop) => overlap(held, stop)));
      const certain = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: certain, stopped: false };
    },
    flush: () => {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Length of the longest end of `text` that is a beginning, but not all, of `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
