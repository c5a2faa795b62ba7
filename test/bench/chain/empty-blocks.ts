/** Empty blocks one after another, and the memory of the process over them. */
import { benchNode } from "./bench-node.ts";
import { costOf, type Row, sizeRow, timeRow } from "./measure.ts";

const BUDGET_MS = 30_000;
const BUDGET_MB = 400;

/** 100,000 manual blocks with the default history; with `quick` 10,000, held against a tenth of the time. */
export async function emptyBlocks(quick: boolean): Promise<Row[]> {
  const total = quick ? 10_000 : 100_000;
  const marks = quick ? [1_000, 5_000, 10_000] : [10_000, 50_000, 100_000];
  const node = benchNode();
  const memory: Row[] = [];
  let made = 0;
  const cost = await costOf(async () => {
    for (const mark of marks) {
      while (made < mark) made += await node.producer.produce(Math.min(1_000, mark - made), () => false);
      const { rss, heapUsed } = process.memoryUsage();
      const name = `resident memory after ${mark.toLocaleString("en-US")} blocks`;
      memory.push(sizeRow(name, rss / 1e6, "MB", BUDGET_MB, `${Math.round(heapUsed / 1e6)} MB of heap in use`));
    }
  });
  node.close();
  const each = `${((1000 * cost.cpuMs) / total).toFixed(0)} us each`;
  const budget = (BUDGET_MS * total) / 100_000;
  return [timeRow(`${total.toLocaleString("en-US")} empty blocks`, cost, budget, each), ...memory];
}
