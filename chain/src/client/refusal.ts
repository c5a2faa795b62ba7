/** Why the chain's pool refused an extrinsic: a name for programs, a sentence for people, and what to do. */
export type Refusal = { readonly name: string; readonly message: string; readonly remedy: string };

const waitAndRetry = "Wait for the limit to pass; the call may be repeated unchanged.";

/** `InvalidTransaction::Custom(code)` of a subtensor (spec/subtensor-interface.md 1.5). */
const customErrors: Readonly<Record<number, Refusal>> = {
  0: refusal("ColdkeyInSwapSchedule", "The coldkey has announced a swap.", "Finish or clear the coldkey swap first."),
  1: refusal(
    "StakeAmountTooLow",
    "The stake of this hotkey, or the amount, is below the chain's minimum.",
    "Add stake to the hotkey.",
  ),
  2: refusal("BalanceTooLow", "The coldkey's balance does not cover it.", "Fund the coldkey."),
  3: refusal("SubnetNotExists", "There is no subnet with this netuid.", "Check the netuid and the chain."),
  4: refusal("HotkeyAccountDoesntExist", "The chain does not know this hotkey.", "Register the hotkey first."),
  5: refusal("NotEnoughStakeToWithdraw", "Less is staked than would be withdrawn.", "Withdraw less."),
  6: refusal("RateLimitExceeded", "Too soon after the previous call of this kind.", waitAndRetry),
  7: refusal("InsufficientLiquidity", "The subnet's pool cannot serve this amount.", "Use a smaller amount."),
  8: refusal("SlippageTooHigh", "The price would move past the limit given.", "Use a smaller amount or a wider limit."),
  9: refusal("TransferDisallowed", "This subnet does not allow stake transfers.", "Unstake and stake again instead."),
  10: refusal(
    "HotKeyNotRegisteredInNetwork",
    "The hotkey is not registered on this subnet.",
    "Register it from its coldkey: btcli subnets register.",
  ),
  11: refusal(
    "InvalidIpAddress",
    "The chain does not accept this IP address.",
    "Announce a public address, never 127.0.0.1 or ::1.",
  ),
  12: refusal("ServingRateLimitExceeded", "The address was announced too recently.", waitAndRetry),
  13: refusal("InvalidPort", "The chain does not accept port 0.", "Announce the port that the server listens on."),
  14: refusal("ZeroMaxAmount", "At the given limit price nothing could be traded.", "Use a wider limit."),
  15: refusal(
    "InvalidRevealRound",
    "The reveal round is already over.",
    "Choose the round from the chain's present time and commit again.",
  ),
  16: refusal(
    "CommitNotFound",
    "No commit of this hotkey has that hash.",
    "Reveal exactly what was committed, salt and version key included.",
  ),
  17: refusal(
    "CommitBlockNotInRevealRange",
    "The commit cannot be revealed in this epoch.",
    "Reveal in the epoch that the reveal period names.",
  ),
  18: refusal("InputLengthsUnequal", "The lists of the call differ in length.", "Give as many values as uids."),
  19: refusal(
    "UidNotFound",
    "The hotkey has no uid on this subnet.",
    "Register it from its coldkey: btcli subnets register.",
  ),
  20: refusal("EvmKeyAssociateRateLimitExceeded", "The EVM key was associated too recently.", waitAndRetry),
  21: refusal("ColdkeySwapDisputed", "The coldkey swap is disputed.", "Have the dispute settled first."),
  22: refusal("InvalidRealAccount", "The proxied account is not valid for this call.", "Check the proxy."),
  23: refusal(
    "FailedShieldedTxParsing",
    "The shielded transaction could not be read.",
    "Encrypt it again with the current key.",
  ),
  24: refusal(
    "InvalidShieldedTxPubKeyHash",
    "The shielded transaction uses an old key.",
    "Encrypt it again with the current key.",
  ),
  25: refusal(
    "NonAssociatedColdKey",
    "This coldkey does not own the hotkey.",
    "Sign with the coldkey that registered the hotkey.",
  ),
  26: refusal("DelegateTakeTooLow", "The take is below the allowed range.", "Choose a take within the chain's bounds."),
  27: refusal(
    "DelegateTakeTooHigh",
    "The take is above the allowed range.",
    "Choose a take within the chain's bounds.",
  ),
  255: refusal("BadRequest", "The chain refuses the call without naming a reason.", "Check the arguments of the call."),
};

const unknown: Omit<Refusal, "name"> = {
  message: "The chain refuses the call.",
  remedy: "Look at the code; nothing was changed on the chain.",
};

/** JSON-RPC codes of the transaction pool. */
const poolErrors: Readonly<Record<number, Refusal>> = {
  1010: refusal("InvalidTransaction", "The transaction is not valid now.", "Check balance, nonce and arguments."),
  1011: refusal("UnknownValidity", "The node cannot tell whether the transaction is valid.", "Repeat it later."),
  1012: refusal(
    "TemporarilyBanned",
    "The node refuses this transaction for a while.",
    "Wait some minutes, then repeat it.",
  ),
  1013: refusal("AlreadyImported", "The pool already holds this transaction.", "Wait for it to be included."),
  1014: refusal(
    "PriorityTooLow",
    "Another transaction with this nonce waits in the pool.",
    "Wait for the earlier transaction, or stop the other process that signs with the same key.",
  ),
  1016: refusal("ImmediatelyDropped", "The node's pool is full.", "Repeat it later or use another endpoint."),
};

