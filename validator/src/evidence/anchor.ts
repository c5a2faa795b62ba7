import type { ChainClient } from "@subnetkit/chain/client/chain-client";
import {
  type Commitment,
  type CommitmentField,
  composeCommitment,
  readCommitment,
} from "@subnetkit/chain/client/commitments";
import { submitCall, type Submission } from "@subnetkit/chain/client/submit";
import type { Head } from "@subnetkit/shared/clock/block-clock";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import { bareHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import type { WriterView } from "../weights/writer-view.ts";
import { claimBlocks } from "./claim-anchor.ts";
import type { LogHead } from "./envelope.ts";

/** The head of a log as the chain has it, and since which block. */
export type CommittedHead = LogHead & { readonly block: number };

/** What a commitment says of a log, undefined for one about something else. Pure. */
export function committedHead({ block, fields }: Commitment): CommittedHead | undefined {
  const [name, hash] = fields;
  if (fields.length !== 2 || name?.kind !== "raw" || hash?.kind !== "sha256") return undefined;
  const seq = /^subnetkit\/evidence\/1 (\d{1,12})$/.exec(Buffer.from(name.bytes).toString("utf8"))?.[1];
  return seq === undefined ? undefined : { seq: Number(seq), hash: bareHex(hash.bytes), block };
}

/** The fields that commit to a head. Pure. */
export function fieldsOf({ seq, hash }: LogHead): Exclude<CommitmentField, { readonly kind: "other" }>[] {
  return [
    { kind: "raw", bytes: utf8(`subnetkit/evidence/1 ${seq}`) },
    { kind: "sha256", bytes: hexToBytes(`0x${hash}`) },
  ];
}

/** The part of the chain that an anchor needs. */
export interface AnchorChain {
  /** Our commitment, whatever it is about. */
  read(at: Head): Promise<Commitment | undefined>;
  write(head: LogHead, signal: AbortSignal): Promise<Submission>;
}

/** The real chain. A call is followed for a few blocks only: weights may be next. */
export function createAnchorChain(client: ChainClient, netuid: number, hotkey: Keypair, log: Logger): AnchorChain {
  const deadlineMs = Math.min(60_000, Math.max(2_000, 4 * client.blockMs));
  return {
    read: (at) => readCommitment(client, netuid, hotkey.address, { at: at.hash }),
    write: (head, signal) =>
      submitCall(client, composeCommitment(client, netuid, fieldsOf(head)), hotkey, { log, signal, deadlineMs }),
  };
}

export type AnchorModules = {
  readonly chain: AnchorChain;
  /** The newest entry of the log. */
  readonly head: () => LogHead;
  /** Asks for the right to commit now; another process may have it. */
  readonly claim: (block: number) => Promise<boolean>;
  readonly log: Logger;
  /** A head was committed, or could not be. */
  readonly onCommitted?: (committed: boolean) => void;
};

/** Puts the head of the evidence log on chain from time to time, so that what lies before it can be neither changed nor left out. */
export interface EvidenceAnchor {
  /** A block duty, after the weights' own: rejects when the chain could not be asked. */
  onHead(head: Head, weights: WriterView, signal: AbortSignal): Promise<void>;
  /** The head that the chain has, as far as is known here. */
  committed(): CommittedHead | undefined;
  /** The same for people, as of a block. */
  standing(block: number | undefined): AnchorStanding;
}

/**
 * Where the chain's commitment stands to the log. `unknown`: this process has not looked, since it has no weights to set or no entry; `none`: there is no
 * commitment yet; `foreign`: the hotkey's commitment is about something else, and stays; `current`: it is the newest entry; `waiting`: there are newer ones
 * and the next commit is not due; `behind`: it has been due for a while; `ahead`: the chain has an entry that the log does not have.
 */
export type AnchorStanding = {
  readonly state: "unknown" | "none" | "foreign" | "current" | "waiting" | "behind" | "ahead";
  readonly everyBlocks: number;
  readonly committed: CommittedHead | null;
};

/** Blocks after which a commit that did not go through is tried again. */
const retryBlocks = claimBlocks;

/** Blocks that must be left before weights are due: both are signed by the hotkey, and weights come first. */
const weightsMarginBlocks = 5;

/**
 * Makes an anchor that commits every so many blocks while there are new entries. A commitment of the hotkey that is about something else is never
 * replaced: said once, and looked at again.
 */
export function createEvidenceAnchor(
  { everyBlocks }: { readonly everyBlocks: number },
  { chain, head: newest, claim, log, onCommitted }: AnchorModules,
): EvidenceAnchor {
  let committed: CommittedHead | undefined;
  let looked = false;
  /** The block of the first look that found no commitment. */
  let noneSince: number | undefined;
  /** No look before this block. */
  let notBefore = 0;
  let toldForeign = false;
  let toldLost = false;
  let toldFailed = false;

  async function commit(at: Head, signal: AbortSignal): Promise<void> {
    const found = await chain.read(at);
    const known = found === undefined ? undefined : committedHead(found);
    looked = true;
    if (found !== undefined && known === undefined) {
      notBefore = at.number + everyBlocks;
      if (!toldForeign)
        log.warn(
          { block: found.block },
          "the hotkey has another commitment on chain: the evidence is not committed in its place",
        );
      toldForeign = true;
      return;
    }
    toldForeign = false;
    committed = known;
    noneSince = known === undefined ? (noneSince ?? at.number) : undefined;
    const head = newest();
    if (known !== undefined && known.seq > head.seq && !toldLost) {
      toldLost = true;
      log.warn(
        { committed: known.seq, seq: head.seq },
        "the chain has a later head of this hotkey's evidence than the log: entries are lost, or it is another log",
      );
    }
    const dueAt = known === undefined ? at.number : known.block + everyBlocks;
    if (dueAt > at.number || head.hash === known?.hash) {
      notBefore = Math.max(dueAt, at.number);
      return;
    }
    notBefore = at.number + retryBlocks;
    if (!(await claim(at.number))) {
      log.debug({ block: at.number }, "another process commits the head of its evidence log, or has just done so");
      return;
    }
    const submission = await chain.write(head, signal);
    const landed = submission.kind === "included" || submission.kind === "finalized";
    onCommitted?.(landed);
    if (landed) {
      committed = { ...head, block: submission.blockNumber };
      notBefore = submission.blockNumber + everyBlocks;
      toldFailed = false;
      log.info(
        { seq: head.seq, hash: head.hash, block: submission.blockNumber },
        "the head of the evidence log is on chain",
      );
    } else {
      log[toldFailed ? "debug" : "warn"](
        problemOf(submission),
        "the head of the evidence log could not be committed; it is tried again",
      );
      toldFailed = true;
    }
  }

  function stateAt(block: number): AnchorStanding["state"] {
    const { seq, hash } = newest();
    if (!looked) return "unknown";
    if (toldForeign) return "foreign";
    if (committed?.hash === hash) return "current";
    if (committed !== undefined && committed.seq > seq) return "ahead";
    const dueAt = committed === undefined ? (noneSince ?? block) : committed.block + everyBlocks;
    if (block - dueAt >= retryBlocks) return "behind";
    return committed === undefined ? "none" : "waiting";
  }

  return {
    committed: () => committed,
    standing: (block) => ({
      state: block === undefined ? "unknown" : stateAt(block),
      everyBlocks,
      committed: committed ?? null,
    }),
    async onHead(head, weights, signal) {
      const { seq, hash } = newest();
      const isNews = seq >= 0 && hash !== committed?.hash;
      if (isNews && head.number >= notBefore && hasTime(weights, head.number)) await commit(head, signal);
    },
  };
}

/** True while no weights are under way and none are due soon. */
function hasTime({ waitingFor, nextAttempt }: WriterView, block: number): boolean {
  if (waitingFor === undefined || waitingFor === "submission under way" || waitingFor === "retry delay") return false;
  return nextAttempt === undefined || nextAttempt - block > weightsMarginBlocks;
}

function problemOf(submission: Submission): { problem: string; remedy?: string } {
  if (submission.kind === "rejected") return { problem: submission.name, remedy: submission.remedy };
  if (submission.kind === "dispatchFailed") return { problem: submission.error.name, remedy: submission.remedy };
  return { problem: submission.kind };
}
