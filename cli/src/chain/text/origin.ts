import type { DevOrigin } from "@subnetkit/chain/client/dev/authority";
import { addressWord } from "./address.ts";

/** An origin: `root`, `none`, or an account that signs. Throws E_USAGE. */
export function originWord(name: string, text: string): DevOrigin {
  if (text.toLowerCase() === "root") return "Root";
  if (text.toLowerCase() === "none") return "None";
  return { Signed: addressWord(`${name} (root, none, or an account)`, text) };
}
