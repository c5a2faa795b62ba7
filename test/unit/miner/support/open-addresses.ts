import { type AddressGuard, createAddressGuard } from "@subnetkit/miner/admission/address-guard";

/** A guard that stops nobody within a test. */
export function openAddresses(): AddressGuard {
  const plenty = { perSecond: 1_000_000, burst: 1_000_000 };
  return createAddressGuard({ requests: plenty, failures: plenty });
}
