/**
 * The transaction pool: bounded, ordered per signer by nonce. A transaction whose earlier nonces are all on chain or in the pool is ready, others are
 * future. A full pool refuses newcomers; nothing already accepted is dropped for them.
 */
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { Included } from "./builder.ts";
import type { Block } from "./block.ts";
import type { Extrinsic } from "./extrinsic.ts";
import type { Valid, Validity } from "./validity.ts";

/** Limits of the pool. */
export interface PoolLimits {
  readonly maxTransactions: number;
  readonly maxBytes: number;
  /** Nonces a signer may be ahead of the chain. */
  readonly maxAhead: number;
}

/** Limits that a local network never meets. */
export const defaultPoolLimits: PoolLimits = { maxTransactions: 8_192, maxBytes: 32 * 1024 * 1024, maxAhead: 512 };

/** Life of a transaction as the watcher hears it. `finalized` follows `inBlock` at once unless finality stays behind; `retracted` takes it back. */
export type TxStatus =
  | { readonly kind: "ready" }
  | { readonly kind: "future" }
  | { readonly kind: "broadcast" }
  | { readonly kind: "inBlock"; readonly hash: string; readonly index: number }
  | { readonly kind: "retracted"; readonly hash: string }
  | { readonly kind: "finalized"; readonly hash: string; readonly index: number }
  | { readonly kind: "invalid" }
  | { readonly kind: "dropped" };

/** Hears the statuses of one transaction. */
export type TxWatcher = (status: TxStatus) => void;

/** What submitting comes to. */
export type SubmitResult =
  | { readonly kind: "accepted"; readonly hash: string }
  | { readonly kind: "refused"; readonly validity: Exclude<Validity, Valid> }
  | { readonly kind: "known"; readonly hash: string }
  | { readonly kind: "banned" }
  | { readonly kind: "lowPriority"; readonly priority: bigint }
  | { readonly kind: "full" };

interface Entry {
  readonly extrinsic: Extrinsic;
  readonly valid: Valid;
  readonly expires: number;
  readonly watchers: Set<TxWatcher>;
  /** Whether `ready` was said. */
  announced: boolean;
}

/** A transaction in a block that is not final yet. */
interface Settled {
  readonly extrinsic: Extrinsic;
  readonly watchers: Set<TxWatcher>;
  readonly index: number;
}

/** Blocks a refused-at-inclusion transaction stays out. */
const BAN_BLOCKS = 120;
const MAX_BANNED = 4_096;

/** Pending transactions. */
export class TransactionPool {
  private readonly limits: PoolLimits;
  private readonly check: (extrinsic: Extrinsic) => Validity;
  private readonly nonceOf: (who: string) => number;
  private readonly height: () => number;
  private readonly entries = new Map<string, Entry>();
  private readonly byTag = new Map<string, string>();
  private readonly banned = new Map<string, number>();
  /** Transactions of the blocks that are not final yet, by block. */
  private readonly settled = new Map<string, Settled[]>();
  /** The same by transaction: each is in one block of the chain at most. */
  private readonly settledBy = new Map<string, Settled>();
  private bytes = 0;

  /** `check` validates against the head, `nonceOf` reads an account's nonce there, `height` is the head's number. */
  constructor(
    limits: PoolLimits,
    modules: { check(extrinsic: Extrinsic): Validity; nonceOf(who: string): number; height(): number },
  ) {
    this.limits = limits;
    this.check = modules.check;
    this.nonceOf = modules.nonceOf;
    this.height = modules.height;
  }

  /** Number of transactions held. */
  get size(): number {
    return this.entries.size;
  }

  /** Checks and takes a transaction. Its watcher hears `ready` and `broadcast`, or `future`, before this returns. */
  submit(extrinsic: Extrinsic, watcher?: TxWatcher): SubmitResult {
    return this.take(extrinsic, new Set(watcher === undefined ? [] : [watcher]));
  }

