/** Empty blocks one after another, and the memory of the process over them. */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { benchKey, benchNode } from "./bench-node.ts";
import { costNow, costOf, type Row, sizeRow, timeRow } from "./measure.ts";

const BUDGET_MS = 30_000;
const BUDGET_MB = 400;

/** What no block can do without: a signature and two hashes of a header, us. */
function sealUs(): number {
  const key = benchKey(0);
  const header = new Uint8Array(250);
  const seals = 2_000;
  const work = (): void => {
    for (let i = 0; i < seals; i++) {
      key.sign(blake2b256(header));
      blake2b256(header);
    }
  };
  work();
  return (1000 * costNow(work).cpuMs) / seals;
}

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
  const eachUs = (1000 * cost.cpuMs) / total;
  const each = `${eachUs.toFixed(0)} us each, ${(eachUs / sealUs()).toFixed(1)} times a seal with its hashes`;
  const budget = (BUDGET_MS * total) / 100_000;
  return [timeRow(`${total.toLocaleString("en-US")} empty blocks`, cost, budget, each), ...memory];
}
