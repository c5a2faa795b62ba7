import type { DevEvent } from "@subnetkit/chain/client/dev/authority";
import { valueText } from "./lines.ts";

/** `  Balances.Transfer {"from":"5Grw..","amount":"1"}`. */
export function eventLine({ pallet, name, fields }: DevEvent): string {
  const data = fields === null || (Array.isArray(fields) && fields.length === 0) ? "" : ` ${valueText(fields)}`;
  return `  ${pallet}.${name}${data}`;
}

/** True for an event that tells that a call inside the call failed: Sudid, ItemFailed, ProxyExecuted and the like. */
export function tellsFailure({ name, fields }: DevEvent): boolean {
  if (name === "ItemFailed" || name === "BatchInterrupted") return true;
  if (typeof fields !== "object" || fields === null) return false;
  return Object.values(fields).some((value) => typeof value === "object" && value !== null && "Err" in value);
}
