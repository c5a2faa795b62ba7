import { aura, auraId } from "../../../spec/pallets/aura.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { variant } from "../../../spec/scale/variants.ts";
import type { Ctx } from "../pallet.ts";
import { addConsensusLog } from "../system/digest.ts";

/** What Aura tells the nodes in a header: only the change of the authorities is ever told here. */
const consensusLog = variant("", { AuthoritiesChange: { index: 1, type: vec(auraId) } });

/**
 * Makes these the authorities and says so in the block's digest. An empty list changes nothing, as on the real chain. This node goes on to build the
 * blocks whoever is listed: there is no other.
 */
export function changeAuthorities(ctx: Pick<Ctx, "state">, authorities: readonly Uint8Array[]): void {
  if (authorities.length === 0) return;
  ctx.state.put(aura.storage.Authorities, [], [...authorities]);
  addConsensusLog(ctx, "aura", consensusLog.enc({ type: "AuthoritiesChange", value: [...authorities] }));
}
