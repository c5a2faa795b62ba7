import { setBalance, setPermit, setStake, setStorage } from "@subnetkit/chain/client/dev/state";
import { EXISTENTIAL_DEPOSIT } from "@subnetkit/chain/spec/pallets/balances";
import { blockOf } from "../block-of.ts";
import { parseEntry, storageChange } from "../call/parse-entry.ts";
import { addressWord } from "../text/address.ts";
import { coinsText, raoWord } from "../text/amount.ts";
import { blockText, valueText } from "../text/lines.ts";
import { wholeWord } from "../text/words.ts";
import { usage } from "../usage.ts";
import type { VerbInput, VerbRun } from "../verb.ts";

/** `chain set`. */
export const set: VerbRun = async ({ rpc, words, flags }) => {
  const entry = parseEntry(words, flags["remove"] === true);
  const at = await blockOf(rpc, await setStorage(rpc, storageChange(entry)));
  const { pallet, item, keys, value } = entry;
  const name = `${pallet}.${item}${keys.length === 0 ? "" : `(${keys.map(valueText).join(", ")})`}`;
  return {
    json: { ...at, pallet, item, keys, value: value ?? null },
    lines: [value === undefined ? `${name} removed` : `${name} = ${valueText(value)}`, blockText(at.block, at.hash)],
  };
};

/** `chain fund`. */
export const fund: VerbRun = async ({ rpc, words }) => {
  const address = addressWord("fund", words[0] ?? "");
  const wanted = raoWord("fund", words[1] ?? "");
  // The chain empties an account that would hold less.
  const freeRao = wanted < EXISTENTIAL_DEPOSIT ? 0n : wanted;
  const at = await blockOf(rpc, await setBalance(rpc, address, freeRao));
  return {
    json: { ...at, address, freeRao: freeRao.toString() },
    lines: [
      `${address} has ${coinsText(freeRao)} TAO${freeRao === wanted ? "" : ": less than 500 rao empties an account"}`,
      blockText(at.block, at.hash),
    ],
  };
};

/** `chain stake`. */
export const stake: VerbRun = async ({ rpc, words, flags }) => {
  const rao = raoWord("stake", words[0] ?? "").toString();
  const netuid = wholeWord("--netuid", required(flags, "netuid"), 0, 65_535);
  const hotkey = addressWord("--hotkey", required(flags, "hotkey"));
  const coldkey = addressWord("--coldkey", required(flags, "coldkey"));
  const tao = flags["tao"] === true;
  const answer = await setStake(rpc, { hotkey, coldkey, netuid, ...(tao ? { taoRao: rao } : { alphaRao: rao }) });
  const reached = `${coinsText(answer.alphaRao)} alpha`;
  const lines = [`${coldkey} has ${reached} on ${hotkey} in subnet ${netuid}`, blockText(answer.block, answer.hash)];
  return { json: answer, lines };
};

/** `chain permit`. */
export const permit: VerbRun = async ({ rpc, words, flags }) => {
  const netuid = wholeWord("permit", words[0] ?? "", 0, 65_535);
  const neuron = words[1] ?? "";
  const who = /^\d{1,5}$/.test(neuron)
    ? { uid: wholeWord("a uid", neuron, 0, 65_535) }
    : { hotkey: addressWord("permit", neuron) };
  const given = flags["revoke"] !== true;
  const answer = await setPermit(rpc, { netuid, ...who, permit: given });
  const line = `neuron ${answer.uid} of subnet ${netuid} ${given ? "may" : "may not"} validate until the next epoch`;
  return { json: answer, lines: [line, blockText(answer.block, answer.hash)] };
};

function required(flags: VerbInput["flags"], name: string): string {
  const value = flags[name];
  if (typeof value === "string") return value;
  throw usage(`--${name} is missing`);
}
