const CLOSING: Readonly<Record<string, string>> = { "[": "]", "{": "}", "(": ")" };

/** Splits a line at spaces that are in no quotes and in no brackets. Quotes around a whole value are taken off. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote: string | undefined;
  const open: string[] = [];
  for (const letter of line) {
    if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      // Inside brackets the quotes belong to the JSON there.
      if (quote !== undefined || open.length > 0) word += letter;
      continue;
    }
    if ((letter === '"' || letter === "'") && (open.length > 0 || /(^|=)$/.test(word))) {
      quote = letter;
      if (open.length > 0) word += letter;
      continue;
    }
    if (open.length === 0 && /\s/.test(letter)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    const closing = CLOSING[letter];
    if (closing !== undefined) open.push(closing);
    else if (letter === open.at(-1)) open.pop();
    word += letter;
  }
  if (word !== "") words.push(word);
  return words;
}
