import { setLimits } from "@subnetkit/chain/client/dev/authority";
import { type DrandChange, setDrand } from "@subnetkit/chain/client/dev/drand";
import { devInfo } from "@subnetkit/chain/client/dev/info";
import { setHistory, setLogging, upgradeRuntime } from "@subnetkit/chain/client/dev/node";
import { LIMITS } from "@subnetkit/chain/node/runtime/rules";
import { grouped } from "../../local/view/format.ts";
import { blockText } from "../text/lines.ts";
import { choiceWord, wholeWord } from "../text/words.ts";
import { guess, quoted, usage } from "../usage.ts";
import type { VerbRun } from "../verb.ts";

/** `chain upgrade`. */
export const upgrade: VerbRun = async ({ rpc, words }) => {
  const [version] = words;
  const request = version === undefined ? {} : { specVersion: wholeWord("upgrade", version, 1, 4_294_967_295) };
  const answer = await upgradeRuntime(rpc, request);
  return {
    json: answer,
    lines: [`spec version ${answer.specVersion} from the next block on`, blockText(answer.block, answer.hash)],
  };
};

/** `chain limits`. */
export const limits: VerbRun = async ({ rpc, words }) => {
  const [change, ...names] = words;
  if (change === undefined) return limitsAnswer((await devInfo(rpc))["lifted"]);
  const wanted = choiceWord("limits", change, ["relaxed", "strict", "off", "on"]);
  const all = wanted === "relaxed" || wanted === "strict";
  if (all !== (names.length === 0))
    throw usage(all ? `limits ${wanted} takes no names` : `limits ${wanted} wants names: ${LIMITS.join(", ")}`);
  const request = all
    ? { relaxed: wanted === "relaxed" }
    : Object.fromEntries(names.map((name) => [limitWord(name), wanted === "on"]));
  return limitsAnswer((await setLimits(rpc, request)).lifted);
};

function limitWord(text: string): string {
  const found = LIMITS.find((one) => one.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw usage(`there is no limit ${quoted(text)}${guess(text, LIMITS)}: ${LIMITS.join(", ")}`);
}

function limitsAnswer(given: unknown): { json: Record<string, unknown>; lines: string[] } {
  const lifted = Array.isArray(given) ? given.map(String) : [];
  const holding = LIMITS.filter((limit) => !lifted.includes(limit));
  return {
    json: { lifted, holding },
    lines: [`lifted   ${lifted.join(", ") || "none"}`, `holding  ${holding.join(", ") || "none"}`],
  };
}

const beaconTexts: Readonly<Record<string, string>> = { follow: "follows the chain's time", stall: "stands still" };

/** `chain drand`. */
export const drand: VerbRun = async ({ rpc, words }) => {
  const wanted = choiceWord("drand", words[0] ?? "", ["follow", "stall", "round"]);
  const [, round] = words;
  if ((wanted === "round") !== (round !== undefined))
    throw usage(wanted === "round" ? "drand round wants a round" : `drand ${wanted} takes no round`);
  const change: DrandChange =
    wanted === "round"
      ? { round: wholeWord("drand round", round ?? "", 1, Number.MAX_SAFE_INTEGER) }
      : wanted === "follow"
        ? { follow: true }
        : { stall: true };
  const answer = await setDrand(rpc, change);
  const line = `the beacon ${beaconTexts[answer.mode] ?? answer.mode}: last round ${answer.lastRound}, by the chain's clock ${answer.scheduledRound} is due`;
  return { json: answer, lines: [line] };
};

/** `chain history`. */
export const history: VerbRun = async ({ rpc, words }) => {
  const [blocks] = words;
  if (blocks !== undefined) await setHistory(rpc, { blocks: wholeWord("history", blocks, 64, 100_000) });
  const { history: kept, oldestState } = await devInfo(rpc);
  const oldest = Number(oldestState ?? 0);
  return {
    json: { history: kept, oldestState: oldest },
    lines: [`${grouped(kept)} blocks are kept; states from block ${grouped(oldest)}`],
  };
};

/** `chain log`. */
export const log: VerbRun = async ({ rpc, words }) => {
  const on = choiceWord("log", words[0] ?? "", ["on", "off"]) === "on";
  const [, filter] = words;
  if (!on && filter !== undefined) throw usage("log off takes no filter");
  const answer = await setLogging(rpc, filter === undefined ? { rpc: on } : { rpc: on, filter });
  const line = on ? `requests are logged: ${filter ?? "all"}` : "requests are not logged";
  return { json: answer, lines: [line] };
};
