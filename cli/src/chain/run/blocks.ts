import {
  newBlock,
  nextEpoch,
  pause as pauseChain,
  resume as resumeChain,
  setBlockBuildMode,
  setInterval,
} from "@subnetkit/chain/client/dev/blocks";
import { devInfo } from "@subnetkit/chain/client/dev/info";
import { grouped } from "../../local/view/format.ts";
import { blockOf } from "../block-of.ts";
import { newestSubnet } from "../newest-subnet.ts";
import { blockText } from "../text/lines.ts";
import { choiceWord, durationWord, hexWord, wholeWord } from "../text/words.ts";
import { usage } from "../usage.ts";
import type { VerbRun } from "../verb.ts";

const MAX_BLOCKS = 1_000_000;

/** `chain mine`. */
export const mine: VerbRun = async ({ rpc, words, flags }) => {
  const [n] = words;
  const { to, tx, unsafeHeight } = flags;
  if (n !== undefined && to !== undefined) throw usage("give how many blocks or --to, not both");
  const transactions =
    tx === undefined
      ? undefined
      : String(tx)
          .split(",")
          .map((one) => hexWord("--tx", one));
  const hash = await newBlock(rpc, {
    ...(n === undefined ? {} : { count: wholeWord("mine", n, 1, MAX_BLOCKS) }),
    ...(to === undefined ? {} : { to: wholeWord("--to", String(to), 1, 4_294_967_295) }),
    ...(transactions === undefined ? {} : { transactions }),
    ...(unsafeHeight === undefined
      ? {}
      : { unsafeBlockHeight: wholeWord("--unsafe-height", String(unsafeHeight), 1, 4_294_967_295) }),
  });
  const at = await blockOf(rpc, hash);
  return { json: at, lines: [blockText(at.block, at.hash)] };
};

/** `chain epoch`. */
export const epoch: VerbRun = async ({ rpc, words, flags }) => {
  const count = words[0] === undefined ? 1 : wholeWord("epoch", words[0], 1, 1_000);
  const netuid =
    flags["netuid"] === undefined ? await newestSubnet(rpc) : wholeWord("--netuid", String(flags["netuid"]), 0, 65_535);
  const done = await nextEpoch(rpc, { netuid, count });
  const epochs = count === 1 ? "an epoch" : `${count} epochs`;
  return {
    json: { netuid, ...done },
    lines: [`${epochs} of subnet ${netuid} in ${grouped(done.blocks)} blocks`, blockText(done.block, done.hash)],
  };
};

/** `chain mode`. */
export const mode: VerbRun = async ({ rpc, words }) => {
  const wanted = choiceWord("mode", words[0] ?? "", ["instant", "manual", "interval"]);
  const time = words[1];
  if (time !== undefined && wanted !== "interval") throw usage(`mode ${wanted} takes no time`);
  if (time === undefined) await setBlockBuildMode(rpc, wanted);
  else {
    const blockMs = durationWord("mode interval", time);
    if (blockMs < 10 || blockMs > 600_000) throw usage("mode interval wants a time from 10ms to 10m");
    await setInterval(rpc, blockMs);
  }
  const { blockMs, paused } = await devInfo(rpc);
  const rest = paused ? "; paused: npx subnetkit chain resume" : "";
  const how = { instant: "one per transaction", manual: "only on request", interval: `every ${blockMs} ms` };
  return { json: { mode: wanted, blockMs, paused }, lines: [`blocks ${how[wanted]}${rest}`] };
};

/** `chain pause`. */
export const pause: VerbRun = async ({ rpc }) => {
  await pauseChain(rpc);
  const { block, hash } = await devInfo(rpc);
  return { json: { paused: true, block, hash }, lines: [`paused at ${blockText(block, hash)}`] };
};

/** `chain resume`. */
export const resume: VerbRun = async ({ rpc }) => {
  await resumeChain(rpc);
  const { block, hash } = await devInfo(rpc);
  return { json: { paused: false, block, hash }, lines: [`resumed at ${blockText(block, hash)}`] };
};
