import { describe, expect, it } from "vitest";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { stakeOf } from "../../../../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { NETUID, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, fund, subtensor, TAO, type World } from "./world.ts";

/** Fields of TransactionFeePaidWithAlpha. */
interface Paid {
  readonly who: string;
  readonly netuid: number;
  readonly alpha_fee: bigint;
  readonly tao_amount: bigint;
}

const STAKER = "//Staker";
const HOTKEY = account(validatorHotkey(0));

/** A staker whose whole balance is stake: it keeps the existential deposit and can pay no fee in TAO. */
function broke(): World {
  const world = startSubnet();
  world.must(fund(STAKER, 10n * TAO));
  world.must(subtensor(STAKER, "add_stake", { hotkey: HOTKEY, netuid: NETUID, amount_staked: 9n * TAO }));
  const free = world.state.get(system.storage.Account, account(STAKER)).data.free;
  world.must({
    who: STAKER,
    call: {
      pallet: "Balances",
      name: "transfer_all",
      args: { dest: { type: "Id", value: account("//Alice") }, keep_alive: true },
    },
  });
  expect(free).toBeGreaterThan(0n);
  return world;
}

describe("a fee that no TAO is there for", () => {
  it("is sold out of the stake a call unstakes, goes to the author and is told", () => {
    const world = broke();
    const before = stakeOf(world.state, HOTKEY, account(STAKER), NETUID);
    const author = (): bigint => world.state.get(system.storage.Account, account("//One")).data.free;
    const authorBefore = author();
    const amount_unstaked = TAO;
    expect(world.block(subtensor(STAKER, "remove_stake", { hotkey: HOTKEY, netuid: NETUID, amount_unstaked }))).toEqual(
      ["ok"],
    );
    const [paid] = world.events("TransactionFeePaidWithAlpha").map(({ fields }) => fields as Paid);
    const { who, netuid, alpha_fee, tao_amount } = paid as Paid;
    expect({ who, netuid }).toEqual({ who: account(STAKER), netuid: NETUID });
    expect(before - stakeOf(world.state, HOTKEY, account(STAKER), NETUID)).toBe(amount_unstaked + alpha_fee);
    expect(author() - authorBefore).toBeGreaterThanOrEqual(tao_amount);
    expect(world.events("TransactionFeePaid")).toHaveLength(1);
    // One sale for the fee, one for the call: the check at inclusion leaves none behind.
    expect(world.events("StakeRemoved")).toHaveLength(2);
  });

  it("is refused for calls that unstake nothing", () => {
    const world = broke();
    expect(world.block(subtensor(STAKER, "try_associate_hotkey", { hotkey: account("//Else") }))).toEqual(["Payment"]);
  });

  it("is refused when the stake is on more than one subnet", () => {
    const world = startSubnet();
    world.must(fund(STAKER, 5_000n * TAO));
    world.must(subtensor(STAKER, "register_network", { hotkey: account("//Staker//hot") }));
    world.must(subtensor(STAKER, "start_call", { netuid: 3 }));
    for (const netuid of [NETUID, 3])
      world.must(subtensor(STAKER, "add_stake", { hotkey: HOTKEY, netuid, amount_staked: 2n * TAO }));
    world.must({
      who: STAKER,
      call: {
        pallet: "Balances",
        name: "transfer_all",
        args: { dest: { type: "Id", value: account("//Alice") }, keep_alive: true },
      },
    });
    expect(world.block(subtensor(STAKER, "unstake_all", { hotkey: HOTKEY }))).toEqual(["Payment"]);
  });
});

describe("an account that nothing keeps alive", () => {
  it("is told it cannot pay before its nonce is looked at", () => {
    const world = startSubnet();
    const hotkey = validatorHotkey(0);
    world.must(
      subtensor(hotkey, "serve_axon", {
        netuid: NETUID,
        version: 1,
        ip: 0n,
        port: 9,
        ip_type: 4,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
      }),
    );
    expect(world.block(subtensor(hotkey, "try_associate_hotkey", { hotkey: account("//Else") }))).toEqual(["Payment"]);
  });
});
