import { connectChain } from "@subnetkit/chain/client/connect";
import { neuronOf } from "@subnetkit/chain/client/metagraph";
import { loadConfig } from "@subnetkit/shared/config/define";
import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { createLogger } from "@subnetkit/shared/log/logger";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { validatorConfig, type ValidatorConfig } from "@subnetkit/validator/config";
import { findCopies, type WeightCopy } from "@subnetkit/validator/preview/copies";
import { previewWeights, type WeightsPreview } from "@subnetkit/validator/preview/preview";
import { readEpochInput } from "@subnetkit/validator/preview/read-epoch";
import { checkRedis } from "@subnetkit/validator/queue/redis-checks";
import { openRedis, producerOptions } from "@subnetkit/validator/queue/connection";
import { parseRedisUrl } from "@subnetkit/validator/queue/redis-url";
import { createSnapshotKeeper, knownScores } from "@subnetkit/validator/status/snapshot";
import { stateKeys } from "@subnetkit/validator/store/keys";
import { processPlace } from "@subnetkit/validator/store/process-place";
import { createRoundStore } from "@subnetkit/validator/store/round-store";
import { createScoreStore } from "@subnetkit/validator/store/score-store";
import { createWriterLease, leaseLost } from "@subnetkit/validator/store/writer-lease";
import { createWeightsChain } from "@subnetkit/validator/weights/chain-view";
import type { ComputedWeights } from "@subnetkit/validator/weights/compute";
import { createDrandBeacon } from "@subnetkit/validator/weights/drand-beacon";
import { createWeightsLedger } from "@subnetkit/validator/weights/ledger";
import type { WeightsDecision } from "@subnetkit/validator/weights/preflight";
import { createWeightsWriter, type WeightsPlan, type WeightsWriter } from "@subnetkit/validator/weights/writer";
import type { WriterEvent } from "@subnetkit/validator/weights/writer-events";
import { pairLines } from "../chain/text/lines.ts";
import { usage } from "../chain/usage.ts";
import { shortAddress } from "../local/view/format.ts";
import { tableLines, type TableColumn } from "../preview/table.ts";
import { type Answer, percentText } from "./answer.ts";

/** The flags of `validator weights set` as the parser gives them; everything else is the validator's own configuration. */
export type SetFlags = { readonly dryRun?: boolean; readonly yes?: boolean; readonly json?: boolean };

/** What would be set, whether the chain would take it, and what it would bring. */
export type SetPlan = {
  readonly hotkey: string;
  readonly netuid: number;
  readonly block: number;
  readonly plan: WeightsPlan;
  readonly preview: WeightsPreview | undefined;
  readonly copies: readonly WeightCopy[];
};

/** How long one submission may take: nobody renews the lease meanwhile, milliseconds. */
const onceMs = 120_000;

/** Exit code of a submission that would have to wait, or was refused. */
const exitCodes = { waits: 3, refused: 4 } as const;

/**
 * Plans, and with `--yes` carries out, one submission from the scores that a validator keeps, by its own configuration. The plan writes nothing and
 * sends nothing. Throws E_USAGE, and the errors of configuration, Redis, key file and chain.
 */
export async function setWeightsOnce(flags: SetFlags, settings: readonly string[], width: number): Promise<Answer> {
  if (flags.dryRun !== true && flags.yes !== true)
    throw usage("setting weights wants --dry-run (show what would be set) or --yes (set them)");
  if (flags.dryRun === true && flags.yes === true) throw usage("--dry-run and --yes exclude each other");
  const { config } = loadConfig(validatorConfig, { argv: settings });
  const events: WriterEvent[] = [];
  return await withWriter(config, events, async ({ writer, take, head, preview, signal, hotkey }) => {
    const plan = await writer.plan(head);
    const found: SetPlan = { hotkey, netuid: config.netuid, block: head.number, plan, ...(await preview(plan)) };
    if (flags.dryRun === true) return planAnswer(found, width);
    await take();
    await writer.load();
    await writer.onHead(head, signal);
    return sentAnswer(planAnswer(found, width), events, writer.view().waitingFor);
  });
}

type Session = {
  readonly writer: WeightsWriter;
  /** Makes this process the one that sets weights; refused while a validator is. */
  readonly take: () => Promise<void>;
  readonly head: { readonly number: number; readonly hash: string };
  readonly preview: (plan: WeightsPlan) => Promise<Pick<SetPlan, "preview" | "copies">>;
  readonly signal: AbortSignal;
  readonly hotkey: string;
};

