import { epochProgress, type Head, nextEpochBlock } from "@subnetkit/shared/clock/block-clock";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Shape } from "@subnetkit/shared/scoring";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { WeightsChain } from "./chain-view.ts";
import { computeWeights, remapWeights } from "./compute.ts";
import { createDelivery } from "./deliver.ts";
import type { WeightsLedger } from "./ledger.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import { decideWeights, type EpochFacts, isSettled, type WeightsDecision } from "./preflight.ts";
import { trackReveals } from "./reveals.ts";
import type { WriterEvent } from "./writer-events.ts";
import { type Waiting, type WriterView, writerView } from "./writer-view.ts";

export type WriterOptions = {
  readonly ownHotkey: string;
  readonly shape: Shape;
  readonly versionKey: bigint;
  readonly blockMs: number;
  /** Part of the tempo that passes before the first submission. */
  readonly submitFrom: number;
};

export type WriterModules = {
  readonly chain: WeightsChain;
  readonly ledger: WeightsLedger;
  readonly scores: () => Promise<KnownScores>;
  /** Our own uid by the newest metagraph read, undefined when not registered. */
  readonly uid: () => number | undefined;
  readonly onEvent: (event: WriterEvent) => void;
  readonly log: Logger;
};

/** Scores by hotkey, the last round in them, and how many rounds that makes. */
export type KnownScores = {
  readonly scores: ReadonlyMap<string, number>;
  /** -1 for none. */
  readonly lastSettled: number;
  readonly roundsCounted: number;
};

/** Sets weights once per epoch. A block duty: call `onHead` for each block it has time for, never twice at once. */
export interface WeightsWriter {
  /** Reads the ledger; call it once, before the first head. */
  load(): Promise<void>;
  /** Does what this block asks for. Rejects when chain or Redis could not be asked; then a later block tries again. */
  onHead(head: Head, signal: AbortSignal): Promise<void>;
  view(): WriterView;
}

/** Makes the writer. Everything it must remember is in the ledger, written before the chain is told. */
export function createWeightsWriter(options: WriterOptions, modules: WriterModules): WeightsWriter {
  const { chain, ledger, log, onEvent } = modules;
  const { ownHotkey, versionKey, submitFrom } = options;
  const delivery = createDelivery(options, { chain, record, onEvent, log });
  let epoch: (EpochFacts & { readonly readAt: number }) | undefined;
  let entries: readonly LedgerEntry[] = [];
  let waiting: Waiting | undefined;
  let lookedAt: number | undefined;

  /** Remembers in Redis first, then here. */
  async function record(entry: LedgerEntry): Promise<LedgerEntry> {
    await ledger.put(entry);
    entries = [entry, ...entries.filter((known) => known.epoch !== entry.epoch)].sort((a, b) => b.epoch - a.epoch);
    return entry;
  }

  /** The epoch, read again when the next is due and about ten times a tempo: the owner may change the tempo. */
  async function epochAt(head: Head): Promise<EpochFacts> {
    const stale =
      epoch === undefined ||
      head.number >= (nextEpochBlock(epoch, epoch.readAt) ?? Number.POSITIVE_INFINITY) ||
      Math.abs(head.number - epoch.readAt) >= Math.max(1, Math.floor(epoch.tempo / 10));
    if (stale || epoch === undefined) epoch = { ...(await chain.epoch()), readAt: head.number };
    return epoch;
  }

  async function decide(
    entry: LedgerEntry | undefined,
    head: Head,
    at: EpochFacts,
  ): Promise<WeightsDecision & { lastSettled: number }> {
    const [setup, metagraph, known] = await Promise.all([chain.setup(), chain.metagraph(), modules.scores()]);
    const { scores, lastSettled, roundsCounted } = known;
    const fresh = computeWeights({ scores, metagraph, ownHotkey, shape: options.shape });
    const lastGood = entries.find(({ state }) => state === "effective" || state === "revealed");
    const weights = fresh ?? (lastGood === undefined ? undefined : remapWeights(lastGood, metagraph, ownHotkey));
    const firstEver = !entries.some(({ includedBlock }) => includedBlock !== undefined);
    const chainFacts = { block: head.number, epoch: at, setup, metagraph, ownHotkey };
    const facts = { ...chainFacts, entry, roundsCounted, firstEver, weights, versionKey, submitFrom };
    return { ...decideWeights(facts), lastSettled };
  }

  async function look(head: Head, signal: AbortSignal): Promise<void> {
    const at = await epochAt(head);
    entries = await trackReveals(entries, head.number, {
      record,
      onEvent,
      row: (uid) => chain.row(uid),
      uid: modules.uid(),
      lookedAt,
    });
    lookedAt = head.number;
    let entry = entries.find((known) => known.epoch === at.epochIndex);
    if (entry?.state === "intent" || entry?.state === "submitted") entry = await delivery.recover(entry, head, at);
    if (entry !== undefined && isSettled(entry)) {
      waiting = { reason: "next epoch", until: nextEpochBlock(at, head.number) };
      return;
    }
    if ((epochProgress(at, head.number) ?? 0) < submitFrom) {
      waiting = { reason: "later in the tempo", until: Math.ceil(at.lastEpochBlock + submitFrom * at.tempo) };
      return;
    }
    const decision = await decide(entry, head, at);
    switch (decision.kind) {
      case "done":
        return;
      case "wait": {
        const { reason, blocks } = decision;
        if (waiting?.reason !== reason) log.info({ reason, blocks, epoch: at.epochIndex }, "weights wait");
        waiting = { reason, until: blocks === undefined ? undefined : head.number + blocks };
        return;
      }
      case "submit": {
        waiting = { reason: "submission under way", until: undefined };
        const intent = await record(intentOf(decision, at, head, entry));
        await delivery.send(intent, decision.weights, head, at, signal);
        return;
      }
      default:
        assertNever(decision, "a weights decision");
    }
  }

  return {
    async load() {
      entries = await ledger.entries();
    },
    onHead: look,
    view: () => writerView(entries, epoch?.epochIndex, waiting),
  };
}

function intentOf(
  { mode, weights, lastSettled }: Extract<WeightsDecision, { kind: "submit" }> & { readonly lastSettled: number },
  { epochIndex }: EpochFacts,
  head: Head,
  before: LedgerEntry | undefined,
): LedgerEntry {
  return {
    version: 1,
    epoch: epochIndex,
    state: "intent",
    mode,
    uids: [...weights.uids],
    values: [...weights.values],
    hotkeys: [...weights.hotkeys],
    basedOnRound: lastSettled,
    intentBlock: head.number,
    attempts: (before?.attempts ?? 0) + 1,
  };
}
