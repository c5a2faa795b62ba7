import { type AddressGuard, createAddressGuard } from "@subnetkit/miner/admission/address-guard";
import { type BodyBudget, createBodyBudget } from "@subnetkit/miner/admission/body-budget";

/** A guard that stops nobody within a test. */
export function openAddresses(): AddressGuard {
  const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
  return createAddressGuard({ requests: plenty, failures: plenty });
}

/** A budget that no test spends. */
export function openBodies(): BodyBudget {
  return createBodyBudget({ maxBytes: 2 ** 30, maxBodyBytes: 2 ** 20 });
}
