/** All pallet tables of the chain, in index order. Gaps in the indices are pallets this chain does not have. */
import { linkPallets } from "./call-type.ts";
import type { PalletSpec } from "./define.ts";
import { adminUtils } from "./pallets/admin-utils.ts";
import { alphaAssets } from "./pallets/alpha-assets.ts";
import { aura } from "./pallets/aura.ts";
import { balances } from "./pallets/balances.ts";
import { baseFee } from "./pallets/base-fee.ts";
import { commitments } from "./pallets/commitments.ts";
import { contracts } from "./pallets/contracts.ts";
import { crowdloan } from "./pallets/crowdloan.ts";
import { drand } from "./pallets/drand.ts";
import { ethereum } from "./pallets/ethereum.ts";
import { evmChainId } from "./pallets/evm-chain-id.ts";
import { evm } from "./pallets/evm.ts";
import { grandpa } from "./pallets/grandpa.ts";
import { limitOrders } from "./pallets/limit-orders.ts";
import { mevShield } from "./pallets/mev-shield.ts";
import { multisig } from "./pallets/multisig.ts";
import { preimage } from "./pallets/preimage.ts";
import { proxy } from "./pallets/proxy.ts";
import { randomnessCollectiveFlip } from "./pallets/randomness-collective-flip.ts";
import { safeMode } from "./pallets/safe-mode.ts";
import { scheduler } from "./pallets/scheduler.ts";
import { subtensorModule } from "./pallets/subtensor-module.ts";
import { sudo } from "./pallets/sudo.ts";
import { swap } from "./pallets/swap.ts";
import { system } from "./pallets/system.ts";
import { timestamp } from "./pallets/timestamp.ts";
import { transactionPayment } from "./pallets/transaction-payment.ts";
import { utility } from "./pallets/utility.ts";

/** The list the call and event types, the metadata and the runtime are made from. */
export const palletSpecs: readonly PalletSpec[] = [
  system,
  randomnessCollectiveFlip,
  timestamp,
  aura,
  grandpa,
  balances,
  transactionPayment,
  subtensorModule,
  utility,
  sudo,
  multisig,
  preimage,
  scheduler,
  proxy,
  commitments,
  adminUtils,
  safeMode,
  ethereum,
  evm,
  evmChainId,
  baseFee,
  drand,
  crowdloan,
  swap,
  contracts,
  mevShield,
  alphaAssets,
  limitOrders,
];

linkPallets(palletSpecs);
