import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { WeightsSetup } from "@subnetkit/chain/client/weights";
import { epochProgress, type Head, nextEpochBlock } from "@subnetkit/shared/clock/block-clock";
import type { Logger } from "@subnetkit/shared/log/logger";
import { type AppError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Shape } from "@subnetkit/shared/scoring";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { leaseLost } from "../store/writer-lease.ts";
import type { WeightsChain } from "./chain-view.ts";
import { changedHands, type ComputedWeights, computeWeights, remapWeights } from "./compute.ts";
import { createDelivery, type Delivery, type Draft } from "./deliver.ts";
import type { Look } from "./follow.ts";
import { createDoppelgangerGuard } from "./guard.ts";
import { revealHashes } from "./hash-reveals.ts";
import type { WeightsLedger } from "./ledger.ts";
import { allAttempts, isUnderWay, type LedgerEntry } from "./ledger-entry.ts";
import { closingBlocks, decideWeights, type EpochFacts, isSettled, type WeightsDecision } from "./preflight.ts";
import type { WeightsBasis, WeightsProposal } from "./proposal.ts";
import { isRenewable, renewalBlocks, strayWeights, withRenewal } from "./renewal.ts";
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
  /** The operator says that this validator is the one that sets weights: see the doppelganger guard. */
  readonly takeOver: boolean;
};

export type WriterModules = {
  readonly chain: WeightsChain;
  readonly ledger: WeightsLedger;
  readonly scores: () => Promise<KnownScores>;
  readonly onEvent: (event: WriterEvent) => void;
  /** Whether this process is still the one that sets weights: asked before a doppelganger is believed, who may be its successor. Default yes. */
  readonly stillWriter?: () => Promise<boolean>;
  /** Somebody else signs weights with our hotkey: nothing is done any more, the process should end. */
  readonly onDoppelganger: (error: AppError) => void;
  /** Looks at weights before they are submitted; neither throws nor changes them. */
  readonly beforeSubmit?: (proposal: WeightsProposal) => Promise<void>;
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
  /** Reads the ledger; call it before the first head, and again when another process may have written to it. */
  load(): Promise<void>;
  /** Does what this block asks for. Rejects when chain or Redis could not be asked; then a later block tries again. */
  onHead(head: Head, signal: AbortSignal): Promise<void>;
  view(): WriterView;
  /** What would be done at this head, and from what; nothing is written or sent. */
  plan(head: Head): Promise<WeightsPlan>;
}

/** What is to be done at a block, and what that follows from. */
type Decided = {
  readonly decision: WeightsDecision;
  readonly lastSettled: number;
  readonly weights: ComputedWeights | undefined;
  readonly basis: WeightsBasis;
  readonly setup: WeightsSetup;
};

type Submittable = Pick<Decided, "lastSettled" | "basis"> & {
  readonly decision: Extract<WeightsDecision, { kind: "submit" }>;
};

/** A decision and the weights it is about, also when they are not to be sent now. */
export type WeightsPlan = WeightsBasis & {
  readonly decision: WeightsDecision;
  readonly weights: ComputedWeights | undefined;
  readonly basedOnRound: number;
};

