import { describe, expect, it } from "vitest";
import { fundsAccount } from "../../../../../../../chain/src/node/runtime/crowdloan/pallet.ts";
import { leaseAccount } from "../../../../../../../chain/src/node/runtime/subtensor/leases/register-lease.ts";
import { blockStep } from "../../../../../../../chain/src/node/runtime/subtensor/coinbase/block-step.ts";
import { stakeOf } from "../../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { crowdloan } from "../../../../../../../chain/src/spec/pallets/crowdloan.ts";
import { proxy } from "../../../../../../../chain/src/spec/pallets/proxy.ts";
import { subtensorModule } from "../../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../../../../../chain/src/spec/pallets/system.ts";
import type { RuntimeCall } from "../../../../../../../chain/src/spec/call.ts";
import { account, admin, fund, type Step, subtensor, TAO, World } from "../world.ts";

const S = subtensorModule.storage;
const NETUID = 2;
const CAP = 1_500n * TAO;
const [BENEFICIARY, ONE, TWO] = ["//Beneficiary", "//One//giver", "//Two//giver"] as const;
const COLDKEY = leaseAccount(0, "coldkey");
const HOTKEY = leaseAccount(0, "hotkey");

const loan = (who: string, name: string, args: Record<string, unknown>): Step => ({
  who,
  call: { pallet: "Crowdloan", name, args },
});
const leaseCall = (emissions_share: number, end_block: number | undefined): RuntimeCall => ({
  pallet: "SubtensorModule",
  name: "register_leased_network",
  args: { emissions_share, end_block },
});
const free = (world: World, who: string): bigint => world.state.get(system.storage.Account, account(who)).data.free;

/** A crowdloan of 1500 TAO in shares of 1/2, 1/3 and 1/6, ready to be finalised with a lease. */
function raised(share = 40, endBlock: number | undefined = undefined): World {
  const world = new World();
  world.must(fund(BENEFICIARY, 2_000n * TAO), fund(ONE, 2_000n * TAO), fund(TWO, 2_000n * TAO));
  world.must(
    loan(BENEFICIARY, "create", {
      deposit: 750n * TAO,
      min_contribution: TAO,
      cap: CAP,
      end: world.number + 200,
      call: leaseCall(share, endBlock),
      target_address: undefined,
    }),
  );
  world.must(
    loan(ONE, "contribute", { crowdloan_id: 0, amount: 500n * TAO }),
    loan(TWO, "contribute", { crowdloan_id: 0, amount: 250n * TAO }),
  );
  return world;
}

const finalize = loan(BENEFICIARY, "finalize", { crowdloan_id: 0 });

