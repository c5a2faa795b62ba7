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

/** Life of a transaction as the watcher hears it. `finalized` follows `inBlock` at once. */
export type TxStatus =
  | { readonly kind: "ready" }
  | { readonly kind: "future" }
  | { readonly kind: "broadcast" }
  | { readonly kind: "inBlock"; readonly hash: string; readonly index: number }
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
      watchers: new Set(watcher === undefined ? [] : [watcher]),
      announced: false,
    };
    this.entries.set(hash, entry);
    this.bytes += extrinsic.bytes.length;
    for (const tag of validity.provides) this.byTag.set(tag, hash);
    this.announceReady();
    if (!entry.announced) tell(entry, { kind: "future" });
    return { kind: "accepted", hash };
  }

  /** Stops telling a watcher. */
  unwatch(hash: string, watcher: TxWatcher): void {
    this.entries.get(hash)?.watchers.delete(watcher);
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

  /** Takes out what a block settled, then what can no longer be valid. Called after the block is readable. */
  settle(block: Block, outcomes: readonly Included[]): void {
    for (const outcome of outcomes) {
      const entry = this.entries.get(outcome.extrinsic.hash);
      if (entry !== undefined) this.settleOne(block, outcome, entry);
    }
    for (const entry of [...this.entries.values()])
      if (entry.expires < block.number || this.isStale(entry)) this.invalidate(entry);
    for (const [hash, until] of this.banned)
      if (until < block.number || this.banned.size > MAX_BANNED) this.banned.delete(hash);
    this.announceReady();
  }

  private settleOne(block: Block, outcome: Included, entry: Entry): void {
    switch (outcome.kind) {
      case "included":
        this.remove(entry);
        tell(entry, { kind: "inBlock", hash: block.hash, index: outcome.index });
        tell(entry, { kind: "finalized", hash: block.hash, index: outcome.index });
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
    for (const entry of this.readyEntries()) {
      if (entry.announced) continue;
      entry.announced = true;
      tell(entry, { kind: "ready" });
      tell(entry, { kind: "broadcast" });
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

function tell(entry: Entry, status: TxStatus): void {
  for (const watcher of [...entry.watchers]) watcher(status);
}
