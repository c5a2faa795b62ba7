import {
  clearFaults,
  type FaultEffect,
  type FaultRef,
  faults as listFaults,
  setFault,
} from "@subnetkit/chain/client/dev/faults";
import { grouped } from "../../local/view/format.ts";
import { type TableColumn, tableLines } from "../../preview/table.ts";
import { valueText } from "../text/lines.ts";
import { choiceWord, durationWord, shareWord, wholeWord } from "../text/words.ts";
import { usage } from "../usage.ts";
import type { VerbAnswer, VerbInput, VerbRun } from "../verb.ts";

const KINDS = ["drop", "delay", "error", "close", "mute"] as const;
const SETTINGS = ["method", "rate", "count", "seed", "code", "message"];

const columns: readonly TableColumn<FaultRef>[] = [
  { title: "ID", right: true, cell: ({ id }) => String(id) },
  { title: "KIND", right: false, cell: ({ kind }) => kind },
  { title: "METHOD", right: false, cell: ({ method }) => method },
  { title: "RATE", right: true, cell: ({ rate }) => `${Math.round(rate * 1_000) / 10}%` },
  { title: "HITS", right: true, cell: ({ hits }) => grouped(hits) },
  { title: "LEFT", right: true, cell: (fault) => leftOf(fault) },
  { title: "WHAT", right: false, cell: (fault) => whatOf(fault) },
];

function leftOf(fault: FaultRef): string {
  return typeof fault["count"] === "number" ? grouped(fault["count"] - fault.hits) : "any";
}

function whatOf({ delayMs, code, message }: FaultRef): string {
  if (delayMs !== undefined) return `${valueText(delayMs)} ms late`;
  return code === undefined ? "" : `${valueText(code)} ${valueText(message)}`;
}

/** `chain fault`. */
export const fault: VerbRun = async (input) => {
  const { rpc, words, flags } = input;
  const [kindText = "", second] = words;
  const kind = choiceWord("fault", kindText, [...KINDS, "list", "clear"]);
  if (kind !== "list" && kind !== "clear") {
    const id = await setFault(rpc, { ...effectOf(kind, input), ...settingsOf(input) });
    const { json, lines } = listAnswer(await listFaults(rpc));
    return { json: { id, ...json }, lines };
  }
  const setting = SETTINGS.find((name) => flags[name] !== undefined);
  if (setting !== undefined) throw usage(`fault ${kind} takes no --${setting}`);
  if (kind === "list") {
    if (second !== undefined) throw usage("fault list takes nothing more");
    return listAnswer(await listFaults(rpc));
  }
  const cleared = await clearFaults(
    rpc,
    second === undefined ? undefined : wholeWord("fault clear", second, 1, 2 ** 53),
  );
  const { json, lines } = listAnswer(await listFaults(rpc));
  return { json: { cleared, ...json }, lines: [`${cleared} taken away`, ...lines] };
};

function listAnswer(list: readonly FaultRef[]): VerbAnswer {
  return { json: { faults: list }, lines: list.length === 0 ? ["no faults"] : tableLines(columns, list, 10_000) };
}

function effectOf(kind: (typeof KINDS)[number], { words, flags }: VerbInput): FaultEffect {
  const [, time] = words;
  const { code, message } = flags;
  if ((kind === "delay") !== (time !== undefined))
    throw usage(kind === "delay" ? "fault delay wants a time: fault delay 2s" : `fault ${kind} takes no time`);
  if (kind !== "error" && (code ?? message) !== undefined) throw usage("--code and --message belong to fault error");
  switch (kind) {
    case "delay":
      return { delay: durationWord("fault delay", time ?? "") };
    case "error":
      return {
        error: {
          ...(code === undefined ? {} : { code: codeWord(String(code)) }),
          ...(message === undefined ? {} : { message: String(message) }),
        },
      };
    case "drop":
      return { drop: true };
    case "close":
      return { close: true };
    case "mute":
      return { mute: true };
  }
}

function codeWord(text: string): number {
  const negative = text.startsWith("-");
  const value = wholeWord("--code", negative ? text.slice(1) : text, 0, 2_147_483_647);
  return negative ? -value : value;
}

type Settings = { readonly method?: string; readonly rate?: number; readonly count?: number; readonly seed?: number };

function settingsOf({ flags: { method, rate, count, seed } }: VerbInput): Settings {
  return {
    ...(method === undefined ? {} : { method: String(method) }),
    ...(rate === undefined ? {} : { rate: shareWord("--rate", String(rate)) }),
    ...(count === undefined ? {} : { count: wholeWord("--count", String(count), 1, 1_000_000_000) }),
    ...(seed === undefined ? {} : { seed: wholeWord("--seed", String(seed), 0, Number.MAX_SAFE_INTEGER) }),
  };
}
