import { type DevOrigin, devCall, impersonate, stopImpersonating } from "@subnetkit/chain/client/dev/authority";
import { type DevAccountInfo, devAccounts } from "@subnetkit/chain/client/dev/info";
import { type TableColumn, tableLines } from "../../preview/table.ts";
import { type ParsedCall, parseCall } from "../call/parse-call.ts";
import { refused } from "../refused.ts";
import { addressWord } from "../text/address.ts";
import { coinsText } from "../text/amount.ts";
import { eventLine, tellsFailure } from "../text/events.ts";
import { blockText, valueText } from "../text/lines.ts";
import { originWord } from "../text/origin.ts";
import { usage } from "../usage.ts";
import type { VerbAnswer, VerbInput, VerbRun } from "../verb.ts";

const WARNING = "public development keys: anyone can spend them on any real network";

const columns: readonly TableColumn<DevAccountInfo>[] = [
  { title: "URI", right: false, cell: ({ uri }) => uri },
  { title: "ADDRESS", right: false, cell: ({ address }) => address },
  { title: "TAO", right: true, cell: ({ freeRao }) => coinsText(freeRao) },
  { title: "NONCE", right: true, cell: ({ nonce }) => String(nonce) },
  { title: "ROLE", right: false, cell: (account) => roleOf(account) },
];

const roleOf = (account: DevAccountInfo): string => (account["role"] === undefined ? "" : valueText(account["role"]));

/** `chain accounts`. */
export const accounts: VerbRun = async ({ rpc, flags }) => {
  const list = await devAccounts(rpc);
  const shown = list.some((account) => roleOf(account) !== "") ? columns : columns.slice(0, -1);
  const keys = flags["keys"] === true ? await keyLines(list) : [];
  return {
    json: { warning: WARNING, accounts: list },
    lines: [WARNING, ...tableLines(shown, list, 10_000), ...(keys.length === 0 ? [] : [...keys, WARNING])],
  };
};

/** The secret of each account as an address needs it elsewhere: the development phrase with its path. */
async function keyLines(list: readonly DevAccountInfo[]): Promise<string[]> {
  const { devPhrase } = await import("@subnetkit/shared/crypto/key-uri");
  return [
    "",
    ...list.map(({ uri, publicKey }) => `${uri.padEnd(12)}  public ${publicKey}  secret "${devPhrase}${uri}"`),
  ];
}

/** `chain as`. */
export const actAs: VerbRun = async (input) => {
  const { rpc, words, flags } = input;
  const who = addressWord("as", words[0] ?? "");
  const callWords = words.slice(1);
  if (flags["stop"] === true && callWords.length > 0) throw usage("--stop takes no call");
  if (callWords.length > 0) return dispatch(input, { Signed: who }, parseCall(callWords));
  const stop = flags["stop"] === true;
  const now = await (stop ? stopImpersonating(rpc, who) : impersonate(rpc, who));
  return {
    json: { address: who, impersonated: !stop, all: now },
    lines: [
      stop
        ? `signatures of ${who} are looked at again`
        : `transactions of ${who} are accepted whatever their signatures (--stop ends it)`,
    ],
  };
};

/** `chain sudo`. */
export const sudo: VerbRun = (input) => dispatch(input, "Root", parseCall(input.words));

/** `chain call`. */
export const call: VerbRun = async (input) => {
  const parsed = parseCall(input.words);
  if (input.flags["encode"] === true) return { json: { call: parsed.name, hex: parsed.hex }, lines: [parsed.hex] };
  const from = input.flags["from"];
  if (from === undefined)
    throw usage(
      "who makes the call? --from root, none or an account",
      `npx subnetkit chain call ${parsed.name} ... --from //Alice`,
    );
  return dispatch(input, originWord("--from", String(from)), parsed);
};

async function dispatch({ rpc, flags }: VerbInput, origin: DevOrigin, call: ParsedCall): Promise<VerbAnswer> {
  const ignoreLimits = flags["ignoreLimits"] === true;
  const outcome = await devCall(rpc, { origin, call: call.hex, ...(ignoreLimits ? { ignoreLimits } : {}) });
  if (!outcome.ok) throw refused(call.name, outcome.error);
  return {
    json: { call: call.name, ...outcome },
    lines: [
      `${call.name} ok in ${blockText(outcome.block, outcome.hash)}`,
      ...outcome.events.map(eventLine),
      ...(outcome.events.some(tellsFailure) ? ["but a call inside it failed: see the events"] : []),
    ],
  };
}
