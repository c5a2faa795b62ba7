/**
 * Rules of the chain that a development node may bend, and the seam they are bent at: a node holds a {@link Rules} and gives it to every execution;
 * pallets ask it and nothing else. Nothing of it is in storage, so the state of a chain never tells that its rules were bent.
 */
import type { AccountId } from "./pallet.ts";

/**
 * Limits that can be lifted, and what holds no longer then:
 *
 * | limit | lifted |
 * |---|---|
 * | `registration` | root registrations per block and per interval |
 * | `weights` | `WeightsSetRateLimit` between two set or committed weights of a uid (timelocked commits included), and the owner's limit on the weights version |
 * | `serving` | `ServingRateLimit` between two axon or Prometheus announcements, and between two Ethereum key associations |
 * | `network` | `NetworkRateLimit` between two registrations of networks, and `StartCallDelay` before `start_call` |
 * | `staking` | limits on how often stake is moved (this runtime version has none; later ones do) |
 * | `children` | blocks between two `set_children` of a hotkey, and the cooldown before children take effect |
 * | `take` | blocks between two raises of a delegate take or a childkey take |
 * | `tx` | `TxRateLimit` between two key swaps of a coldkey, and the interval between two hotkey swaps on a subnet |
 * | `adminWindow` | the freeze of hyperparameters before an epoch (`AdminFreezeWindow`) |
 * | `owner` | `OwnerHyperparamRateLimit` and the other limits on how often an owner changes its subnet: tempo, triggered epochs, mechanisms, trimming, hotkey |
 * | `commitments` | space of a hotkey's commitments per epoch |
 *
 * A limit that is lifted is still recorded, so that it holds from the last use on once it is back.
 */
export const LIMITS = [
  "registration",
  "weights",
  "serving",
  "network",
  "staking",
  "children",
  "take",
  "tx",
  "adminWindow",
  "owner",
  "commitments",
] as const;

/** A limit that can be lifted. */
export type Limit = (typeof LIMITS)[number];

/** What an execution asks. */
export interface Rules {
  /** True when a limit does not hold. */
  lifts(limit: Limit): boolean;
  /** True when a transaction of `who` counts as signed whatever its signature says. */
  trusts(who: AccountId, signature: Uint8Array): boolean;
}

/** The rules of the real chain. */
export const strictRules: Rules = { lifts: () => false, trusts: () => false };