describe("registering a leased network", () => {
  it("spends the crowdloan on a subnet, gives back what is left over and lets the creator operate it", () => {
    const world = raised();
    const before = [BENEFICIARY, ONE, TWO].map((who) => free(world, who));
    expect(world.block(finalize)).toEqual(["ok"]);
    expect(world.events("SubnetLeaseCreated").map(({ fields }) => fields)).toEqual([
      { beneficiary: account(BENEFICIARY), lease_id: 0, netuid: NETUID, end_block: undefined },
    ]);
    expect(world.state.get(S.SubnetOwner, NETUID)).toBe(COLDKEY);
    expect(world.state.get(S.SubnetOwnerHotkey, NETUID)).toBe(HOTKEY);
    const lease = world.state.get(S.SubnetLeases, 0);
    expect(lease).toMatchObject({
      beneficiary: account(BENEFICIARY),
      coldkey: COLDKEY,
      hotkey: HOTKEY,
      emissions_share: 40,
      netuid: NETUID,
    });
    // The lock of 1000 TAO and the deposit of the proxy.
    expect(lease?.cost).toBe(1_000n * TAO + 93_000_000n);
    const left = CAP - (lease?.cost ?? 0n);
    const [, one, two] = [BENEFICIARY, ONE, TWO].map((who, i) => free(world, who) - (before[i] ?? 0n));
    // U64F64 shares are a little below a third and a sixth, and what they give is floored.
    expect(one).toBe(left / 3n - (left % 3n === 0n ? 1n : 0n));
    expect(two).toBe(left / 6n - (left % 6n === 0n ? 1n : 0n));
    expect(world.state.get(system.storage.Account, fundsAccount(0)).data.free).toBe(0n);
    expect(world.state.get(S.Delegates, HOTKEY)).toBe(0);
    expect(world.state.has(S.Delegates, HOTKEY)).toBe(true);
    expect(world.state.get(S.SubnetUidToLeaseId, NETUID)).toBe(0);
    expect(world.state.get(S.NextSubnetLeaseId)).toBe(1);
    expect(world.state.has(S.SubnetLeaseShares, 0, account(BENEFICIARY))).toBe(false);
    expect(world.state.get(proxy.storage.Proxies, COLDKEY)[0]).toHaveLength(1);
    const start = { pallet: "SubtensorModule", name: "start_call", args: { netuid: NETUID } };
    const asLease = { real: { type: "Id", value: COLDKEY }, force_proxy_type: undefined, call: start };
    world.must({ who: BENEFICIARY, call: { pallet: "Proxy", name: "proxy", args: asLease } });
    expect(world.state.get(S.SubtokenEnabled, NETUID)).toBe(true);
  });

  it("says why it does not", () => {
    expect(raised(40, 1).block(finalize)).toEqual(["LeaseCannotEndInThePast"]);
    const world = raised();
    expect(world.block({ who: BENEFICIARY, call: leaseCall(40, undefined) })).toEqual(["InvalidCrowdloanId"]);
  });

  it("is for the crowdloan's creator alone", () => {
    const world = raised();
    world.edit((state) => {
      state.put(crowdloan.storage.CurrentCrowdloanId, [], 0);
    });
    expect(world.block({ who: ONE, call: leaseCall(40, undefined) })).toEqual(["ExpectedBeneficiaryOrigin"]);
  });
});

