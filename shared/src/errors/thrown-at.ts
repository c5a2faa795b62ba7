/** Path, line and column at the end of a frame that is not Node's own. */
const framePattern = /^\s+at .*?\(?((?:file:\/\/)?\/[^():\n]+:\d+:\d+)\)?$/m;

/**
 * Where an error was thrown: `/path/my-subnet.ts:12:5`, by the first frame of its stack that is not Node's own; undefined for what has none. Nothing of
 * its message is in it, which may repeat what a stranger sent. Formats the stack, which costs up to milliseconds where source maps are on.
 */
export function thrownAt(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  const { message, stack } = error;
  const begins = stack.indexOf(message);
  // A message that was changed after the stack was made may stand there in its old form.
  if (begins < 0 || (message === "" && !/^\w*:? ?$/m.test(stack.split("\n", 1)[0] ?? ""))) return undefined;
  return framePattern.exec(stack.slice(begins + message.length))?.[1]?.replace("file://", "");
}
