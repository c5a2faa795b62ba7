import { connectChain } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, neuronOf } from "@subnetkit/chain/client/metagraph";
import { readWeights, weightsSetup } from "@subnetkit/chain/client/weights";
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { appError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { chainEndpoint } from "../chain/endpoint.ts";
import { pairLines } from "../chain/text/lines.ts";
import { usage } from "../chain/usage.ts";
import { shortAddress } from "../local/view/format.ts";
import { tableLines, type TableColumn } from "../preview/table.ts";
import { type Answer, percentText } from "./answer.ts";
import { readStatus, validatorUrl } from "./status.ts";

/** The flags of `validator weights show` as the parser gives them. */
export type ShowFlags = {
  readonly url?: string;
  readonly endpoint?: string;
  readonly netuid?: string;
  readonly hotkey?: string;
};

type Row = { readonly uid: number; readonly hotkey: string; readonly value: number; readonly share: number };

/**
 * The weights of a validator as the chain has them. Whose is asked of the running validator, unless both `--netuid` and `--hotkey` say. Throws
 * E_USAGE, E_VALIDATOR_UNREACHABLE, E_VALIDATOR_NOT_REGISTERED and the errors of the chain's client.
 */
export async function showWeights(flags: ShowFlags, width: number): Promise<Answer> {
  const { netuid, hotkey } = await whose(flags);
  const stop = new AbortController();
  const client = await connectChain({
    endpoints: [await chainEndpoint(flags.endpoint)],
    log: createLogger({ name: "cli", level: "silent" }),
    signal: stop.signal,
  });
  try {
    const metagraph = await fetchMetagraph(client, netuid);
    const own = neuronOf(metagraph, hotkey);
    if (own === undefined) throw appError("E_VALIDATOR_NOT_REGISTERED", { hotkey, netuid });
    const [{ uids, values }, setup] = await Promise.all([
      readWeights(client, netuid, own.uid),
      weightsSetup(client, netuid),
    ]);
    const total = values.reduce((sum, value) => sum + value, 0);
    const rows = uids.map((uid, i): Row => {
      const value = values[i] ?? 0;
      return { uid, hotkey: metagraph.neurons[uid]?.hotkey ?? "", value, share: total === 0 ? 0 : value / total };
    });
    const { commitRevealEnabled, revealPeriodEpochs, nextEpochBlock } = setup;
    const json = {
      v: 1,
      netuid,
      hotkey,
      uid: own.uid,
      block: metagraph.block,
      lastUpdate: own.lastUpdate,
      nextEpochBlock: nextEpochBlock ?? null,
      commitRevealEnabled,
      vtrust: own.validatorTrust / 65_535,
      dividends: own.dividends / 65_535,
      weights: rows,
    };
    const age = own.lastUpdate === 0 ? "never" : `block ${own.lastUpdate}, ${metagraph.block - own.lastUpdate} ago`;
    const reveal = commitRevealEnabled ? `committed, revealed ${revealPeriodEpochs} epochs later` : "set directly";
    return {
      lines: [
        ...pairLines([
          ["validator", `${hotkey}  uid ${own.uid}`],
          ["subnet", `${netuid}  block ${metagraph.block}  next epoch in block ${nextEpochBlock ?? "-"}`],
          ["last update", `${age}; weights are ${reveal}`],
          ["vtrust", `${percentText(json.vtrust)}, dividends ${percentText(json.dividends)}`],
        ]),
        "",
        ...(rows.length === 0 ? ["no weights on chain yet"] : tableLines(columns, rows, width)),
      ],
      json,
    };
  } finally {
    await client.close();
  }
}

const columns: TableColumn<Row>[] = [
  { title: "UID", right: true, cell: ({ uid }) => String(uid) },
  { title: "HOTKEY", right: false, cell: ({ hotkey }) => shortAddress(hotkey), keep: 1 },
  { title: "WEIGHT", right: true, cell: ({ value }) => String(value) },
  { title: "SHARE", right: true, cell: ({ share }) => percentText(share) },
];

async function whose(flags: ShowFlags): Promise<{ readonly netuid: number; readonly hotkey: string }> {
  const given = flags.netuid === undefined ? undefined : netuidOf(flags.netuid);
  if (flags.hotkey !== undefined) decodeAddress(flags.hotkey);
  if (given !== undefined && flags.hotkey !== undefined) return { netuid: given, hotkey: flags.hotkey };
  const { status } = await readStatus(await validatorUrl(flags.url));
  return { netuid: given ?? status.netuid, hotkey: flags.hotkey ?? status.hotkey };
}

function netuidOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw usage(`--netuid wants a number up to 65535, not ${JSON.stringify(text.slice(0, 40))}`);
}
