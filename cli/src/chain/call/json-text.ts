/** JSON from a command line: whole numbers beyond 2^53 stay exact, as decimal text. Undefined for what is no JSON. */
export function jsonText(text: string): unknown {
  const exact = text.replace(/("(?:[^"\\]|\\.)*")|(-?\b\d{16,}\b)(?![.eE\d])/g, (all, quoted: string | undefined) =>
    quoted === undefined ? `"${all}"` : quoted,
  );
  try {
    return JSON.parse(exact) as unknown;
  } catch {
    return undefined;
  }
}
