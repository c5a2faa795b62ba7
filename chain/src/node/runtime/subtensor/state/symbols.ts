import { utf8 } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { SYMBOLS } from "./symbol-table.ts";
import { netuids } from "./subnets.ts";

const S = subtensorModule.storage;

/** The netuid's own symbol, or the first one no subnet has; root's when all are taken (spec/subtensor-interface.md 5.4). */
export function freeSymbol(state: State, netuid: number): Uint8Array {
  const taken = new Set(netuids(state).map((other) => Buffer.from(state.get(S.TokenSymbol, other)).toString("utf8")));
  const [root = "", ...others] = SYMBOLS;
  const own = SYMBOLS[netuid] ?? root;
  return utf8(!taken.has(own) ? own : (others.find((one) => !taken.has(one)) ?? root));
}

/** True for a symbol the chain knows. */
export function isKnownSymbol(symbol: Uint8Array): boolean {
  return SYMBOLS.includes(Buffer.from(symbol).toString("utf8"));
}

/** True when another subnet uses the symbol. */
export function symbolTaken(state: State, symbol: Uint8Array): boolean {
  return netuids(state).some((netuid) => Buffer.compare(state.get(S.TokenSymbol, netuid), symbol) === 0);
}
