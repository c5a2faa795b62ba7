import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";

/** What a miner tells a stranger: public facts only. */
export type MinerDescription = {
  readonly subnet: SubnetDefinition;
  readonly netuid: number;
  /** SS58 of the miner. */
  readonly hotkey: string;
  readonly maxRequestBytes: number;
  readonly dialects: readonly DialectName[];
  /** Mutual TLS bound to hotkeys instead of plain HTTP, default plain HTTP. */
  readonly tls?: boolean;
};
