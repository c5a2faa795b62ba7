import { utf8 } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { netuids } from "./subnets.ts";

const S = subtensorModule.storage;

/** Code points of one script, first to last, without those the chain leaves out. */
const range = (first: number, last: number, without: readonly number[] = []): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .filter((point) => !without.includes(point))
    .map((point) => String.fromCodePoint(point));

/**
 * Token symbols in the order they are given out: capital tau for root, Greek small letters, then Hebrew ones. The live chain goes on through
 * further scripts; subnets beyond these get the symbol of root there too.
 */
export const SYMBOLS: readonly string[] = [
  "Τ",
  ...range(0x3b1, 0x3c9, [0x3c2, 0x3c4]).toSpliced(18, 0, "t"),
  ...range(0x5d0, 0x5ea),
];

/** First symbol no subnet has; the netuid's own when it is free (spec/subtensor-interface.md 5.4). */
export function freeSymbol(state: State, netuid: number): Uint8Array {
  const taken = new Set(netuids(state).map((other) => Buffer.from(state.get(S.TokenSymbol, other)).toString("utf8")));
  const own = SYMBOLS[netuid];
  const symbol = own !== undefined && !taken.has(own) ? own : SYMBOLS.slice(1).find((one) => !taken.has(one));
  return utf8(symbol ?? (SYMBOLS[0] as string));
}

/** True for a symbol the chain knows. */
export function isKnownSymbol(symbol: Uint8Array): boolean {
  return SYMBOLS.includes(Buffer.from(symbol).toString("utf8"));
}

/** True when another subnet uses the symbol. */
export function symbolTaken(state: State, symbol: Uint8Array): boolean {
  return netuids(state).some((netuid) => Buffer.compare(state.get(S.TokenSymbol, netuid), symbol) === 0);
}
