import path from "node:path";
import { dumpState, loadState, reset as resetChain } from "@subnetkit/chain/client/dev/dump";
import { grouped } from "../../local/view/format.ts";
import { blockText } from "../text/lines.ts";
import type { VerbRun } from "../verb.ts";

/** `chain save`. The node writes the file, so the path is made absolute: the two need not share a folder. */
export const save: VerbRun = async ({ rpc, words }) => {
  const answer = await dumpState(rpc, path.resolve(words[0] ?? ""));
  return {
    json: answer,
    lines: [`${grouped(answer.entries)} entries in ${answer.path}`, blockText(answer.block, answer.hash)],
  };
};

/** `chain load`. */
export const load: VerbRun = async ({ rpc, words }) => {
  const file = path.resolve(words[0] ?? "");
  const answer = await loadState(rpc, file);
  return { json: { path: file, ...answer }, lines: [`loaded ${file}`, blockText(answer.block, answer.hash)] };
};

/** `chain reset`. */
export const reset: VerbRun = async ({ rpc }) => {
  const answer = await resetChain(rpc);
  return { json: answer, lines: [`back at genesis, and on: ${blockText(answer.block, answer.hash)}`] };
};
