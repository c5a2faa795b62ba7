import type { BlockTraces, WeightsExtrinsic, WeightsStanding } from "@subnetkit/chain/client/weights-traces";
import type { WeightVector } from "@subnetkit/chain/client/weights";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { WeightsChain } from "./chain-view.ts";
import type { GuardRecord } from "./guard-record.ts";
import type { WeightsLedger } from "./ledger.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import type { EpochFacts } from "./preflight.ts";
import type { WriterEvent } from "./writer-events.ts";

export type GuardOptions = {
  /** ss58, for the error. */
  readonly ownHotkey: string;
  /** The operator says that this validator is the one: nothing is waited for, and whoever signed before is expected to stop. */
  readonly takeOver: boolean;
};

export type GuardModules = {
  readonly chain: Pick<WeightsChain, "standing" | "waiting" | "traces" | "hashOf" | "row" | "setup">;
  readonly ledger: Pick<WeightsLedger, "guard" | "putGuard">;
  /** The ledger's entries as they are now. */
  readonly entries: () => readonly LedgerEntry[];
  readonly onEvent: (event: WriterEvent) => void;
  readonly log: Logger;
};

/** Whether weights may be submitted: yes, or not before a block. */
export type GuardVerdict = { readonly kind: "clear" } | { readonly kind: "quiet"; readonly until: number };

/** Watches for another process that signs weights with our hotkey. */
export interface DoppelgangerGuard {
  load(): Promise<void>;
  /** One look at the best block. Throws E_VALIDATOR_DOPPELGANGER when somebody else has signed weights, and the errors of the chain. */
  look(best: Head, epoch: EpochFacts, standing: WeightsStanding): Promise<GuardVerdict>;
}

/**
 * Blocks within which two submissions count as sent at the same moment, by processes that could not see each other yet. Then the first one on chain
 * goes on and the other one stops; later than that, who submits knows of the first and means it.
 */
const sameMomentBlocks = 4;

/** Blocks read one by one to see who signed; past it the state at the head has to say enough. */
const longestScan = 64;

/**
 * Makes the guard. What the chain holds for our hotkey must be explained by our ledger: the last update by block, commits by hash, extrinsics by
 * hash whenever the account's nonce moves. An unexplained state at the start (a lost or empty ledger on a hotkey in use) is watched for one tempo
 * before the first submission; anything signed elsewhere while we look stops us. A hotkey that never signed, or whose last update is its
 * registration, is explained by itself.
 */