/** Texts that a node puts into `data` of code 1010 and that need their own remedy. */
const invalidTexts: readonly (readonly [RegExp, Refusal])[] = [
  [
    /pay some fees/i,
    refusal(
      "Payment",
      "The account cannot pay the fee.",
      "Fund the account; hotkeys need no balance for free calls only.",
    ),
  ],
  [/outdated/i, refusal("Stale", "The nonce is already used.", "Repeat it: the nonce is read again.")],
  [
    /will be valid in the future/i,
    refusal("Future", "The nonce is ahead of the account.", "Wait for the earlier transactions."),
  ],
  [
    /bad signature/i,
    refusal("BadProof", "The signature does not fit.", "Check that client and node run the same runtime version."),
  ],
  [
    /ancient birth block/i,
    refusal("AncientBirthBlock", "The transaction expired.", "Repeat it: it is signed for the present block."),
  ],
  [
    /invalid signing address/i,
    refusal(
      "BadSigner",
      "This account may not make the call.",
      "Sign with the sudo key or the subnet owner's coldkey.",
    ),
  ],
];

/** A refusal by the pool: the JSON-RPC code, and the code of `Custom error: N` when the chain's guard answered. */
export type PoolRefusal = Refusal & { readonly code: number; readonly customCode?: number };

/** Decodes the JSON-RPC error of a submission. Pure; never throws. */
export function decodeRefusal(error: {
  readonly code: unknown;
  readonly message: unknown;
  readonly data: unknown;
}): PoolRefusal {
  const code = typeof error.code === "number" ? error.code : 0;
  const text = [error.data, error.message].filter((part) => typeof part === "string").join("; ");
  const custom = /custom error: (\d+)/i.exec(text)?.[1];
  if (custom !== undefined) {
    const customCode = Number(custom);
    return { code, customCode, ...(customErrors[customCode] ?? { name: `Custom${customCode}`, ...unknown }) };
  }
  const known = invalidTexts.find(([pattern]) => pattern.test(text))?.[1] ?? poolErrors[code];
  return { code, ...(known ?? { name: `Rpc${code}`, ...unknown }) };
}

/** Remedies for module errors that operators meet, by error name; spec/subtensor-interface.md 2.3, 6 and 7. */
const dispatchRemedies: Readonly<Record<string, string>> = {
  HotKeyAlreadyRegisteredInSubNet: "Nothing to do: the hotkey is registered.",
  NotEnoughBalanceToStake: "Fund the coldkey.",
  SubNetRegistrationDisabled: "The owner of the subnet has closed registration; wait or choose another subnet.",
  NoNeuronIdAvailable: "The subnet is full of neurons that cannot be replaced yet; try again later.",
  NonAssociatedColdKey: "Sign with the coldkey that first registered the hotkey.",
  SubtokenDisabled: "The subnet has not been started: its owner has to send start_call.",
  NetworkTxRateLimitExceeded: "A network was registered too recently; wait for the chain's limit.",
  CannotAffordLockCost: "Fund the coldkey with the subnet's lock cost.",
  CommittingWeightsTooFast: waitAndRetry,
  SettingWeightsTooFast: waitAndRetry,
  TooManyUnrevealedCommits: "Ten commits wait to be revealed; wait for the reveal of the oldest.",
  IncorrectWeightVersionKey: "Update the validator: the subnet demands a newer version key.",
  NeuronNoValidatorPermit:
    "The hotkey has no validator permit: it needs more stake, and permits are dealt out at the next epoch.",
  NotEnoughStakeToSetWeights: "Add stake to the hotkey.",
  CommitRevealEnabled: "The subnet demands commit-reveal: commit the weights instead of setting them.",
  CommitRevealDisabled: "The subnet has commit-reveal switched off: set the weights directly.",
  IncorrectCommitRevealVersion: "Update the client: the chain demands another version of commit-reveal.",
  WeightVecLengthIsLow: "Give weights to more neurons: the subnet demands a minimum count.",
  HotKeyNotRegisteredInSubNet: "Register the hotkey from its coldkey: btcli subnets register.",
  HotKeyNotRegisteredInNetwork: "Register the hotkey from its coldkey: btcli subnets register.",
  ServingRateLimitExceeded: waitAndRetry,
  AdminActionProhibitedDuringWeightsWindow:
    "Owners may not change settings shortly before an epoch; wait for the next one.",
  BadOrigin: "This account may not make the call: sign with the sudo key or the subnet owner's coldkey.",
};

/** What to do about a dispatch error of this name. */
export function dispatchRemedy(name: string): string {
  return dispatchRemedies[name] ?? "Look up the named error; the fee was paid, nothing else was changed on the chain.";
}

function refusal(name: string, message: string, remedy: string): Refusal {
  return { name, message, remedy };
}
