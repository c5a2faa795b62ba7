/**
 * Levels of arrays and objects that a miner's answer may have. Some thousand would end the recursion of whatever writes it down or hands it to another thread:
 * one answer could keep a round from being counted.
 */
export const deepestReply = 256;

/** Whether a JSON value has at most so many levels; a number or a text has none. */
export function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  for (const inner of Object.values(value)) if (!isNestedWithin(inner, levels - 1)) return false;
  return true;
}