  private take(extrinsic: Extrinsic, watchers: Set<TxWatcher>): SubmitResult {
    const { hash } = extrinsic;
    if (this.entries.has(hash)) return { kind: "known", hash };
    if ((this.banned.get(hash) ?? -1) >= this.height()) return { kind: "banned" };
    const validity = this.check(extrinsic);
    if (validity.kind !== "valid") return { kind: "refused", validity };
    if (this.isFull(extrinsic, validity)) return { kind: "full" };
    if (validity.provides.some((tag) => this.byTag.has(tag)))
      return { kind: "lowPriority", priority: validity.priority };
    const entry: Entry = {
      extrinsic,
      valid: validity,
      expires: this.height() + validity.longevity,
      watchers,
      announced: false,
    };
    this.entries.set(hash, entry);
    this.bytes += extrinsic.bytes.length;
    for (const tag of validity.provides) this.byTag.set(tag, hash);
    this.announceFrom(entry);
    if (!entry.announced) tell(entry, { kind: "future" });
    return { kind: "accepted", hash };
  }

  /** Stops telling a watcher. */
  unwatch(hash: string, watcher: TxWatcher): void {
    this.entries.get(hash)?.watchers.delete(watcher);
    this.settledBy.get(hash)?.watchers.delete(watcher);
  }

  /** Ready transactions: by priority, then by arrival, each signer's nonces in order. */
  ready(): Extrinsic[] {
    const ready = this.readyEntries();
    return ready
      .sort((a, b) => (a.valid.priority === b.valid.priority ? 0 : a.valid.priority > b.valid.priority ? -1 : 1))
      .map((entry) => entry.extrinsic);
  }

  /** All transactions, ready ones first. */
  pending(): Extrinsic[] {
    const ready = new Set(this.ready());
    return [
      ...ready,
      ...[...this.entries.values()].map((entry) => entry.extrinsic).filter((extrinsic) => !ready.has(extrinsic)),
    ];
  }

  /** The next nonce of an account, counting what is ready here. */
  nextNonce(who: string): number {
    let nonce = this.nonceOf(who);
    while (this.byTag.has(`${who}:${nonce}`)) nonce += 1;
    return nonce;
  }

  /** Removes a transaction by hash; its watchers hear `dropped`. False when it is not here. */
  drop(hash: string): boolean {
    const entry = this.entries.get(hash);
    if (entry === undefined) return false;
    this.remove(entry);
    tell(entry, { kind: "dropped" });
    return true;
  }

  /** Takes out what a block settled, then what can no longer be valid. Called after the block is readable, for blocks in order. */
  settle(block: Block, outcomes: readonly Included[]): void {
    const settled: Settled[] = [];
    for (const outcome of outcomes) {
      const entry = this.entries.get(outcome.extrinsic.hash);
      if (entry !== undefined) this.settleOne(block, outcome, entry, settled);
      else if (outcome.kind === "included") settled.push({ ...outcome, watchers: new Set() });
    }
    if (settled.length > 0) this.settled.set(block.hash, settled);
    for (const one of settled) this.settledBy.set(one.extrinsic.hash, one);
    for (const entry of [...this.entries.values()])
      if (entry.expires < block.number || this.isStale(entry)) this.invalidate(entry);
    for (const [hash, until] of this.banned)
      if (until < block.number || this.banned.size > MAX_BANNED) this.banned.delete(hash);
    this.announceReady();
  }

  /** Says that blocks are final; what they hold is done with. */
  finalize(blocks: readonly Block[]): void {
    for (const block of blocks)
      for (const one of this.unsettle(block)) tell(one, { kind: "finalized", hash: block.hash, index: one.index });
  }

  private unsettle({ hash }: Pick<Block, "hash">): readonly Settled[] {
    const list = this.settled.get(hash);
    if (list === undefined) return [];
    this.settled.delete(hash);
    for (const one of list) this.settledBy.delete(one.extrinsic.hash);
    return list;
  }

  /**
   * Takes back the transactions of blocks that left the chain, which now ends before them. Signed ones that `drops` names are dropped, the others are
   * checked anew and wait again; their watchers hear `retracted` and then what becomes of them. Returns the hashes of the signed ones.
   */
  retract(blocks: readonly Block[], drops: (hash: string) => boolean): { pooled: string[]; dropped: string[] } {
    const outcome = { pooled: [] as string[], dropped: [] as string[] };
    for (const block of blocks) {
      for (const one of this.unsettle(block)) {
        const { hash } = one.extrinsic;
        tell(one, { kind: "retracted", hash: block.hash });
        const isSigned = one.extrinsic.kind === "signed";
        const again = isSigned && drops(hash) ? undefined : this.take(one.extrinsic, one.watchers);
        if (again?.kind === "known") for (const watcher of one.watchers) this.entries.get(hash)?.watchers.add(watcher);
        const pooled = again?.kind === "accepted" || again?.kind === "known";
        if (!pooled) tell(one, { kind: again?.kind === "refused" ? "invalid" : "dropped" });
        if (isSigned) (pooled ? outcome.pooled : outcome.dropped).push(hash);
      }
    }
    return outcome;
  }

