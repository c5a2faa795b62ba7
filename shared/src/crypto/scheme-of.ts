import type { KeyScheme } from "./keypair.ts";

/** The scheme of a hotkey (ss58) as the operator knows it: the address does not tell, and what a peer says of itself proves nothing. */
export type SchemeOf = (hotkey: string) => KeyScheme;

/** sr25519, which nearly every hotkey is. */
export const allSr25519: SchemeOf = () => "sr25519";

/** The same for all but these hotkeys, which are ed25519. */
export function sr25519Except(ed25519: readonly string[]): SchemeOf {
  if (ed25519.length === 0) return allSr25519;
  const known = new Set(ed25519);
  return (hotkey) => (known.has(hotkey) ? "ed25519" : "sr25519");
}
