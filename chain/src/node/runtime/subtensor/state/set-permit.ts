import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { mechanismIndices } from "./subnets.ts";

const S = subtensorModule.storage;

/**
 * Gives a neuron a validator permit or takes it, for development verbs. Who loses it loses its bonds in every mechanism, as in an epoch
 * (spec/economics.md 2.8). The next epoch deals permits out anew.
 */
export function setPermit(ctx: Pick<Ctx, "state">, netuid: number, uid: number, granted: boolean): void {
  ctx.state.mutate(S.ValidatorPermit, [netuid], (permits) => {
    const all = Array.from({ length: Math.max(permits.length, uid + 1) }, (_, at) => permits[at] === true);
    all[uid] = granted;
    return all;
  });
  if (granted) return;
  for (const index of mechanismIndices(ctx.state, netuid)) ctx.state.kill(S.Bonds, index, uid);
}
