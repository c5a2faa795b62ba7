/**
 * EVM: TAO sent to the account of an Ethereum address can be taken out again, and root keeps the list of who may deploy. No code runs here: calls come
 * as far as their checks, then they are System.CallFiltered.
 */
import { bytesEqual } from "@subnetkit/shared/util/bytes";
import { evm } from "../../../spec/pallets/evm.ts";
import { system } from "../../../spec/pallets/system.ts";
import type { State } from "../../storage/state.ts";
import { transfer } from "../balances/currency.ts";
import { type Ctx, defineRuntimePallet, ensureRoot, moduleError, type Origin } from "../pallet.ts";
import { accountOf, ensureOwner } from "./address.ts";

const S = evm.storage;

/** True when an address may deploy contracts: by the list, or because root has switched the list off. */
export function mayDeploy(state: State, address: Uint8Array): boolean {
  return state.get(S.DisableWhitelistCheck) || state.get(S.WhitelistedCreators).some((one) => bytesEqual(one, address));
}

const create = {
  pays: true,
  dispatch({ state }: Ctx, origin: Origin, { source }: { readonly source: Uint8Array }): never {
    ensureOwner(origin, source);
    if (!mayDeploy(state, source)) throw moduleError(evm, "NotAllowed");
    throw moduleError(system, "CallFiltered");
  },
} as const;

export const evmPallet = defineRuntimePallet<typeof evm>({
  spec: evm,
  calls: {
    withdraw: {
      pays: true,
      dispatch(ctx, origin, { address, value }) {
        const to = ensureOwner(origin, address);
        transfer(ctx, accountOf(address), to, value, false);
      },
    },
    call: {
      pays: true,
      dispatch(_ctx, origin, { source }) {
        ensureOwner(origin, source);
        throw moduleError(system, "CallFiltered");
      },
    },
    create,
    create2: create,
    set_whitelist: {
      pays: true,
      dispatch(ctx, origin, args) {
        ensureRoot(origin);
        ctx.state.put(S.WhitelistedCreators, [], args.new);
      },
    },
    disable_whitelist: {
      pays: true,
      dispatch(ctx, origin, { disabled }) {
        ensureRoot(origin);
        ctx.state.put(S.DisableWhitelistCheck, [], disabled);
      },
    },
  },
});
