/**
 * As a process of its own: keeps some memory, and makes garbage that outlives the young generation, as a round does that waits for Redis. Prints the most
 * memory of the old generation over what is kept.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { limitHeapGrowth } from "../../../../validator/src/heap-growth.ts";

type Piece = { readonly at: number; readonly text: string[] };

const oldMib = (): number =>
  (getHeapSpaceStatistics().find((space) => space.space_name === "old_space")?.space_used_size ?? 0) / 2 ** 20;
const piece = (at: number): Piece => ({ at, text: [`a${at}`, `b${at}`, `c${at}`] });

limitHeapGrowth();
const kept = Array.from({ length: 150_000 }, (_, i) => piece(i));
setFlagsFromString("--expose-gc");
(runInNewContext("gc") as () => void)();
const keptMib = oldMib();
// One after the other is replaced, each after a young collection or two has found it alive.
let most = 0;
for (let i = 0; i < 1_500_000; i++) {
  kept[i % kept.length] = piece(i);
  if (i % 5_000 === 0) most = Math.max(most, oldMib());
}
process.stdout.write(JSON.stringify({ times: most / keptMib }));
