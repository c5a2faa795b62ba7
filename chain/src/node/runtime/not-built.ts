/**
 * Calls of the metadata whose effects are not built, as `Pallet.call`. They answer with an error of the chain's own, System.CallFiltered where nothing
 * else fits, never with a success that did nothing. chain/README.md lists the same.
 */
export const notBuilt: readonly string[] = [
  "LimitOrders.execute_batched_orders",
  "LimitOrders.execute_orders",
  "LimitOrders.set_pallet_status",
  "MevShield.announce_next_key",
  "MevShield.store_encrypted",
  "System.apply_authorized_upgrade",
  "System.authorize_upgrade",
  "System.authorize_upgrade_without_checks",
  "System.set_code",
  "System.set_code_without_checks",
];
