import { U64_MAX } from "../../fixed/convert.ts";
import { checkRao } from "./check.ts";

/** Most children of one parent on a subnet, and blocks until a change takes effect. Source: spec/economics.md 5.4. */
export const MAX_CHILDREN = 5;
export const CHILDREN_COOLDOWN_BLOCKS = 7_200;

/** Verdict on a new set of children. */
export type ChildrenVerdict =
  | { readonly kind: "accepted" }
  | {
      readonly kind: "refused";
      readonly reason: "tooManyChildren" | "selfChild" | "duplicateChild" | "childIsParent" | "proportionOverflow";
    };

/** Checks a parent's new children; `parentsOfParent` are the hotkeys that delegate to it. Source: spec/economics.md 5.4. */
export function checkChildren(
  parent: string,
  children: readonly { readonly hotkey: string; readonly proportion: bigint }[],
  parentsOfParent: readonly string[],
): ChildrenVerdict {
  for (const [i, { proportion }] of children.entries()) checkRao(`children[${i}].proportion`, proportion);
  const hotkeys = children.map(({ hotkey }) => hotkey);
  const refused = (reason: Extract<ChildrenVerdict, { kind: "refused" }>["reason"]): ChildrenVerdict => ({
    kind: "refused",
    reason,
  });
  if (children.length > MAX_CHILDREN) return refused("tooManyChildren");
  if (hotkeys.includes(parent)) return refused("selfChild");
  if (new Set(hotkeys).size !== hotkeys.length) return refused("duplicateChild");
  if (hotkeys.some((hotkey) => parentsOfParent.includes(hotkey))) return refused("childIsParent");
  if (children.reduce((sum, { proportion }) => sum + proportion, 0n) > U64_MAX) return refused("proportionOverflow");
  return { kind: "accepted" };
}