async function withWriter<T>(
  config: ValidatorConfig,
  events: WriterEvent[],
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const log = createLogger({ name: "cli", level: "silent" });
  const stop = new AbortController();
  if (config.hotkeyFile === undefined)
    throw usage("setting weights wants the key file of the hotkey: --hotkey-file FILE");
  const keypair = await readKeyfile(config.hotkeyFile);
  const hotkey = keypair.address;
  const subnet = await loadSubnetDefinition(config.subnetDefinition);
  const address = parseRedisUrl(config.redisUrl);
  await checkRedis(address);
  const redis = openRedis(producerOptions(address), () => undefined);
  const { chainEndpoints: endpoints, genesisHash, netuid, takeOver, drandEndpoints } = config;
  const drand = drandEndpoints.length === 0 ? undefined : createDrandBeacon({ endpoints: drandEndpoints }, { log });
  const pinned = genesisHash === undefined ? {} : { genesisHash };
  try {
    const client = await connectChain({ endpoints, log, signal: stop.signal, ...pinned });
    try {
      const keys = stateKeys(config.redisPrefix ?? `{val:${hotkey.slice(0, 12)}}`, netuid);
      const snapshot = createSnapshotKeeper({
        rounds: createRoundStore(redis, keys),
        scores: createScoreStore(redis, keys),
      });
      const place = { name: "weights set", place: processPlace(), pid: process.pid };
      const lease = createWriterLease({ ...place, leaseMs: onceMs }, { redis, keys, log });
      let contested: Error | undefined;
      const writer = createWeightsWriter(
        {
          ownHotkey: hotkey,
          shape: subnet.weights.shape,
          versionKey: BigInt(subnet.version),
          blockMs: client.blockMs,
          submitFrom: 0,
          takeOver,
        },
        {
          chain: createWeightsChain(client, netuid, keypair, log, drand?.latestRound),
          ledger: createWeightsLedger(redis, keys, () => lease.held() ?? "none"),
          scores: async () => knownScores(await snapshot.refresh()),
          onEvent: (event) => events.push(event),
          onDoppelganger: (error) => (contested = error),
          log,
        },
      );
      await writer.load();
      const preview = async ({ metagraph, weights }: WeightsPlan) => {
        const ownUid = neuronOf(metagraph, hotkey)?.uid;
        const epoch = await readEpochInput(client, metagraph);
        return {
          preview:
            ownUid === undefined || weights === undefined
              ? undefined
              : previewWeights(weights, { epoch, metagraph, ownUid }),
          copies: findCopies(metagraph, epoch.weights, ownUid),
        };
      };
      const take = async (): Promise<void> => {
        await lease.take();
        if (lease.held() === undefined) throw leaseLost(lease.holder());
      };
      const result = await use({ writer, take, head: client.head(), preview, signal: stop.signal, hotkey }).finally(
        () =>
          // A validator that stands by need not wait for its end. Where Redis is away it runs out by itself.
          lease.release().catch(() => undefined),
      );
      if (contested !== undefined) throw contested;
      return result;
    } finally {
      await client.close();
    }
  } finally {
    redis.disconnect();
  }
}

/** A plan for people and for programs. Pure. Exit code 3 when it would have to wait. */
export function planAnswer(found: SetPlan, width: number): Answer {
  const { hotkey, netuid, block, plan, preview, copies } = found;
  const { decision, weights, basedOnRound } = plan;
  const row = weights === undefined ? [] : weightRows(weights, preview);
  const lines = [
    ...pairLines([
      ["validator", hotkey],
      ["subnet", `${netuid}  block ${block}`],
      ["scores", basedOnRound < 0 ? "no settled round" : `up to round ${basedOnRound}`],
      ["preflight", decisionText(decision)],
      ["expected", preview === undefined ? undefined : expectedText(preview)],
      ["warning", preview?.warning ?? undefined],
      ["copies", copies.length === 0 ? undefined : copies.map(({ uid }) => `uid ${uid}`).join(", ")],
    ]),
    "",
    ...(row.length === 0 ? ["no weights: no miner has a score above zero"] : tableLines(rowColumns, row, width)),
  ];
  const json = {
    v: 1,
    hotkey,
    netuid,
    block,
    basedOnRound,
    decision,
    weights: weights ?? null,
    preview: preview ?? null,
    copies,
  };
  return { lines, json, exitCode: decision.kind === "wait" ? exitCodes.waits : 0 };
}

function decisionText(decision: WeightsDecision): string {
  switch (decision.kind) {
    case "done":
      return "nothing to do: this epoch has its weights";
    case "submit":
      return `the chain would take them (${decision.mode})`;
    case "wait":
      return decision.blocks === undefined
        ? `not now: waits for ${decision.reason}`
        : `not now: waits for ${decision.reason}, about ${decision.blocks} blocks`;
  }
}

function expectedText({ vtrust, vtrustNow, dividends, deviation }: WeightsPreview): string {
  return `vtrust ${percentText(vtrust)} (now ${percentText(vtrustNow)}), dividends ${percentText(dividends)}, ${percentText(deviation)} from the consensus`;
}

type WeightRow = {
  readonly uid: number;
  readonly hotkey: string;
  readonly value: number;
  readonly consensus: number | undefined;
  readonly incentive: number | undefined;
};

function weightRows({ uids, values, hotkeys }: ComputedWeights, preview: WeightsPreview | undefined): WeightRow[] {
  const miners = new Map(preview?.miners.map((miner) => [miner.uid, miner]));
  return uids.map((uid, i) => ({
    uid,
    hotkey: hotkeys[i] ?? "",
    value: values[i] ?? 0,
    consensus: miners.get(uid)?.consensus,
    incentive: miners.get(uid)?.incentive,
  }));
}

const rowColumns: TableColumn<WeightRow>[] = [
  { title: "UID", right: true, cell: ({ uid }) => String(uid) },
  { title: "HOTKEY", right: false, cell: ({ hotkey }) => shortAddress(hotkey), keep: 1 },
  { title: "WEIGHT", right: true, cell: ({ value }) => String(value) },
  { title: "CONSENSUS", right: true, cell: ({ consensus }) => percentText(consensus), keep: 2 },
  { title: "INCENTIVE", right: true, cell: ({ incentive }) => percentText(incentive), keep: 3 },
];

function sentAnswer(plan: Answer, events: readonly WriterEvent[], waitingFor: string | undefined): Answer {
  const last = events.at(-1);
  const failed = last?.type === "weights.failed";
  const outcome =
    last === undefined
      ? `nothing was sent: ${waitingFor ?? "this epoch has its weights"}`
      : failed
        ? `refused: ${last.reason}. ${last.remedy}`
        : last.type;
  const exitCode = failed ? exitCodes.refused : last === undefined && plan.exitCode !== undefined ? plan.exitCode : 0;
  return { lines: [...plan.lines, "", outcome], json: { ...(plan.json as object), events }, exitCode };
}
