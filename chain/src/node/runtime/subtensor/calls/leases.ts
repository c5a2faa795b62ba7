import type { CallArgs } from "../../../../spec/define.ts";
import type { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, ensureSigned } from "../../pallet.ts";
import { registerLease } from "../leases/register-lease.ts";
import { terminateLease } from "../leases/terminate-lease.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;

/** Subnets that a crowdloan pays for. The first is for a crowdloan to call (spec/subtensor-interface.md 2.3). */
export const leaseCalls = {
  register_leased_network: {
    pays: true,
    weight: 8_000_000_000n,
    dispatch(ctx, origin, { emissions_share, end_block }) {
      registerLease(ctx, ensureSigned(origin), { emissionsShare: emissions_share, endBlock: end_block });
    },
  } satisfies CallImpl<Args<"register_leased_network">>,
  terminate_lease: {
    pays: true,
    dispatch(ctx, origin, { lease_id, hotkey }) {
      terminateLease(ctx, ensureSigned(origin), lease_id, hotkey);
    },
  } satisfies CallImpl<Args<"terminate_lease">>,
};