describe("a leased network", () => {
  /** Started, with emission, an epoch every ten blocks, and stake that keeps its price up. */
  function running(share = 40, endBlock: number | undefined = undefined): World {
    const world = raised(share, endBlock);
    world.must(finalize);
    const start = { pallet: "SubtensorModule", name: "start_call", args: { netuid: NETUID } };
    const asLease = { real: { type: "Id", value: COLDKEY }, force_proxy_type: undefined, call: start };
    world.must({ who: BENEFICIARY, call: { pallet: "Proxy", name: "proxy", args: asLease } });
    world.must(
      admin("sudo_set_admin_freeze_window", { window: 0 }),
      admin("sudo_set_tempo", { netuid: NETUID, tempo: 10 }),
      admin("sudo_set_subnet_emission_enabled", { netuid: NETUID, enabled: true }),
    );
    return world;
  }

  it("gathers the contributors' part of the owner's cut, and pays it at an epoch on a hundredth block", () => {
    const world = running();
    world.edit((state) =>
      state.put(S.LastEpochBlock, [NETUID], 90n - 10n * BigInt(Math.ceil((90 - world.number) / 10))),
    );
    world.runTo(99);
    const gathered = world.state.get(S.AccumulatedLeaseDividends, 0);
    expect(gathered).toBeGreaterThan(0n);
    world.runTo(100);
    const paid = world.events("SubnetLeaseDividendsDistributed").map(({ fields }) => fields) as {
      contributor: string;
      alpha: bigint;
    }[];
    expect(new Set(paid.map(({ contributor }) => contributor))).toEqual(new Set([BENEFICIARY, ONE, TWO].map(account)));
    const of = (who: string): bigint => paid.find(({ contributor }) => contributor === account(who))?.alpha ?? 0n;
    const total = paid.reduce((sum, { alpha }) => sum + alpha, 0n);
    expect(total).toBeGreaterThan(gathered);
    expect(of(ONE) * 3n - total).toBeLessThan(3n);
    expect(of(TWO) * 6n - total).toBeLessThan(6n);
    expect(of(BENEFICIARY) * 2n - total).toBeLessThan(2n);
    // The validator's dividends of the same epoch come on top.
    expect(stakeOf(world.state, HOTKEY, account(ONE), NETUID)).toBeGreaterThanOrEqual(of(ONE));
    expect(world.state.get(S.AccumulatedLeaseDividends, 0)).toBe(0n);
  });

  it("keeps gathering where paying fails, and leaves no half of it", () => {
    const world = running();
    // Locked alpha does not go to contributors who did not ask for it.
    world.edit((state) => {
      state.put(S.Lock, [COLDKEY, NETUID, HOTKEY], {
        locked_mass: 1n << 60n,
        conviction: { bits: 0n },
        last_update: BigInt(world.number),
      });
      state.put(S.LockingColdkeys, [NETUID, HOTKEY, COLDKEY], undefined);
      state.put(S.LastEpochBlock, [NETUID], 90n - 10n * BigInt(Math.ceil((90 - world.number) / 10)));
    });
    world.runTo(100);
    expect(world.events("SubnetLeaseDividendsDistributed")).toEqual([]);
    expect(world.state.get(S.AccumulatedLeaseDividends, 0)).toBeGreaterThan(0n);
    expect(stakeOf(world.state, HOTKEY, account(ONE), NETUID)).toBe(0n);
  });

  it("pays nothing any more once it has ended, and goes to its beneficiary", () => {
    const world = running(40, 60);
    const terminate = (who: string, lease_id: number, hotkey: string): Step =>
      subtensor(who, "terminate_lease", { lease_id, hotkey: account(hotkey) });
    world.must(subtensor(BENEFICIARY, "try_associate_hotkey", { hotkey: account("//Beneficiary//hot") }));
    const hot = "//Beneficiary//hot";
    expect(world.block(terminate(BENEFICIARY, 7, hot))).toEqual(["LeaseDoesNotExist"]);
    expect(world.block(terminate(ONE, 0, hot))).toEqual(["ExpectedBeneficiaryOrigin"]);
    expect(world.block(terminate(BENEFICIARY, 0, hot))).toEqual(["LeaseHasNotEnded"]);
    world.runTo(61);
    const ended = world.executionAt(100);
    blockStep(ended);
    expect(ended.state.get(S.AccumulatedLeaseDividends, 0)).toBe(world.state.get(S.AccumulatedLeaseDividends, 0));
    expect(world.block(terminate(BENEFICIARY, 0, "//One//hot"))).toEqual(["BeneficiaryDoesNotOwnHotkey"]);
    expect(world.block(terminate(BENEFICIARY, 0, hot))).toEqual(["ok"]);
    expect(world.events("SubnetLeaseTerminated").map(({ fields }) => fields)).toEqual([
      { beneficiary: account(BENEFICIARY), netuid: NETUID },
    ]);
    expect(world.state.get(S.SubnetOwner, NETUID)).toBe(account(BENEFICIARY));
    expect(world.state.get(S.SubnetOwnerHotkey, NETUID)).toBe(account(hot));
    expect(world.state.has(S.SubnetLeases, 0)).toBe(false);
    expect([...world.state.iterate(S.SubnetLeaseShares, 0)]).toEqual([]);
    expect(world.state.has(proxy.storage.Proxies, COLDKEY)).toBe(false);
    expect(world.state.has(system.storage.Account, HOTKEY)).toBe(false);
  });

  it("without an end cannot be ended", () => {
    const world = running();
    expect(world.block(subtensor(BENEFICIARY, "terminate_lease", { lease_id: 0, hotkey: HOTKEY }))).toEqual([
      "LeaseHasNoEndBlock",
    ]);
  });
});
