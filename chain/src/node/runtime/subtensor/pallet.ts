import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { apiMethod, atHead, defineRuntimePallet } from "../pallet.ts";
import { u64 } from "../../../spec/scale/numbers.ts";
import { neuronInfoApi } from "./apis/neurons.ts";
import { delegateInfoApi, stakeInfoApi } from "./apis/stakes.ts";
import { subnetInfoApi } from "./apis/subnets.ts";
import { accountCalls } from "./calls/accounts.ts";
import { alphaBurnCalls } from "./calls/alpha-burn.ts";
import { buybackCalls } from "./calls/buyback.ts";
import { coldkeySwapCalls } from "./calls/coldkey-swap.ts";
import { delegationCalls } from "./calls/delegation.ts";
import { evmCalls } from "./calls/evm.ts";
import { hashCommitCalls } from "./calls/hash-commits.ts";
import { hotkeySwapCalls } from "./calls/hotkey-swap.ts";
import { leaseCalls } from "./calls/leases.ts";
import { lockCalls } from "./calls/locks.ts";
import { movingCalls } from "./calls/moving.ts";
import { networkCalls } from "./calls/network.ts";
import { registrationCalls } from "./calls/registration.ts";
import { servingCalls } from "./calls/serving.ts";
import { stakingCalls } from "./calls/staking.ts";
import { tempoCalls } from "./calls/tempo.ts";
import { timelockedCommitCalls } from "./calls/timelocked-commits.ts";
import { votingPowerCalls } from "./calls/voting-power.ts";
import { weightsCalls } from "./calls/weights.ts";
import { blockStep } from "./coinbase/block-step.ts";
import { payFeeInAlpha } from "./fee-in-alpha.ts";
import { genesis } from "./genesis.ts";
import { guard } from "./guards/guard.ts";
import { lockCost } from "./state/lock-cost.ts";

/** SubtensorModule: every call of its table is here. */
export const subtensorPallet = defineRuntimePallet<typeof subtensorModule>({
  spec: subtensorModule,
  genesis,
  guard,
  payFee: payFeeInAlpha,
  onInitialize: blockStep,
  runtimeApis: {
    NeuronInfoRuntimeApi: neuronInfoApi,
    SubnetInfoRuntimeApi: subnetInfoApi,
    StakeInfoRuntimeApi: stakeInfoApi,
    DelegateInfoRuntimeApi: delegateInfoApi,
    SubnetRegistrationRuntimeApi: {
      version: 1,
      methods: {
        get_network_registration_cost: apiMethod({ args: {}, result: u64, run: (ctx) => lockCost(atHead(ctx)) }),
      },
    },
  },
  calls: {
    ...registrationCalls,
    ...networkCalls,
    ...servingCalls,
    ...weightsCalls,
    ...hashCommitCalls,
    ...timelockedCommitCalls,
    ...stakingCalls,
    ...movingCalls,
    ...alphaBurnCalls,
    ...delegationCalls,
    ...accountCalls,
    ...tempoCalls,
    ...buybackCalls,
    ...hotkeySwapCalls,
    ...coldkeySwapCalls,
    ...evmCalls,
    ...lockCalls,
    ...votingPowerCalls,
    ...leaseCalls,
  },
});
