/** Errors of the tables that no call can meet, each with its reason. */
const UNUSED = "in the table, but no call of spec/subtensor-interface.md 2 meets it";
const POW = "proof of work is gone: register ignores the work (spec/subtensor-interface.md 2.3)";
const FAUCET = "the faucet is not in this build (feature pow-faucet)";
const GUARD = "the guard asks the same before the call runs and answers first";
const NO_MACHINE = "needs the EVM, and no code runs here";
const NO_CONTRACTS = "needs a contract that runs, and none can be brought";
const LIQUIDITY = "positions in a pool are gone; their calls answer Deprecated";

/** Full name of the error, and why nothing here meets it. */
export const unreachableErrors: Readonly<Record<string, string>> = {
  "SubtensorModule.NotEnoughStake": UNUSED,
  "SubtensorModule.NotEnoughStakeToWithdraw": "amounts are clamped to what is there before they are compared",
  "SubtensorModule.BalanceWithdrawalError": UNUSED,
  "SubtensorModule.ZeroBalanceAfterWithdrawn": UNUSED,
  "SubtensorModule.InvalidWorkBlock": POW,
  "SubtensorModule.InvalidDifficulty": POW,
  "SubtensorModule.InvalidSeal": POW,
  "SubtensorModule.HotKeyAlreadyDelegate": UNUSED,
  "SubtensorModule.StakingRateLimitExceeded": UNUSED,
  "SubtensorModule.TransactorAccountShouldBeHotKey": UNUSED,
  "SubtensorModule.FaucetDisabled": FAUCET,
  "SubtensorModule.AllNetworksInImmunity": "where no subnet can be pruned the call answers SubnetLimitReached",
  "SubtensorModule.NotRootSubnet": UNUSED,
  "SubtensorModule.ExpiredWeightCommit": GUARD,
  "SubtensorModule.ColdkeySwapAlreadyDisputed": GUARD,
  "SubtensorModule.UnableToRecoverPublicKey":
    "a signature that recovers to no key is InvalidIdentity; one that recovers gives a key that parses",
  "SubtensorModule.CallDisabled": UNUSED,
  "SubtensorModule.NotEnoughAlphaOutToRecycle": UNUSED,
  "SubtensorModule.InvalidLeaseBeneficiary": UNUSED,
  "SubtensorModule.LeaseNetuidNotFound": "the lease's account owns the subnet it has just registered",
  "SubtensorModule.UidMapCouldNotBeCleared": "clearing a map has no limit here that could stop it",
  "SubtensorModule.AddStakeBurnRateLimitExceeded": UNUSED,
  "SubtensorModule.DisabledTemporarily": UNUSED,
  "SubtensorModule.UnlockAmountTooHigh": UNUSED,

  "Balances.VestingBalance": UNUSED,
  "Balances.LiquidityRestrictions": "needs a lock or freeze on TAO, and no pallet of this runtime makes one",
  "Balances.ExistentialDeposit": UNUSED,
  "Balances.Expendability": UNUSED,
  "Balances.ExistingVestingSchedule": UNUSED,
  "Balances.DeadAccount": UNUSED,
  "Balances.TooManyReserves": "needs named reserves, and no pallet of this runtime makes one",
  "Balances.TooManyHolds": "there is one reason to hold, a preimage's deposit",
  "Balances.TooManyFreezes": "no pallet of this runtime freezes TAO",
  "Balances.IssuanceDeactivated": UNUSED,

  "Commitments.TooManyFieldsInCommitmentInfo":
    "the bound of the argument's type is the same: more fields do not decode",
  "Commitments.UnexpectedUnreserveLeftover": "deposits are 0",

  "Drand.NoneValue": UNUSED,
  "Drand.StorageOverflow": UNUSED,
  "Drand.DrandConnectionFailure": "raised by the offchain worker, not by a call",
  "Drand.UnverifiedPulse": UNUSED,

  "Swap.InsufficientInputAmount": LIQUIDITY,
  "Swap.InsufficientLiquidity": "staking asks the pool first and answers with its own InsufficientLiquidity",
  "Swap.InsufficientBalance": LIQUIDITY,
  "Swap.InvalidTickRange": LIQUIDITY,
  "Swap.InvalidLiquidityValue": LIQUIDITY,
  "Swap.ReservesTooLow": "staking asks the pool first and answers with its own InsufficientLiquidity",
  "Swap.SubtokenDisabled": LIQUIDITY,
  "Swap.ReservesOutOfBalance": LIQUIDITY,
  "Swap.SwapInputTooLarge": "staking compares the amount with the reserves first and answers InsufficientLiquidity",

  "Utility.InvalidDerivedAccount": "a hash always makes an account",

  "Proxy.Unproxyable": UNUSED,
  "Proxy.AnnouncementDepositInvariantViolated":
    "the deposit is of the number of announcements, which is never negative",
  "Proxy.InvalidDerivedAccountId": "a hash always makes an account",

  "Multisig.NoApprovalsNeeded": UNUSED,
  "Multisig.AlreadyStored": UNUSED,

  "Scheduler.RescheduleNoChange": "rescheduling is no call, it is for other pallets",
  "Scheduler.Named": "rescheduling is no call, it is for other pallets",

  "Preimage.Requested": UNUSED,

  "Crowdloan.Overflow": "sums of contributions stay below the cap, a u64",
  "Crowdloan.ContributionPeriodNotEnded": UNUSED,
  "Crowdloan.Underflow": "nobody gets back more than was raised",
  "Crowdloan.CallUnavailable": "the call's preimage is requested by the crowdloan and stays until it is dissolved",

  "System.NonDefaultComposite": UNUSED,
  "System.NonZeroRefCount": UNUSED,
  "System.MultiBlockMigrationsOngoing": "this runtime has no migrations of many blocks",

  "SafeMode.AlreadyDeposited": "deposits are not configured",
  "SafeMode.CannotReleaseYet": "deposits are not configured",
  "SafeMode.CurrencyError": "deposits are not configured",

  "EVM.BalanceLow": NO_MACHINE,
  "EVM.FeeOverflow": NO_MACHINE,
  "EVM.PaymentOverflow": NO_MACHINE,
  "EVM.WithdrawFailed": NO_MACHINE,
  "EVM.GasPriceTooLow": NO_MACHINE,
  "EVM.InvalidNonce": NO_MACHINE,
  "EVM.GasLimitTooLow": NO_MACHINE,
  "EVM.GasLimitTooHigh": NO_MACHINE,
  "EVM.InvalidChainId": NO_MACHINE,
  "EVM.InvalidSignature": NO_MACHINE,
  "EVM.Reentrancy": NO_MACHINE,
  "EVM.TransactionMustComeFromEOA": NO_MACHINE,
  "EVM.Undefined": NO_MACHINE,
  "EVM.CreateOriginNotAllowed": NO_MACHINE,
  "Ethereum.InvalidSignature": NO_MACHINE,
  "Ethereum.PreLogExists": NO_MACHINE,

  "Contracts.InvalidSchedule": NO_CONTRACTS,
  "Contracts.InvalidCallFlags": NO_CONTRACTS,
  "Contracts.OutOfGas": NO_CONTRACTS,
  "Contracts.OutputBufferTooSmall": NO_CONTRACTS,
  "Contracts.TransferFailed": NO_CONTRACTS,
  "Contracts.MaxCallDepthReached": NO_CONTRACTS,
  "Contracts.CodeInfoNotFound": NO_CONTRACTS,
  "Contracts.OutOfBounds": NO_CONTRACTS,
  "Contracts.DecodingFailed": NO_CONTRACTS,
  "Contracts.ContractTrapped": NO_CONTRACTS,
  "Contracts.ValueTooLarge": NO_CONTRACTS,
  "Contracts.TerminatedWhileReentrant": NO_CONTRACTS,
  "Contracts.InputForwarded": NO_CONTRACTS,
  "Contracts.RandomSubjectTooLong": NO_CONTRACTS,
  "Contracts.TooManyTopics": NO_CONTRACTS,
  "Contracts.NoChainExtension": NO_CONTRACTS,
  "Contracts.XCMDecodeFailed": NO_CONTRACTS,
  "Contracts.DuplicateContract": NO_CONTRACTS,
  "Contracts.TerminatedInConstructor": NO_CONTRACTS,
  "Contracts.ReentranceDenied": NO_CONTRACTS,
  "Contracts.StateChangeDenied": NO_CONTRACTS,
  "Contracts.StorageDepositLimitExhausted": NO_CONTRACTS,
  "Contracts.CodeInUse": NO_CONTRACTS,
  "Contracts.ContractReverted": NO_CONTRACTS,
  "Contracts.Indeterministic": NO_CONTRACTS,
  "Contracts.MigrationInProgress": NO_CONTRACTS,
  "Contracts.MaxDelegateDependenciesReached": NO_CONTRACTS,
  "Contracts.DelegateDependencyNotFound": NO_CONTRACTS,
  "Contracts.DelegateDependencyAlreadyExists": NO_CONTRACTS,
  "Contracts.CannotAddSelfAsDelegateDependency": NO_CONTRACTS,
  "Contracts.OutOfTransientStorage": NO_CONTRACTS,

  "MevShield.BadEncKeyLen": "only an author's inherent brings a key: met in a state call, not in a block",
  "MevShield.Unreachable": "there is always an author",
};
