import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { customInvalid, type InvalidTx, moduleDispatchError } from "../../pallet.ts";
import type { SubtensorError } from "../errors.ts";

/** The pool's answer for everything without a code of its own. */
const BAD_REQUEST = 255;

/** Custom codes of the errors guards find (spec/subtensor-interface.md 1.5). */
const CODES: Partial<Record<SubtensorError, number>> = {
  ColdkeySwapAnnounced: 0,
  AmountTooLow: 1,
  NotEnoughStakeToSetWeights: 1,
  NotEnoughBalanceToStake: 2,
  SubnetNotExists: 3,
  HotKeyAccountNotExists: 4,
  NotEnoughStakeToWithdraw: 5,
  SettingWeightsTooFast: 6,
  CommittingWeightsTooFast: 6,
  NetworkTxRateLimitExceeded: 6,
  InsufficientLiquidity: 7,
  SlippageTooHigh: 8,
  TransferDisallowed: 9,
  HotKeyNotRegisteredInNetwork: 10,
  InvalidIpAddress: 11,
  ServingRateLimitExceeded: 12,
  InvalidPort: 13,
  InvalidRevealRound: 15,
  NoWeightsCommitFound: 16,
  RevealTooEarly: 17,
  InputLengthsUnequal: 18,
  HotKeyNotRegisteredInSubNet: 19,
  EvmKeyAssociateRateLimitExceeded: 20,
  ColdkeySwapDisputed: 21,
  NonAssociatedColdKey: 25,
  DelegateTakeTooLow: 26,
  DelegateTakeTooHigh: 27,
};

/** The refusal of a guard: a custom code at the pool, the module error when the call is nested. */
export function guardRefusal(error: SubtensorError): InvalidTx {
  return customInvalid(CODES[error] ?? BAD_REQUEST, moduleDispatchError(subtensorModule, error));
}
