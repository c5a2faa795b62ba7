import { utf8 } from "@subnetkit/shared/util/bytes";
import { system } from "../../../spec/pallets/system.ts";
import type { DigestItem } from "../../../spec/types.ts";
import type { Ctx } from "../pallet.ts";

/** Adds a message for a consensus engine (its four letters) to the digest of the block being built. */
export function addConsensusLog({ state }: Pick<Ctx, "state">, engine: string, message: Uint8Array): void {
  state.mutate(system.storage.Digest, [], ({ logs }) => ({
    logs: [...logs, { type: "Consensus", value: [utf8(engine), message] } as DigestItem],
  }));
}
