import {
  revert as revertTo,
  snapshot as takeSnapshot,
  snapshots as listSnapshots,
} from "@subnetkit/chain/client/dev/head";
import type { SnapshotRef } from "@subnetkit/chain/client/dev/head";
import { grouped } from "../../local/view/format.ts";
import { type TableColumn, tableLines } from "../../preview/table.ts";
import { blockText } from "../text/lines.ts";
import type { VerbRun } from "../verb.ts";

const columns: readonly TableColumn<SnapshotRef>[] = [
  { title: "NAME", right: false, cell: ({ name }) => name },
  { title: "BLOCK", right: true, cell: ({ block }) => grouped(block) },
  { title: "HASH", right: false, cell: ({ hash }) => hash },
];

/** `chain snapshot`. */
export const snapshot: VerbRun = async (input) => {
  const { rpc, words, flags } = input;
  if (["netuid", "out", "at"].some((name) => flags[name] !== undefined))
    return (await import("./network-snapshot.ts")).networkSnapshot(input);
  const taken = await takeSnapshot(rpc, words[0]);
  return { json: taken, lines: [`snapshot ${taken.name} at ${blockText(taken.block, taken.hash)}`] };
};

/** `chain snapshots`. */
export const snapshots: VerbRun = async ({ rpc }) => {
  const list = await listSnapshots(rpc);
  const none = "no snapshots: npx subnetkit chain snapshot <name> takes one";
  return { json: { snapshots: list }, lines: list.length === 0 ? [none] : tableLines(columns, list, 10_000) };
};

/** `chain revert`. */
export const revert: VerbRun = async ({ rpc, words }) => {
  const back = await revertTo(rpc, words[0]);
  return { json: back, lines: [`back at snapshot ${back.name}, ${blockText(back.block, back.hash)}`] };
};