  /** Drops what waits and forgets the blocks that are not kept: the chain was taken back. */
  clear(isKept: (hash: string) => boolean): void {
    for (const hash of [...this.settled.keys()]) if (!isKept(hash)) this.unsettle({ hash });
    for (const hash of [...this.entries.keys()]) this.drop(hash);
  }

  private settleOne(block: Block, outcome: Included, entry: Entry, settled: Settled[]): void {
    switch (outcome.kind) {
      case "included":
        this.remove(entry);
        settled.push({ extrinsic: outcome.extrinsic, watchers: entry.watchers, index: outcome.index });
        tell(entry, { kind: "inBlock", hash: block.hash, index: outcome.index });
        return;
      case "refused":
        if (outcome.validity.kind === "valid") return;
        this.banned.set(entry.extrinsic.hash, block.number + BAN_BLOCKS);
        this.invalidate(entry);
        return;
      default:
        assertNever(outcome);
    }
  }

  private isFull(extrinsic: Extrinsic, valid: Valid): boolean {
    const ahead =
      extrinsic.kind === "signed" && valid.who !== undefined ? extrinsic.nonce - this.nonceOf(valid.who) : 0;
    return (
      this.entries.size >= this.limits.maxTransactions ||
      this.bytes + extrinsic.bytes.length > this.limits.maxBytes ||
      ahead > this.limits.maxAhead
    );
  }

  private isStale({ extrinsic, valid }: Entry): boolean {
    return extrinsic.kind === "signed" && valid.who !== undefined && extrinsic.nonce < this.nonceOf(valid.who);
  }

  private readyEntries(): Entry[] {
    const bySigner = new Map<string, Entry[]>();
    const ready: Entry[] = [];
    for (const entry of this.entries.values()) {
      const { who } = entry.valid;
      if (who === undefined) ready.push(entry);
      else if (bySigner.has(who)) bySigner.get(who)?.push(entry);
      else bySigner.set(who, [entry]);
    }
    for (const [who, list] of bySigner) {
      let due = this.nonceOf(who);
      for (const entry of list.sort((a, b) => nonce(a) - nonce(b))) {
        if (nonce(entry) !== due) break;
        ready.push(entry);
        due += 1;
      }
    }
    return ready;
  }

  private announceReady(): void {
    for (const entry of this.readyEntries()) announce(entry);
  }

  /** Announces a newcomer whose earlier nonces are all there, and those that waited for it. Looks at its signer's transactions only. */
  private announceFrom(entry: Entry): void {
    const { who, future } = entry.valid;
    if (who === undefined) {
      announce(entry);
      return;
    }
    const first = future ? this.nonceOf(who) : nonce(entry);
    for (let due = first; due < nonce(entry); due++) if (!this.byTag.has(`${who}:${due}`)) return;
    for (let due = nonce(entry); ; due++) {
      const next = this.entries.get(this.byTag.get(`${who}:${due}`) ?? "");
      if (next === undefined) return;
      announce(next);
    }
  }

  private invalidate(entry: Entry): void {
    this.remove(entry);
    tell(entry, { kind: "invalid" });
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry.extrinsic.hash);
    this.bytes -= entry.extrinsic.bytes.length;
    for (const tag of entry.valid.provides) this.byTag.delete(tag);
  }
}

const nonce = ({ extrinsic }: Entry): number => (extrinsic.kind === "signed" ? extrinsic.nonce : 0);

function announce(entry: Entry): void {
  if (entry.announced) return;
  entry.announced = true;
  tell(entry, { kind: "ready" });
  tell(entry, { kind: "broadcast" });
}

function tell({ watchers }: Pick<Entry, "watchers">, status: TxStatus): void {
  for (const watcher of [...watchers]) watcher(status);
}
