/** Amounts of money in a genesis file. */
import { z } from "zod";

const RAO_PER_TAO = 1_000_000_000n;
const DECIMALS = 9;
/** Nothing on the chain is ever more than the 21 million TAO, or alpha of one subnet, that can exist. */
const MAX_RAO = 21_000_000n * RAO_PER_TAO;

/** A stake: alpha that the neuron simply has, or TAO that buys it from the subnet's pool. */
export interface StakeAmount {
  readonly unit: "alpha" | "tao";
  readonly rao: bigint;
}

/**
 * TAO: a number (`1000`, `0.5`), decimal text with or without its unit (`"12.5 TAO"`), or whole rao (`"2500 rao"`). The value is rao.
 */
export const taoAmount = z
  .union([z.number(), z.string()])
  .transform((given, ctx): bigint => parsed(given, "TAO", ctx)?.rao ?? z.NEVER);

/** Alpha: a number, decimal text with or without its unit (`"12.5 alpha"`), or whole rao. The value is rao. */
export const alphaAmount = z
  .union([z.number(), z.string()])
  .transform((given, ctx): bigint => parsed(given, "alpha", ctx)?.rao ?? z.NEVER);

/** A stake on a subnet: alpha unless the text says TAO (`"600 TAO"`), which buys alpha from the pool at its price and without a fee. */
export const stakeAmount = z
  .union([z.number(), z.string()])
  .transform((given, ctx): StakeAmount => parsed(given, "either", ctx) ?? z.NEVER);

type Wanted = "TAO" | "alpha" | "either";

function parsed(given: number | string, wanted: Wanted, ctx: z.RefinementCtx): StakeAmount | undefined {
  const text = String(given).trim();
  const match = /^(\d+)(?:\.(\d+))?(?: ?(TAO|alpha|rao))?$/i.exec(text);
  const example = wanted === "TAO" ? '1000, "12.5 TAO" or "2500 rao"' : '1000, "12.5 alpha" or "2500 rao"';
  const refuse = (message: string): undefined => {
    ctx.addIssue({ code: "custom", message });
    return undefined;
  };
  if (match === null) return refuse(`an amount is written like ${example}`);
  const [, whole = "0", fraction = "", unit = ""] = match;
  const named = unit.toLowerCase();
  if (named === "rao" && fraction !== "") return refuse("rao are whole");
  if ((named === "alpha" && wanted === "TAO") || (named === "tao" && wanted === "alpha"))
    return refuse(`it must be ${wanted}`);
  if (fraction.length > DECIMALS) return refuse("it has more than 9 decimals, and a rao is the smallest part");
  const rao =
    named === "rao" ? BigInt(whole) : BigInt(whole) * RAO_PER_TAO + BigInt(fraction.padEnd(DECIMALS, "0") || "0");
  if (rao > MAX_RAO) return refuse("it is more than the 21,000,000 that can exist");
  return { unit: named === "tao" ? "tao" : "alpha", rao };
}
