/**
 * Calls of the metadata whose effects are not built, as `Pallet.call`. They answer with an error of the chain's own, System.CallFiltered where nothing
 * else fits, never with a success that did nothing. chain/README.md lists the same.
 */
export const notBuilt: readonly string[] = [
  "Contracts.instantiate_with_code",
  "Contracts.instantiate_with_code_old_weight",
  "Contracts.upload_code",
  "EVM.call",
  "EVM.create",
  "EVM.create2",
  "Ethereum.transact",
  "Grandpa.report_equivocation",
  "Grandpa.report_equivocation_unsigned",
  "LimitOrders.execute_batched_orders",
  "LimitOrders.execute_orders",
  "LimitOrders.set_pallet_status",
];