export function createDoppelgangerGuard(
  { ownHotkey, takeOver }: GuardOptions,
  modules: GuardModules,
): DoppelgangerGuard {
  const { chain, ledger, log, onEvent } = modules;
  let record: GuardRecord = { version: 1 };
  let judged = false;
  /** The take-over's first submission waits until this block, so that whoever signed before can tell it from an accident. */
  let assertFrom = 0;
  /** Our own newest landed submission of this run. */
  let lastOwn: { readonly block: number; readonly nonce: number } | undefined;
  let contested = false;
  /** Of the look before. */
  let lastUpdate = 0;
  const reported = new Set<string>();

  async function remember(change: Partial<GuardRecord>): Promise<void> {
    const next = { ...record, ...change };
    await ledger.putGuard(next);
    record = next;
  }

  const knownTx = (): ReadonlySet<string> =>
    new Set(
      modules.entries().flatMap(({ txHashes = [], replacedTxHashes = [] }) => [...txHashes, ...replacedTxHashes]),
    );

  /** What the chain shows and the ledger does not explain. */
  async function unexplained(best: Head, epoch: EpochFacts, standing: WeightsStanding): Promise<Facts | undefined> {
    const asBefore = record.watch === undefined && standing.nonce === record.seen?.nonce;
    if (standing.nonce === 0 || asBefore) return undefined;
    const { revealPeriodEpochs } = await chain.setup(best);
    const epochs = Array.from({ length: revealPeriodEpochs + 1 }, (_, back) => epoch.epochIndex - back);
    const waiting = await chain.waiting(
      epochs.filter((index) => index >= 0),
      best.hash,
    );
    const ours = new Set([
      ...modules.entries().flatMap(({ hashes = [] }) => hashes),
      ...(record.accepted?.hashes ?? []),
    ]);
    const hashes = waiting.map(({ hash }) => hash).filter((hash) => !ours.has(hash));
    const explained = await isExplained(best, standing);
    return explained && hashes.length === 0 ? undefined : { lastUpdate: standing.lastUpdate, hashes };
  }

  async function isExplained(best: Head, { lastUpdate, registeredAt, uid }: WeightsStanding): Promise<boolean> {
    if (lastUpdate === 0 || lastUpdate === registeredAt || lastUpdate === record.accepted?.lastUpdate) return true;
    const entries = modules.entries();
    if (entries.some((entry) => entry.includedBlock === lastUpdate || entry.replacedBlocks?.includes(lastUpdate)))
      return true;
    const traces = await tracesAt(lastUpdate);
    if (traces !== undefined && traces.extrinsics.length > 0) {
      const known = knownTx();
      return traces.extrinsics.every(({ txHash }) => known.has(txHash));
    }
    // Nobody signed anything there: the chain itself touched it, when it revealed a commit after commit-reveal was switched off.
    const row = uid === undefined ? undefined : await chain.row(uid, best.hash);
    return row !== undefined && entries.some((entry) => sameWeights(entry, row));
  }

  /** A block of the chain; undefined where the node no longer has it. */
  async function tracesAt(number: number): Promise<BlockTraces | undefined> {
    const hash = await chain.hashOf(number);
    return hash === undefined ? undefined : await tracesOf(hash);
  }

  async function tracesOf(hash: string): Promise<BlockTraces | undefined> {
    try {
      return await chain.traces(hash);
    } catch (error) {
      if (isAppError(error, "E_CHAIN_SHAPE")) return undefined;
      throw error;
    }
  }

  async function judge(best: Head, epoch: EpochFacts, standing: WeightsStanding): Promise<void> {
    const { nonce } = standing;
    const facts = await unexplained(best, epoch, standing);
    const seen = { block: best.number, nonce };
    if (takeOver) {
      const update = standing.lastUpdate;
      const accepted = { lastUpdate: update, hashes: facts?.hashes ?? record.accepted?.hashes ?? [] };
      await remember({
        seen,
        accepted,
        watch: undefined,
        takenOver: { block: best.number, lastUpdate: update, nonce },
      });
      assertFrom = facts === undefined ? 0 : update + sameMomentBlocks;
      log.warn({ block: best.number, lastUpdate: update, nonce }, "weights of this hotkey are taken over, as told");
    } else if (facts === undefined) {
      await remember({ seen, watch: undefined });
    } else {
      const before = record.watch;
      const goesOn = before !== undefined && before.lastUpdate === facts.lastUpdate && before.since <= best.number;
      const since = goesOn ? before.since : best.number;
      await remember({ seen, watch: { since, ...facts } });
      log.warn(
        {
          block: best.number,
          lastUpdate: facts.lastUpdate,
          unknownCommits: facts.hashes.length,
          until: since + epoch.tempo,
        },
        "the chain shows weights of this hotkey that this validator knows nothing of: one quiet tempo is waited for",
      );
    }
    judged = true;
  }

  /** Looks at what was signed since the last look. */
  async function inspect(best: Head, epoch: EpochFacts, standing: WeightsStanding): Promise<void> {
    const from = Math.min(record.seen?.block ?? best.number, best.number) - 1;
    const blocks: BlockTraces[] = [];
    let complete = false;
    for (let hash = best.hash; blocks.length < longestScan && !complete; ) {
      const traces = await tracesOf(hash);
      if (traces === undefined) break;
      complete = traces.number <= from;
      if (!complete) blocks.unshift(traces);
      hash = traces.parentHash;
    }
    const known = knownTx();
    for (const { number, extrinsics } of blocks)
      for (const extrinsic of extrinsics) {
        if (!known.has(extrinsic.txHash)) confront(extrinsic, number);
        else if (!extrinsic.reveals) lastOwn = { block: number, nonce: extrinsic.nonce };
      }
    if (!complete && (await unexplained(best, epoch, standing)) !== undefined) {
      const block = standing.lastUpdate;
      throw appError("E_VALIDATOR_DOPPELGANGER", { hotkey: ownHotkey, block, call: "an update of its weights" });
    }
    await remember({ seen: { block: best.number, nonce: standing.nonce } });
  }

  function confront({ txHash, nonce, call }: WeightsExtrinsic, block: number): void {
    if (reported.has(txHash)) return;
    if (takeOver && lastOwn === undefined) {
      reported.add(txHash);
      assertFrom = block + sameMomentBlocks;
      log.warn({ block, call }, "the process that is replaced still signs weights");
      return;
    }
    const first = lastOwn !== undefined && lastOwn.nonce < nonce && block - lastOwn.block <= sameMomentBlocks;
    if (first && !contested) {
      contested = true;
      reported.add(txHash);
      log.warn(
        { block, call },
        "another process signed weights with this hotkey at the same moment, after us: it should stop",
      );
      onEvent({ type: "weights.contested", block, call });
      return;
    }
    throw appError("E_VALIDATOR_DOPPELGANGER", { hotkey: ownHotkey, block, call, txHash });
  }

  return {
    async load() {
      record = (await ledger.guard()) ?? { version: 1 };
    },
    async look(best, epoch, standing) {
      if (standing.uid === undefined) return { kind: "clear" };
      if (!judged) await judge(best, epoch, standing);
      else if (standing.nonce !== record.seen?.nonce || standing.lastUpdate !== lastUpdate)
        await inspect(best, epoch, standing);
      lastUpdate = standing.lastUpdate;
      const { watch } = record;
      if (watch !== undefined) {
        const until = watch.since + epoch.tempo;
        if (best.number < until) return { kind: "quiet", until };
        const { since: _since, ...accepted } = watch;
        await remember({ watch: undefined, accepted });
        log.info({ block: best.number }, "a tempo was quiet: weights are set from now on");
      }
      return best.number < assertFrom ? { kind: "quiet", until: assertFrom } : { kind: "clear" };
    },
  };
}

type Facts = { readonly lastUpdate: number; readonly hashes: string[] };

/** Whether a row on chain is what an entry says. */
export function sameWeights(entry: Pick<LedgerEntry, "uids" | "values">, row: WeightVector): boolean {
  return (
    row.uids.length === entry.uids.length &&
    row.uids.every((uid, i) => uid === entry.uids[i] && row.values[i] === entry.values[i])
  );
}
