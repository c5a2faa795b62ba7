/**
 * A reader of JSON that keeps what JavaScript's own loses and Python's keeps: how a number was written (an integer of any length, `1.0` against
 * `1`) and the order of keys. Strict (RFC 8259) and bounded in depth.
 */

/** A JSON value; numbers as their text, objects in the order of their keys. */
export type JsonNode =
  | { readonly kind: "null" | "true" | "false" }
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, JsonNode> };

/** A member of the outermost object: its value, and the very text it was written as. */
export type JsonMember = { readonly node: JsonNode; readonly text: string };

/** Deeper values are refused. */
const maxDepth = 64;

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const backslash = 0x5c;

/** The members of a JSON object, in order; a repeated key keeps its first place and its last value, as in Python. Undefined for anything else. */
export function readJsonObject(text: string): ReadonlyMap<string, JsonMember> | undefined {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError("not JSON");
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (): void => {
    // A pattern would cost more than all else together.
    for (let code = text.charCodeAt(at); code === 0x20 || (code >= 9 && code <= 13 && code !== 11 && code !== 12); ) {
      code = text.charCodeAt(++at);
    }
  };
  const expect = (character: string): void => {
    if (text[at] !== character) fail();
    at++;
  };
  const word = <K extends "null" | "true" | "false">(kind: K): { readonly kind: K } => {
    if (!text.startsWith(kind, at)) fail();
    at += kind.length;
    return { kind };
  };
  /** Everything up to the closing quote; what may stand in between is JSON.parse's to say. No pattern: a long text would exhaust its stack. */
  const string = (): string => {
    const from = at;
    expect('"');
    for (;;) {
      const quote = text.indexOf('"', at);
      if (quote < 0) return fail();
      at = quote + 1;
      let first = quote;
      while (text.charCodeAt(first - 1) === backslash) first--;
      if ((quote - first) % 2 === 0) return JSON.parse(text.slice(from, at)) as string;
    }
  };
  const array = (depth: number): JsonNode => {
    const items: JsonNode[] = [];
    expect("[");
    skip();
    if (text[at] !== "]") {
      for (;;) {
        items.push(value(depth));
        if (text[at] !== ",") break;
        at++;
      }
    }
    expect("]");
    return { kind: "array", items };
  };
  const members = <T>(read: () => T): Map<string, T> => {
    const found = new Map<string, T>();
    expect("{");
    skip();
    if (text[at] !== "}") {
      for (;;) {
        skip();
        const key = string();
        skip();
        expect(":");
        found.set(key, read());
        if (text[at] !== ",") break;
        at++;
      }
    }
    expect("}");
    return found;
  };
  /** A value and the space around it. */
  const value = (depth: number): JsonNode => {
    if (depth > maxDepth) fail();
    skip();
    const node = bare(depth);
    skip();
    return node;
  };
  const bare = (depth: number): JsonNode => {
    switch (text[at]) {
      case "{":
        return { kind: "object", members: members(() => value(depth + 1)) };
      case "[":
        return array(depth + 1);
      case '"':
        return { kind: "string", value: string() };
      case "n":
        return word("null");
      case "t":
        return word("true");
      case "f":
        return word("false");
      default:
        return { kind: "number", text: match(numberPattern) ?? fail() };
    }
  };
  try {
    skip();
    const read = members((): JsonMember => {
      skip();
      const from = at;
      const node = bare(1);
      const written = text.slice(from, at);
      skip();
      return { node, text: written };
    });
    skip();
    return at === text.length ? read : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
