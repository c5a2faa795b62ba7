import { type SnapshotProgress, takeNetworkSnapshot } from "@subnetkit/chain/client/network-snapshot";
import { createLogger } from "@subnetkit/shared/log/logger";
import { grouped } from "../../local/view/format.ts";
import { hashWord, wholeWord } from "../text/words.ts";
import { usage } from "../usage.ts";
import type { VerbRun } from "../verb.ts";

/** Ms between two lines about what is under way. */
const NOTE_EVERY_MS = 1_000;

/** `chain snapshot --netuid 1 --out FILE`: subnets of a live network in a file. Ctrl-C gives up and leaves no file. */
export const networkSnapshot: VerbRun = async ({ endpoint, words, flags, note }) => {
  const { netuid, out, at } = flags;
  if (words.length > 0) throw usage("a snapshot into a file has no name: --out names it");
  if (netuid === undefined || out === undefined)
    throw usage(
      netuid === undefined ? "which subnets? --netuid 1 or --netuid 1,2" : "into which file? --out subnet.snapshot",
    );
  const netuids = String(netuid)
    .split(",")
    .map((one) => wholeWord("--netuid", one.trim(), 1, 4_095));
  const giveUp = new AbortController();
  const onInterrupt = (): void => giveUp.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const taken = await takeNetworkSnapshot(
      {
        endpoints: [endpoint],
        netuids,
        path: String(out),
        signal: giveUp.signal,
        onProgress: throttled(note),
        ...(at === undefined ? {} : { at: hashWord("--at", String(at)) }),
      },
      { log: createLogger({ name: "snapshot", level: "silent" }) },
    );
    const { header, entries, path } = taken;
    return {
      json: { path, entries, ...header },
      lines: [
        `${grouped(entries)} entries of ${header.chain}, subnets ${header.netuids.join(", ")}, block ${grouped(header.block)} in ${path}`,
        `run it:   npx subnetkit chain dev --genesis ${path}`,
      ],
    };
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
};

function throttled(note: (line: string) => void): (progress: SnapshotProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return ({ step, done, total, entries }) => {
    const now = performance.now();
    if (now - last < NOTE_EVERY_MS) return;
    last = now;
    note(`${step} ${grouped(done)}/${grouped(total)}   ${grouped(entries)} entries`);
  };
}
