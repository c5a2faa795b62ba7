/** Whose work it is. */
export type WorkOwner = {
  /** SS58 hotkey of the caller, proven. */
  readonly hotkey: string;
  /** Its stake weight on the subnet, rao. */
  readonly stakeRao: bigint;
};

/** How large a share of the miner each caller gets while callers compete: above 0; only the ratio of two weights matters. */
export type SharePolicy = (owner: WorkOwner) => number;

/** Least share of a caller, as a part of the share of the one with the most stake. */
const leastShare = 1 / 20;

/** All the least shares together, as a part of what stake gives to all callers: many hotkeys with hardly any stake are not worth more than one with much. */
const leastShares = 1 / 4;

/** The stake of those who may ask, rao. */
export type CallersStake = {
  /** The largest. */
  readonly topRao: number;
  readonly totalRao: number;
  readonly callers: number;
};

/** Names of the policies, as in the configuration. */
export const sharePolicyNames = ["stake", "equal"] as const;
export type SharePolicyName = (typeof sharePolicyNames)[number];

/**
 * `stake`: shares in proportion to stake, but never less than a twentieth of the largest, so that no validator can starve the rest, nor, where many have little,
 * than their part of a quarter of all; weights of validators with little stake count for little, so that is what their requests are worth to a miner.
 * `equal`: the same share for all.
 */
export function sharePolicy(name: SharePolicyName, stake: () => CallersStake): SharePolicy {
  if (name === "equal") return () => 1;
  return ({ stakeRao }) => {
    const { topRao, totalRao, callers } = stake();
    return Math.max(
      Number(stakeRao),
      Math.min(topRao * leastShare, (totalRao * leastShares) / Math.max(callers, 1)),
      1,
    );
  };
}
