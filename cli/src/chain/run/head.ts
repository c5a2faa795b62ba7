import { reorg as reorgChain, setFinality, setHead } from "@subnetkit/chain/client/dev/head";
import { devInfo } from "@subnetkit/chain/client/dev/info";
import { timeTravel } from "@subnetkit/chain/client/dev/time-travel";
import { grouped } from "../../local/view/format.ts";
import { blockOf } from "../block-of.ts";
import { blockText, timeText } from "../text/lines.ts";
import { blockWord, timeWord, wholeWord } from "../text/words.ts";
import type { VerbRun } from "../verb.ts";

/** `chain head`. */
export const head: VerbRun = async ({ rpc, words }) => {
  const before = await devInfo(rpc);
  const at = await blockOf(rpc, await setHead(rpc, blockWord("head", words[0] ?? "")));
  const gone = before.block - at.block;
  return {
    json: { ...at, dropped: gone },
    lines: [`${grouped(gone)} block${gone === 1 ? "" : "s"} taken back`, blockText(at.block, at.hash)],
  };
};

/** `chain reorg`. */
export const reorg: VerbRun = async ({ rpc, words, flags }) => {
  const depth = wholeWord("reorg", words[0] ?? "", 1, 1_000);
  const answer = await reorgChain(rpc, flags["drop"] === true ? { depth, drop: true } : { depth });
  const blocks = depth === 1 ? "1 block" : `${grouped(depth)} blocks`;
  return { json: answer, lines: [`${blocks} replaced by a longer branch`, blockText(answer.block, answer.hash)] };
};

/** `chain finality`. */
export const finality: VerbRun = async ({ rpc, words }) => {
  const lag = wholeWord("finality", words[0] ?? "", 0, 1_000);
  const answer = await setFinality(rpc, { lag });
  const line = lag === 0 ? "each block is final at once" : `finality stays ${grouped(lag)} blocks behind the head`;
  return { json: answer, lines: [line, `final: ${blockText(answer.finalized, answer.hash)}`] };
};

/** `chain travel`. */
export const travel: VerbRun = async ({ rpc, words, flags }) => {
  const before = await devInfo(rpc);
  const to = timeWord(words[0] ?? "", before.clockMs);
  const blocks = flags["blocks"] === true;
  const timestampMs = await timeTravel(rpc, to, { blocks });
  const { block } = await devInfo(rpc);
  const made = block - before.block;
  // In Bittensor blocks are time: an epoch does not come nearer when only the clock moves.
  const moved = blocks
    ? `clock and blocks moved: ${grouped(made)} blocks to ${grouped(block)}`
    : "the clock moved, blocks did not (--blocks makes them)";
  return { json: { timestampMs, block, blocks: made }, lines: [timeText(timestampMs), moved] };
};
