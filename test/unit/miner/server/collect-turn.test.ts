import { collectTurn } from "@subnetkit/miner/server/collect-turn";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";

describe("what comes in one turn of the event loop", () => {
  test("is handed over together and in order, after the turn", async () => {
    const lots: number[][] = [];
    const add = collectTurn<number>(10, (items) => lots.push([...items]));
    for (const item of [1, 2, 3]) add(item);
    expect(lots).toEqual([]);
    await turn();
    add(4);
    await turn();
    expect(lots).toEqual([[1, 2, 3], [4]]);
  });

  test("is handed over in lots of at most so many, with a turn between two", async () => {
    const seen: string[] = [];
    const add = collectTurn<number>(2, (items) => seen.push(items.join("")));
    for (const item of [1, 2, 3, 4, 5]) add(item);
    for (let i = 0; i < 3; i++) {
      await turn();
      seen.push("turn");
    }
    expect(seen).toEqual(["12", "turn", "34", "turn", "5", "turn"]);
  });

  test("may come while others are worked on", async () => {
    const lots: number[][] = [];
    const add = collectTurn<number>(1, (items) => {
      lots.push([...items]);
      if (items[0] === 1) add(3);
    });
    add(1);
    add(2);
    for (let i = 0; i < 3; i++) await turn();
    expect(lots).toEqual([[1], [2], [3]]);
  });
});
