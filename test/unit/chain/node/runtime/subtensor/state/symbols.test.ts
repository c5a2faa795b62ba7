import { describe, expect, it } from "vitest";
import { SYMBOLS } from "../../../../../../../chain/src/node/runtime/subtensor/state/symbol-table.ts";
import { freeSymbol } from "../../../../../../../chain/src/node/runtime/subtensor/state/symbols.ts";
import { subtensorModule } from "../../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { NETUID, OWNER, startSubnet } from "../scenario.ts";
import { subtensor, World } from "../world.ts";

const S = subtensorModule.storage;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (symbol: Uint8Array): string => Buffer.from(symbol).toString("utf8");

describe("the token symbols", () => {
  it("are 439 different ones, each script where the chain has it", () => {
    expect(new Set(SYMBOLS).size).toBe(439);
    const known: readonly (readonly [number, string])[] = [
      [0, "Τ"],
      [1, "α"],
      [19, "t"],
      [24, "ω"],
      [25, "א"],
      [51, "ת"],
      [79, "ي"],
      [80, "ى"],
      [87, "Ы"],
      [102, "ვ"],
      [109, "՞"],
      [116, "ъ"],
      [122, "ⲅ"],
      [134, "Ⰰ"],
      [167, "ก"],
      [210, "ฮ"],
      [211, "ㄱ"],
      [245, "ㅣ"],
      [246, "አ"],
      [271, "መ"],
      [275, "अ"],
      [318, "ह"],
      [319, "ア"],
      [364, "ン"],
      [365, "ⴰ"],
      [401, "අ"],
      [438, "ධ"],
    ];
    for (const [netuid, symbol] of known) expect(SYMBOLS[netuid], String(netuid)).toBe(symbol);
  });

  it("are given out by netuid, then by the first free one, then root's", () => {
    const { state } = new World();
    expect(text(freeSymbol(state, 60))).toBe(SYMBOLS[60]);
    state.put(S.NetworksAdded, [7], true);
    state.put(S.TokenSymbol, [7], bytes(SYMBOLS[60] as string));
    expect(text(freeSymbol(state, 60))).toBe(SYMBOLS[2]);
    expect(text(freeSymbol(state, 5_000))).toBe(SYMBOLS[2]);
    for (let netuid = 1; netuid < 439; netuid++) {
      state.put(S.NetworksAdded, [netuid], true);
      state.put(S.TokenSymbol, [netuid], bytes(SYMBOLS[netuid] as string));
    }
    expect(text(freeSymbol(state, 440))).toBe("Τ");
  });

  it("can be changed to any other of them", () => {
    const world = startSubnet({ validators: 1, miners: 0 });
    const change = (symbol: string) => subtensor(OWNER, "update_symbol", { netuid: NETUID, symbol: bytes(symbol) });
    expect(world.block(change("ア"))).toEqual(["ok"]);
    expect(world.block(change("x"))).toEqual(["SymbolDoesNotExist"]);
    expect(world.block(change("ア"))).toEqual(["SymbolAlreadyInUse"]);
  });
});
