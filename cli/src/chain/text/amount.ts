import { raoOfCoins } from "../../preview/amount.ts";
import { coins } from "../../local/view/format.ts";
import { quoted, usage } from "../usage.ts";

/** TAO (or alpha) as people write it, in rao: `100`, `1,000.5`, `100tao`, `5rao`. Throws E_USAGE. */
export function raoWord(name: string, text: string): bigint {
  const [, digits = "", unit = "tao"] = /^([\d,_.]+)\s*(tao|alpha|rao|[τα])?$/i.exec(text) ?? [];
  const plain = digits.replace(/[,_]/g, "");
  const rao = unit.toLowerCase() === "rao" ? (/^\d{1,20}$/.test(plain) ? BigInt(plain) : undefined) : raoOfCoins(plain);
  if (rao !== undefined && rao < 1n << 64n) return rao;
  throw usage(`${name} wants an amount in TAO with at most nine decimals, or such as 5rao, not ${quoted(text)}`);
}

/** Rao as coins: thousands grouped, no zeros at the end. */
export function coinsText(rao: bigint | string): string {
  const [whole = "0", decimals = ""] = coins(rao, 9).split(".");
  const end = decimals.replace(/0+$/, "");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${end === "" ? "" : `.${end}`}`;
}
