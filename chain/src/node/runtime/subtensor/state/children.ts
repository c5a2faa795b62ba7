import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";

const S = subtensorModule.storage;

/** A child and the proportion (u64 fraction) of the parent's stake it gets. */
export type Child = [bigint, string];

/** Makes these the children of a hotkey on a subnet: the parents' lists of old and new children follow. Says SetChildren. */
export function applyChildren(ctx: Ctx, parent: string, netuid: number, children: readonly Child[]): void {
  const { state } = ctx;
  const without = (child: string): Child[] =>
    state.get(S.ParentKeys, child, netuid).filter(([, hotkey]) => hotkey !== parent);
  const putParents = (child: string, parents: Child[]): void => {
    if (parents.length === 0) state.kill(S.ParentKeys, child, netuid);
    else state.put(S.ParentKeys, [child, netuid], parents);
  };
  for (const [, old] of state.get(S.ChildKeys, parent, netuid)) putParents(old, without(old));
  for (const [proportion, child] of children) putParents(child, [...without(child), [proportion, parent]]);
  if (children.length === 0) state.kill(S.ChildKeys, parent, netuid);
  else state.put(S.ChildKeys, [parent, netuid], [...children]);
  ctx.emit(subtensorModule, "SetChildren", [parent, netuid, [...children]]);
}

/** Applies the scheduled children of a subnet whose cooldown is over; called when its epoch ran (spec/economics.md 5.4). */
export function applyPendingChildren(ctx: Ctx, netuid: number): void {
  for (const { keys, value } of ctx.state.iterate(S.PendingChildKeys, netuid)) {
    const [children, cooldownBlock] = value;
    if (cooldownBlock >= BigInt(ctx.block.number)) continue;
    ctx.state.kill(S.PendingChildKeys, ...keys);
    applyChildren(ctx, keys[1], netuid, children);
  }
}
