import type { NodeConfig } from "@subnetkit/chain/node/config";
import { foreignText, grouped, shortAddress } from "../../local/view/format.ts";
import { DEFAULT_ENDPOINT } from "../endpoint.ts";
import { coinsText } from "../text/amount.ts";
import type { ChainFacts, SubnetFact } from "./chain-facts.ts";

/** Subnets named on the banner. */
const MAX_SUBNETS = 4;

/** What the banner says besides the facts of the chain. */
export type BannerParts = {
  readonly version: string;
  /** Ms from the start of the process. */
  readonly readyMs: number;
  readonly url: string;
  readonly httpUrl: string;
  readonly config: NodeConfig;
  readonly resumed: boolean;
};

/** The lines a developer needs to begin (design: about twelve). Pure. */
export function bannerLines(facts: ChainFacts, parts: BannerParts): string[] {
  const { config, url, httpUrl } = parts;
  const [alice, bob, ...others] = facts.accounts;
  const named = [alice, bob].flatMap((one) =>
    one === undefined ? [] : [`${one.uri} ${shortAddress(one.address)} ${coinsText(one.freeRao)} TAO`],
  );
  const rules = rulesText(config);
  return [
    ` subnetkit chain ${parts.version}   subtensor spec ${facts.specVersion}   ready in ${(parts.readyMs / 1000).toFixed(1)} s`,
    "",
    ` rpc       ${url}   ${httpUrl}`,
    ` apps      https://polkadot.js.org/apps/?rpc=${encodeURIComponent(url)}`,
    ` blocks    ${blocksText(config)}   history ${grouped(config.history)} blocks   ${stateText(facts, parts)}`,
    ` subnets   ${subnetsText(facts.subnets)}`,
    ...(rules === "" ? [] : [` rules     ${rules}`]),
    ` accounts  ${named.join("   ")}   and ${others.length} more: subnetkit chain accounts`,
    "           public development keys: anyone can spend them on any real network",
    ` try       ${tryText(url)}`,
    "",
  ];
}

/** Verbs look for the default port: a chain elsewhere is told about. */
function tryText(url: string): string {
  if (url === DEFAULT_ENDPOINT) return "subnetkit chain epoch    subnetkit chain snapshot    subnetkit chain --help";
  return `subnetkit chain epoch --endpoint ${url}    (as every verb needs: it is not the default port)`;
}

function blocksText({ mode, blockMs }: NodeConfig): string {
  if (mode === "interval") return `every ${blockMs % 1_000 === 0 ? `${blockMs / 1_000} s` : `${blockMs} ms`}`;
  return mode === "instant" ? "one per transaction" : "on request: subnetkit chain mine";
}

function stateText({ block }: ChainFacts, { config, resumed }: BannerParts): string {
  const named = config.preset === undefined ? "--genesis" : "--preset";
  const unused = config.preset === undefined && config.genesis === undefined ? "" : ` (${named} is for new ones)`;
  const from = resumed ? `, resumed at block ${grouped(block)}${unused}` : "";
  if (config.stateDir !== undefined) return `state in ${config.stateDir}${from}`;
  if (config.state !== undefined) return `state saved to ${config.state} at exit`;
  return "state in memory (--state file to keep)";
}

function subnetsText(subnets: readonly SubnetFact[]): string {
  const named = subnets.slice(0, MAX_SUBNETS).map(({ netuid, name, tempo }) => {
    const called = name === "" ? "" : ` ${foreignText(name, 24)}`;
    return netuid === 0 ? `0${called}` : `${netuid}${called} (tempo ${tempo})`;
  });
  const more = subnets.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join("   ");
}

function rulesText({ relaxed, mockSignatures, devVerbs }: NodeConfig): string {
  return [
    ...(relaxed ? ["rate limits and the admin window are lifted (--relaxed)"] : []),
    ...(mockSignatures ? ["mock signatures count (--mock-signatures)"] : []),
    ...(devVerbs ? [] : ["dev verbs are not served (--no-dev-verbs)"]),
  ].join("   ");
}
