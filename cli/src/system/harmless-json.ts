/** The same JSON, whose strings may be a stranger's: what could steer a terminal, beyond what JSON itself escapes, is escaped as well. */
export function harmlessJson(json: string): string {
  return json.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) =>
    [...Array(char.length).keys()].map((i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
}
