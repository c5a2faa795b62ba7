/** Version of the layout of the keys below. Raise it with a migration in store/schema.ts. */
export const STATE_VERSION = 1;

/**
 * The names of this validator's own keys. All carry the prefix, whose hash tag (`{...}`) puts them and the queues in one Cluster slot, so
 * that scripts may touch several. They live under `<prefix>:s:`, apart from BullMQ's `<prefix>:<queue>:`.
 */
export type StateKeys = {
  /** HASH version, genesisHash, netuid, hotkey, blockMs: whose state this is, and what processes without a chain must know of it. */
  readonly meta: string;
  /** STRING hex: the validator's secret part of every round's seed. */
  readonly salt: string;
  /** STRING: the last settled round. */
  readonly last: string;
  /** ZSET of rounds planned and neither settled nor given up; the score is the round. */
  readonly open: string;
  /** LIST, newest first: summaries of settled rounds, bounded. */
  readonly rounds: string;
  /** HASH hotkey -> JSON of what was last seen of a miner. */
  readonly seen: string;
  /** HASH hotkey -> JSON of the dialect a miner was found to speak, and where. */
  readonly dialects: string;
  /** LIST, oldest first, bounded: users' requests and their answers, JSON, that wait to be scored with a round. */
  readonly organic: string;
  /** HASH epoch index -> JSON ledger entry of the weights of that epoch. */
  readonly ledger: string;
  /** STRING JSON: what the doppelganger guard remembers. */
  readonly guard: string;
  /** STRING, expiring: which process sets weights at present, see writer-lease.ts. */
  readonly writer: string;
  /** STRING: the lease that was given last, which begins with its turn; the turn alone once it was given back. */
  readonly writerTurn: string;
  /** STRING: the block at which the commit of the evidence's head was claimed last. */
  readonly anchor: string;
  /** STRING written every heartbeat: proves that Redis takes writes. */
  readonly heartbeat: string;
  /** HASH hotkey -> EMA of its scores, decimal with 17 significant digits. */
  readonly ema: string;
  /** STRING JSON: the pinned inputs of a round. */
  plan(round: number): string;
  /** STRING: what the settle of a round found, see before-settle.ts. */
  before(round: number): string;
  /** SET of calls of the scorer that were given up in a round, JSON. */
  givenUp(round: number): string;
  /** HASH hotkey -> first outcome of a round's task, JSON. */
  replies(round: number, taskId: string): string;
};

/** Makes the key names for a prefix such as `{val:5GrwvaEF}` and a netuid. */
export function stateKeys(prefix: string, netuid: number): StateKeys {
  const own = `${prefix}:s`;
  const subnet = `${own}:${netuid}`;
  return {
    meta: `${own}:meta`,
    salt: `${subnet}:salt`,
    last: `${subnet}:last`,
    open: `${subnet}:open`,
    rounds: `${subnet}:rounds`,
    seen: `${subnet}:seen`,
    dialects: `${subnet}:dialects`,
    organic: `${subnet}:organic`,
    ledger: `${subnet}:ledger`,
    guard: `${subnet}:guard`,
    writer: `${subnet}:writer`,
    writerTurn: `${subnet}:writer-turn`,
    anchor: `${subnet}:anchor`,
    heartbeat: `${own}:heartbeat`,
    ema: `${subnet}:ema`,
    plan: (round) => `${subnet}:plan:${round}`,
    before: (round) => `${subnet}:before:${round}`,
    givenUp: (round) => `${subnet}:given-up:${round}`,
    replies: (round, taskId) => `${subnet}:replies:${round}:${taskId}`,
  };
}
