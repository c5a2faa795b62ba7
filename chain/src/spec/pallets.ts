/** All pallet tables of the chain, in index order. Gaps in the indices are pallets this chain does not have. */
import { linkPallets } from "./call-type.ts";
import type { PalletSpec } from "./define.ts";
import { adminUtils } from "./pallets/admin-utils.ts";
import { aura } from "./pallets/aura.ts";
import { balances } from "./pallets/balances.ts";
import { commitments } from "./pallets/commitments.ts";
import { drand } from "./pallets/drand.ts";
import { grandpa } from "./pallets/grandpa.ts";
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
  timestamp,
  aura,
  grandpa,
  balances,
  transactionPayment,
  subtensorModule,
  utility,
  sudo,
  commitments,
  adminUtils,
  drand,
  swap,
];

linkPallets(palletSpecs);
