import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";

const S = subtensorModule.storage;

/** A child and the proportion (u64 fraction) of the parent's stake it gets. */
export type Child = [bigint, string];

/** Makes these the children of a hotkey on a subnet: the parents' lists of old and new children follow. Says SetChildren. */
export function applyChildren(ctx: Ctx, parent: string, netuid: number, children: readonly Child[]): void {
  const { state } = ctx;
  const putList = (item: typeof S.ChildKeys | typeof S.ParentKeys, hotkey: string, list: readonly Child[]): void => {
    if (list.length === 0) state.kill(item, hotkey, netuid);
    else state.put(item, [hotkey, netuid], [...list]);
  };
  const old = state.get(S.ChildKeys, parent, netuid);
  putList(S.ChildKeys, parent, [...children].sort(byHotkey));
  for (const [proportion, child] of children) {
    const parents = state.get(S.ParentKeys, child, netuid);
    const known = parents.some(([, hotkey]) => hotkey === parent);
    const link: Child = [proportion, parent];
    putList(S.ParentKeys, child, known ? parents.map((one) => (one[1] === parent ? link : one)) : [...parents, link]);
  }
  for (const [, child] of old)
    if (!children.some(([, hotkey]) => hotkey === child))
      putList(
        S.ParentKeys,
        child,
        state.get(S.ParentKeys, child, netuid).filter(([, hotkey]) => hotkey !== parent),
      );
  putList(S.ParentKeys, parent, state.get(S.ParentKeys, parent, netuid).sort(byHotkey));
  ctx.emit(subtensorModule, "SetChildren", [parent, netuid, [...children]]);
}

const byHotkey = ([, a]: Child, [, b]: Child): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Applies the scheduled children of a subnet whose cooldown is over, or all of them while the subnet has not started; called when its epoch ran
 * (spec/economics.md 5.4). Children among whom a parent of the hotkey is by now are dropped without a word.
 */
export function applyPendingChildren(ctx: Ctx, netuid: number): void {
  const { state, block } = ctx;
  const started = state.get(S.SubtokenEnabled, netuid);
  for (const { keys, value } of state.iterate(S.PendingChildKeys, netuid)) {
    const [children, cooldownBlock] = value;
    if (started && cooldownBlock >= BigInt(block.number)) continue;
    state.kill(S.PendingChildKeys, ...keys);
    const parents = state.get(S.ParentKeys, keys[1], netuid);
    if (parents.some(([, parent]) => children.some(([, child]) => child === parent))) continue;
    applyChildren(ctx, keys[1], netuid, children);
  }
}
