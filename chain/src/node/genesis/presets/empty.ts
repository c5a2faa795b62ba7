import type { GenesisDocument } from "../schema.ts";

/** Root and the development accounts, nothing else: the first network that is registered becomes netuid 1. */
export function empty(): GenesisDocument {
  return { localnetSubnet: false };
}