/** Makes the writer. Everything it must remember is in the ledger, written before the chain is told. */
export function createWeightsWriter(options: WriterOptions, modules: WriterModules): WeightsWriter {
  const { chain, ledger, log, onEvent } = modules;
  const { ownHotkey, versionKey, submitFrom, blockMs } = options;
  const delivery = createDelivery(options, { chain, record, onEvent, log });
  /** Brings weights that are to stand for others. Failing it changes nothing: those others count. */
  const renewal = createDelivery(options, {
    chain,
    record: recordAnew,
    onEvent: (event) => (event.type === "weights.failed" ? undefined : onEvent(event)),
    log: log.child({ insteadOf: "weights on chain, which count until then" }),
  });
  const guard = createDoppelgangerGuard(options, { chain, ledger, entries: () => allAttempts(entries), onEvent, log });
  let epoch: (EpochFacts & { readonly readAt: number }) | undefined;
  let entries: readonly LedgerEntry[] = [];
  let waiting: Waiting | undefined;
  let quietUntil: number | undefined;
  let lookedAt: number | undefined;
  let stopped = false;
  /** The epoch of which it was said that its weights cannot be sent anew. */
  let toldOf: number | undefined;

  /** Remembers in Redis first, then here. */
  async function record(entry: LedgerEntry): Promise<LedgerEntry> {
    await ledger.put(entry);
    entries = [entry, ...entries.filter((known) => known.epoch !== entry.epoch)].sort((a, b) => b.epoch - a.epoch);
    return entry;
  }

  /** Remembers weights that are sent anew with those that count until they are final; late ones are the next epoch's own. */
  async function recordAnew(entry: LedgerEntry): Promise<LedgerEntry> {
    const counts = entries.find((known) => known.epoch === entry.epoch);
    await record(counts === undefined || !isSettled(counts) ? entry : withRenewal(counts, entry));
    return entry;
  }

  /** The epoch, read again when the next is due and about ten times a tempo: the owner may change the tempo. */
  async function epochAt(head: Head): Promise<EpochFacts> {
    const stale =
      epoch === undefined ||
      head.number >= (nextEpochBlock(epoch, epoch.readAt) ?? Number.POSITIVE_INFINITY) ||
      Math.abs(head.number - epoch.readAt) >= Math.max(1, Math.floor(epoch.tempo / 10));
    if (stale || epoch === undefined) epoch = { ...(await chain.epoch(head.hash)), readAt: head.number };
    return epoch;
  }

  /** The chain at the best block: where a submission would land. What is believed is read at the head that the clock gave. */
  async function lookAt(head: Head): Promise<Look> {
    const newest = chain.best();
    const best = newest.number > head.number ? newest : head;
    const [standing, at] = await Promise.all([chain.standing(best.hash), epochAt(head)]);
    return { best, standing, epoch: at };
  }

  async function watch({ best, epoch: at, standing }: Look): Promise<void> {
    const verdict = await guard.look(best, at, standing);
    quietUntil = verdict.kind === "quiet" ? verdict.until : undefined;
  }

  async function decide(
    entry: LedgerEntry | undefined,
    head: Head,
    { best, epoch: at }: Look,
    renewing = false,
  ): Promise<Decided> {
    const [setup, metagraph, known] = await Promise.all([
      chain.setup(head),
      chain.metagraph(head.hash),
      modules.scores(),
    ]);
    const { scores, lastSettled, roundsCounted } = known;
    const fresh =
      roundsCounted === 0 ? undefined : computeWeights({ scores, metagraph, ownHotkey, shape: options.shape });
    const lastGood = entries.find(({ state }) => state === "effective" || state === "revealed");
    const again = stillMeant(entry, metagraph);
    const weights =
      again ?? fresh ?? (lastGood === undefined ? undefined : remapWeights(lastGood, metagraph, ownHotkey));
    const basis = { metagraph, scores, earlier: again ?? (fresh === undefined ? lastGood : undefined) };
    const reserved = renewing ? setup.revealPeriodEpochs + 1 : 0;
    const unrevealed = entries
      .filter(({ mode, state }) => mode === "hash" && state === "effective")
      .reduce((sum, { replacedBlocks = [] }) => sum + 1 + replacedBlocks.length, reserved);
    const chainFacts = { block: best.number, epoch: at, setup, metagraph, ownHotkey, quietUntil, unrevealed };
    const facts = { ...chainFacts, entry, roundsCounted, firstEver: !everSet(), weights, versionKey, submitFrom };
    return { decision: decideWeights(facts), lastSettled, weights, basis, setup };
  }

  const everSet = (): boolean => entries.some(({ includedBlock }) => includedBlock !== undefined);

  /** Sends weights after a last look: nobody else has signed meanwhile, and every uid still belongs to whom its weight is for. */
  async function submit(
    { decision, lastSettled, basis }: Submittable,
    before: LedgerEntry | undefined,
    { best, epoch: at }: Look,
    head: Head,
    signal: AbortSignal,
    by: Delivery,
  ): Promise<void> {
    const { mode, weights } = decision;
    const draft: Draft = { mode, weights, basedOnRound: lastSettled, before };
    const attempt = (before?.attempts ?? 0) + 1;
    const proposal: WeightsProposal = { ...draft, ...basis, epoch: at.epochIndex, block: best.number, attempt };
    await modules.beforeSubmit?.(proposal);
    const look = await lookAt(head);
    await watch(look);
    if (quietUntil !== undefined) return;
    const metagraph = await chain.metagraph(look.best.hash);
    const changed = changedHands(weights, metagraph);
    if (changed.length > 0) log.info({ uids: changed.length }, "uids changed hands since the weights were computed");
    const present = changed.length === 0 ? weights : remapWeights(weights, metagraph, ownHotkey);
    if (present === undefined) return;
    if (changed.length > 0)
      await modules.beforeSubmit?.({ ...proposal, weights: present, metagraph, earlier: weights });
    await by.send({ ...draft, weights: present }, look, signal);
  }

  /** Sends this tempo's weights anew when uids have changed hands since they came on chain, as far as the chain's rules and the rest of the tempo allow. */
  async function renew(entry: LedgerEntry, head: Head, now: Look, signal: AbortSignal): Promise<void> {
    const { best, epoch: at } = now;
    const next = nextEpochBlock(at, best.number);
    const window = renewalBlocks(at.tempo);
    if (next === undefined || next - best.number > window || quietUntil !== undefined) return;
    const uids = strayWeights(entry, await chain.metagraph(best.hash));
    if (uids.length === 0) return;
    const decided = await decide(entry.anew, head, now, true);
    const { decision, setup } = decided;
    // The commit moves the rate limit: the next tempo's must still have room.
    const roomAfter = best.number + 1 + setup.rateLimitBlocks <= next + at.tempo - window;
    if (decision.kind === "submit" && decision.mode === entry.mode && isRenewable(entry) && roomAfter) {
      log.info(
        { uids, epoch: at.epochIndex },
        "uids changed hands since the weights came on chain: they are sent anew",
      );
      await submit({ ...decided, decision }, entry.anew ?? entry, now, head, signal, renewal);
      return;
    }
    const waits = decision.kind === "wait" && decision.blocks !== undefined ? decision.blocks : 0;
    const canStill = decision.kind !== "submit" && best.number + waits < next - closingBlocks(at.tempo);
    if (decision.kind === "done" || canStill || toldOf === at.epochIndex) return;
    toldOf = at.epochIndex;
    const reason = decision.kind === "wait" ? decision.reason : "too many commits in this tempo";
    log.info(
      { uids, epoch: at.epochIndex, reason },
      "uids changed hands since the weights came on chain, and they cannot be sent anew: these weights may count for the newcomers for one tempo",
    );
  }

  async function look(head: Head, signal: AbortSignal): Promise<void> {
    const now = await lookAt(head);
    const { best, epoch: at } = now;
    await watch(now);
    for (const entry of entries.filter(isUnderWay).reverse()) await delivery.follow(entry, now);
    for (const { anew } of [...entries].reverse())
      if (anew !== undefined && isUnderWay(anew)) await renewal.follow(anew, now);
    const row = (uid: number) => chain.row(uid, head.hash);
    entries = await trackReveals(entries, head.number, { record, onEvent, row, uid: now.standing.uid, lookedAt });
    lookedAt = head.number;
    await revealHashes(entries, now, head, { chain, record, onEvent, log, blockMs }, signal);
    const entry = entries.find((known) => known.epoch === at.epochIndex);
    if (entry !== undefined && isSettled(entry)) {
      await renew(entry, head, now, signal);
      waiting = { reason: "next epoch", until: nextEpochBlock(at, best.number) };
      return;
    }
    if (quietUntil === undefined && (epochProgress(at, best.number) ?? 0) < submitFrom) {
      waiting = { reason: "later in the tempo", until: Math.ceil(at.lastEpochBlock + submitFrom * at.tempo) };
      return;
    }
    const decided = await decide(entry, head, now);
    const { decision } = decided;
    switch (decision.kind) {
      case "done":
        return;
      case "wait": {
        const { reason, blocks } = decision;
        if (waiting?.reason !== reason) log.info({ reason, blocks, epoch: at.epochIndex }, "weights wait");
        waiting = { reason, until: blocks === undefined ? undefined : best.number + blocks };
        return;
      }
      case "submit": {
        waiting = { reason: "submission under way", until: undefined };
        await submit({ ...decided, decision }, entry, now, head, signal, delivery);
        return;
      }
      default:
        assertNever(decision, "a weights decision");
    }
  }

  return {
    async load() {
      entries = await ledger.entries();
      await guard.load();
    },
    async onHead(head, signal) {
      if (stopped) return;
      try {
        await look(head, signal);
      } catch (error) {
        if (!isAppError(error, "E_VALIDATOR_DOPPELGANGER")) throw error;
        if (modules.stillWriter !== undefined && !(await modules.stillWriter())) throw leaseLost(undefined);
        stopped = true;
        modules.onDoppelganger(error);
      }
    },
    async plan(head) {
      const now = await lookAt(head);
      const entry = entries.find((known) => known.epoch === now.epoch.epochIndex);
      const { decision, lastSettled, weights, basis } = await decide(entry, head, now);
      return { decision, weights, basedOnRound: lastSettled, ...basis };
    },
    view: () => writerView(entries, epoch?.epochIndex, waiting),
  };
}

/** The weights of an attempt that may still land: the next attempt sends the same, so that it does not matter which of them does. */
function stillMeant(entry: LedgerEntry | undefined, metagraph: Metagraph): ComputedWeights | undefined {
  if (entry?.nonce === undefined || changedHands(entry, metagraph).length > 0) return undefined;
  return { uids: entry.uids, values: entry.values, hotkeys: entry.hotkeys };
}
