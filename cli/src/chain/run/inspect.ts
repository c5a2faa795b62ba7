import {
  decode as decodeBytes,
  diff as diffBlocks,
  dryRun as dryRunCall,
  traceBlock,
} from "@subnetkit/chain/client/dev/inspect";
import { grouped } from "../../local/view/format.ts";
import { parseCall } from "../call/parse-call.ts";
import { dispatchErrorName } from "../refused.ts";
import { coinsText } from "../text/amount.ts";
import { decodedLines } from "../text/decoded.ts";
import { deltaLines } from "../text/deltas.ts";
import { eventLine } from "../text/events.ts";
import { blockText } from "../text/lines.ts";
import { originWord } from "../text/origin.ts";
import { traceLines } from "../text/trace-lines.ts";
import { blockWord, hexWord, wholeWord } from "../text/words.ts";
import { usage } from "../usage.ts";
import type { VerbInput, VerbRun } from "../verb.ts";

/** Changes that are shown. */
const MAX_DELTAS = 500;
/** Exit code of what the chain would refuse. */
const REFUSED = 4;

/** `chain dry-run`. */
export const dryRun: VerbRun = async ({ rpc, words, flags }) => {
  const { extrinsic, from, at } = flags;
  if ((extrinsic === undefined) === (words.length === 0)) throw usage("give a call with --from, or --extrinsic");
  const what =
    extrinsic === undefined
      ? { call: parseCall(words).hex, origin: originOf(from) }
      : { extrinsic: hexWord("--extrinsic", String(extrinsic)) };
  const answer = await dryRunCall(rpc, { ...what, ...(at === undefined ? {} : { at: blockWord("--at", String(at)) }) });
  const { block, hash, call, ok, error, feeRao, events, changes } = answer;
  const result = ok || error === null ? "ok" : `fail: ${dispatchErrorName(error)}`;
  return {
    json: answer,
    ...(ok ? {} : { exitCode: REFUSED }),
    lines: [
      `${call} would ${ok ? "be " : ""}${result}   fee ${coinsText(feeRao)} TAO   on ${blockText(block, hash)}`,
      ...(error?.docs === undefined ? [] : [`  ${error.docs}`]),
      ...events.map(eventLine),
      ...deltaLines(changes, MAX_DELTAS).map((line) => `  ${line}`),
    ],
  };
};

function originOf(from: VerbInput["flags"][string]): ReturnType<typeof originWord> {
  if (from === undefined) throw usage("who makes the call? --from root, none or an account");
  return originWord("--from", String(from));
}

/** `chain trace`. */
export const trace: VerbRun = async ({ rpc, words }) => {
  const [blockName = "", indexText = words[1]] = (words[0] ?? "").split(":");
  const block = blockWord("trace", blockName);
  const request = indexText === undefined ? { block } : { block, index: wholeWord("trace", indexText, 0, 1_000_000) };
  const answer = await traceBlock(rpc, request);
  return { json: answer, lines: traceLines(answer) };
};

/** `chain diff`. */
export const diff: VerbRun = async ({ rpc, words }) => {
  const [from = "", to] = words;
  const answer = await diffBlocks(rpc, {
    from: blockWord("diff", from),
    ...(to === undefined ? {} : { to: blockWord("diff", to) }),
  });
  const { changes, leftOut = 0 } = answer;
  const count = changes.length + leftOut;
  const between = `from block ${grouped(answer.from.block)} to ${grouped(answer.to.block)}`;
  const title = `${grouped(count)} storage ${count === 1 ? "entry differs" : "entries differ"} ${between}`;
  return { json: answer, lines: [title, ...deltaLines(changes, MAX_DELTAS).map((line) => `  ${line}`)] };
};

/** `chain decode`. */
export const decode: VerbRun = async ({ rpc, words }) => {
  const answer = await decodeBytes(rpc, hexWord("decode", words[0] ?? ""));
  return { json: answer, lines: decodedLines(answer) };
};
