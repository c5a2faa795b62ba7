/** The chain's pallets, in index order: the order of hooks, genesis and metadata. */
import { adminUtilsPallet } from "./admin-utils/pallet.ts";
import { auraPallet } from "./aura/pallet.ts";
import { baseFeePallet } from "./base-fee/pallet.ts";
import { balancesPallet } from "./balances/pallet.ts";
import { commitmentsPallet } from "./commitments/pallet.ts";
import { contractsPallet } from "./contracts/pallet.ts";
import { crowdloanPallet } from "./crowdloan/pallet.ts";
import { drandPallet } from "./drand/pallet.ts";
import { ethereumPallet } from "./ethereum/pallet.ts";
import { evmPallet } from "./evm/pallet.ts";
import { evmChainIdPallet } from "./evm-chain-id/pallet.ts";
import { grandpaPallet } from "./grandpa/pallet.ts";
import { limitOrdersPallet } from "./limit-orders/pallet.ts";
import { mevShieldPallet } from "./mev-shield/pallet.ts";
import { multisigPallet } from "./multisig/pallet.ts";
import type { AnyRuntimePallet } from "./pallet.ts";
import { preimagePallet } from "./preimage/pallet.ts";
import { proxyPallet } from "./proxy/pallet.ts";
import { safeModePallet } from "./safe-mode/pallet.ts";
import { schedulerPallet } from "./scheduler/pallet.ts";
import { subtensorPallet } from "./subtensor/pallet.ts";
import { sudoPallet } from "./sudo/pallet.ts";
import { swapPallet } from "./swap/pallet.ts";
import { systemPallet } from "./system/pallet.ts";
import { timestampPallet } from "./timestamp/pallet.ts";
import { transactionPaymentPallet } from "./transaction-payment/pallet.ts";
import { utilityPallet } from "./utility/pallet.ts";

/** Every pallet with behaviour. A table in `spec/pallets.ts` without an entry here has metadata and storage but no calls. */
export const runtimePallets: readonly AnyRuntimePallet[] = [
  systemPallet,
  timestampPallet,
  auraPallet,
  grandpaPallet,
  balancesPallet,
  transactionPaymentPallet,
  subtensorPallet,
  utilityPallet,
  sudoPallet,
  multisigPallet,
  preimagePallet,
  schedulerPallet,
  proxyPallet,
  commitmentsPallet,
  adminUtilsPallet,
  safeModePallet,
  ethereumPallet,
  evmPallet,
  evmChainIdPallet,
  baseFeePallet,
  drandPallet,
  crowdloanPallet,
  swapPallet,
  contractsPallet,
  mevShieldPallet,
  limitOrdersPallet,
];
