import type { AnyItem, CallArgs } from "../../../spec/define.ts";
import type { adminUtils } from "../../../spec/pallets/admin-utils.ts";
import type { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import type { Hyperparameter } from "../../../spec/pallets/subtensor-module-types.ts";
import type { Ctx } from "../pallet.ts";
import type { LimitedTransaction } from "../subtensor/state/rate-limits.ts";

/** Name of an AdminUtils call. */
export type AdminCall = keyof typeof adminUtils.calls & string;
/** Arguments of an AdminUtils call. */
export type AdminArgs<N extends AdminCall> = CallArgs<typeof adminUtils, N>;

/** Who may change a setting: anyone (calls that always fail), root alone, or root and the subnet's owner, the owner at most every so often. */
export type Access =
  | "any"
  | "root"
  | "owner"
  | { readonly owner: Hyperparameter }
  | { readonly limited: LimitedTransaction };

/** Events of SubtensorModule and of AdminUtils a setter may emit. */
type SubtensorEvent = keyof typeof subtensorModule.events & string;
type AdminEvent = keyof typeof adminUtils.events & string;

/**
 * One setting: who, when, which checks, where it goes and what is said. `store` writes one argument to an item keyed by the netuid where the
 * call has one; `event` repeats netuid and value as positions, `adminEvent` by name. `apply` does what does not fit (spec/subtensor-interface.md 2.4).
 */
export interface Setting<N extends AdminCall> {
  readonly access: Access;
  /** Refused during the admin freeze window, for root too. */
  readonly window?: true;
  /** The subnet must exist (SubnetDoesNotExist). */
  readonly exists?: true;
  /** Not for the root network (NotPermittedOnRootSubnet). */
  readonly notRoot?: true;
  /** Throws where a value is not allowed. `owner` is undefined for root. */
  readonly check?: (ctx: Ctx, args: AdminArgs<N>, owner: string | undefined) => void;
  readonly store?: readonly [item: AnyItem, arg: keyof AdminArgs<N> & string];
  readonly event?: SubtensorEvent;
  readonly adminEvent?: AdminEvent;
  readonly apply?: (ctx: Ctx, args: AdminArgs<N>) => void;
}
