/** Neurons join a subnet by paying its price (spec/subtensor-interface.md 2.3, 5.2, 5.3). */
import { describe, expect, it } from "vitest";
import { subnetAccount } from "../../../chain/src/node/runtime/subtensor/state/ids.ts";
import { encodeAddress } from "@polkadot/util-crypto";
import { covers } from "./coverage.ts";
import { harness, key, type Pair, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers(
  "SubtensorModule.burned_register",
  "RegistrationNotPermittedOnRootSubnet",
  "SubnetNotExists",
  "SubNetRegistrationDisabled",
  "HotKeyAlreadyRegisteredInSubNet",
  "NotEnoughBalanceToStake",
  "CannotUseSystemAccount",
  "NonAssociatedColdKey",
  "NoNeuronIdAvailable",
  "InsufficientBalance",
);
covers(
  "SubtensorModule.register",
  "RegistrationNotPermittedOnRootSubnet",
  "SubnetNotExists",
  "SubNetRegistrationDisabled",
  "HotKeyAlreadyRegisteredInSubNet",
  "NotEnoughBalanceToStake",
  "CannotUseSystemAccount",
  "NonAssociatedColdKey",
  "NoNeuronIdAvailable",
);
covers(
  "SubtensorModule.register_limit",
  "RegistrationNotPermittedOnRootSubnet",
  "SubnetNotExists",
  "RegistrationPriceLimitExceeded",
  "SubNetRegistrationDisabled",
  "HotKeyAlreadyRegisteredInSubNet",
  "NotEnoughBalanceToStake",
  "CannotUseSystemAccount",
  "NonAssociatedColdKey",
  "NoNeuronIdAvailable",
);

const { stranger, strangerHot, miner, validator, owner, ownerHot } = people;
const h = harness(async (world) => {
  await subnetWorld(world);
  // A half-life this long keeps the price still for the blocks of a test.
  await world.setSubtensor({ Burn: [[[NETUID], "2000000000"]], BurnHalfLife: [[[NETUID], 36_000]] });
});

const POOL = encodeAddress(subnetAccount(NETUID), 42);
const system = (netuid: number): string => encodeAddress(subnetAccount(netuid), 42);

describe.each([
  ["SubtensorModule.burned_register", (netuid: number, hotkey: string) => [netuid, hotkey]],
  ["SubtensorModule.register", (netuid: number, hotkey: string) => [netuid, 1, 2, "0x", hotkey, key("//Bob").address]],
  ["SubtensorModule.register_limit", (netuid: number, hotkey: string) => [netuid, hotkey, 100n * TAO]],
] as const)("%s", (call, of) => {
  const args = (hotkey: Pair | string = strangerHot, netuid = NETUID): unknown[] =>
    of(netuid, typeof hotkey === "string" ? hotkey : hotkey.address);
  const refuse = (error: string, ...given: Parameters<typeof args>) =>
    h.fails(error, stranger, call, ...args(...given));
  const price = () => h.int("SubtensorModule.Burn", NETUID);

  it("takes the price, buys alpha with it that leaves the outstanding, appends the neuron and raises the price", async () => {
    const [free, outstanding, tao] = [
      (await h.account(stranger)).free,
      await h.int("SubtensorModule.SubnetAlphaOut", NETUID),
      await h.int("SubtensorModule.SubnetTAO", NETUID),
    ];
    const outcome = await h.submit(stranger, h.tx(call, ...args()));
    if (outcome.kind !== "ok") throw new Error(JSON.stringify(outcome));
    const paid = Number(outcome.events[0]?.[3]);
    expect(outcome.events).toEqual([
      ["Balances.Transfer", stranger.address, POOL, paid],
      ["SubtensorModule.NeuronRegistered", NETUID, 3, strangerHot.address],
    ]);
    await h.ok(people.minerCold, call, ...args(key("//Dave//second")));
    expect(free - (await h.account(stranger)).free).toBe(BigInt(paid) + outcome.feeRao);
    expect(paid).toBeGreaterThan(1_999_000_000);
    expect(paid).toBeLessThanOrEqual(2_000_000_000);
    expect(await h.get("SubtensorModule.Uids", NETUID, strangerHot.address)).toBe(3);
    expect(await h.get("SubtensorModule.Keys", NETUID, 3)).toBe(strangerHot.address);
    expect(await h.get("SubtensorModule.Owner", strangerHot.address)).toBe(stranger.address);
    expect(await h.get("SubtensorModule.OwnedHotkeys", stranger.address)).toEqual([strangerHot.address]);
    expect(await h.get("SubtensorModule.IsNetworkMember", strangerHot.address, NETUID)).toBe(true);
    expect(await h.get("SubtensorModule.SubnetworkN", NETUID)).toBe(5);
    // The price rose by 1.26 twice; one alpha a block per subnet is emitted, the bought alpha is not.
    expect(Number(await price()) / paid).toBeCloseTo(1.26 ** 2, 3);
    expect((await h.int("SubtensorModule.SubnetAlphaOut", NETUID)) - outstanding).toBeLessThan(3n * TAO);
    expect(await h.int("SubtensorModule.SubnetTAO", NETUID)).toBeGreaterThan(tao + 4n * TAO);
    expect(await h.get("SubtensorModule.RegistrationsThisBlock", NETUID)).toBe(1);
  });

  it("refuses in the order of the specification", async () => {
    await refuse("RegistrationNotPermittedOnRootSubnet", miner, 0);
    await refuse("SubnetNotExists", miner, 99);
    await h.setSubtensor({
      NetworkRegistrationAllowed: [[[NETUID], false]],
      Burn: [[[NETUID], "99000000000"]],
      MaxAllowedUids: [[[NETUID], 3]],
    });
    await refuse("SubNetRegistrationDisabled", miner);
    await h.setSubtensor({ NetworkRegistrationAllowed: [[[NETUID], true]] });
    await refuse("HotKeyAlreadyRegisteredInSubNet", miner);
    await h.fund(stranger, 90n * TAO);
    await refuse("NotEnoughBalanceToStake", system(5));
    await h.fund(stranger, 200n * TAO);
    await refuse("CannotUseSystemAccount", system(5));
    await h.setSubtensor({ Owner: [[[strangerHot.address], owner.address]] });
    await refuse("NonAssociatedColdKey", strangerHot);
    await h.setSubtensor({ Owner: [[[strangerHot.address], stranger.address]] });
    await h.setSubtensor({ MaxAllowedUids: [[[NETUID], 0]] });
    await refuse("NoNeuronIdAvailable", strangerHot);
  });

  it("has no place where all are the owner's immortal neurons or none is allowed", async () => {
    await h.setSubtensor({ MaxAllowedUids: [[[NETUID], 0]] });
    await refuse("NoNeuronIdAvailable");
    await h.setSubtensor({
      MaxAllowedUids: [[[NETUID], 3]],
      ImmuneOwnerUidsLimit: [[[NETUID], 3]],
      Owner: [
        [[validator.address], owner.address],
        [[miner.address], owner.address],
      ],
    });
    await refuse("NoNeuronIdAvailable");
  });

  it("replaces the neuron with least emission on a full subnet: the oldest not immune, else the oldest immune", async () => {
    await h.setSubtensor({
      MaxAllowedUids: [[[NETUID], 3]],
      MinNonImmuneUids: [[[NETUID], 0]],
      ImmunityPeriod: [[[NETUID], 100]],
      Emission: [[[NETUID], ["0", "5", "9"]]],
      Weights: [[[NETUID, 1], [[2, 7]]]],
    });
    await h.setSubtensor({
      BlockAtRegistration: [
        [[NETUID, 1], await h.height()],
        [[NETUID, 2], 1],
      ],
    });
    expect((await h.ok(stranger, call, ...args())).at(-1)).toEqual([
      "SubtensorModule.NeuronRegistered",
      NETUID,
      2,
      strangerHot.address,
    ]);
    expect(await h.get("SubtensorModule.Uids", NETUID, miner.address)).toBeNull();
    expect(await h.get("SubtensorModule.IsNetworkMember", miner.address, NETUID)).toBe(false);
    expect(await h.get("SubtensorModule.Weights", NETUID, 1)).toEqual([[2, 0]]);
    expect(await h.get("SubtensorModule.Emission", NETUID)).toEqual([0, 5, 0]);
    expect((await h.get<number[]>("SubtensorModule.LastUpdate", NETUID))[2]).toBe(await h.height());
    const second = key("//Eve//fourth");
    expect((await h.ok(stranger, call, ...args(second))).at(-1)).toEqual([
      "SubtensorModule.NeuronRegistered",
      NETUID,
      2,
      second.address,
    ]);
    expect(await h.get("SubtensorModule.Uids", NETUID, ownerHot.address)).toBe(0);
  });

  it("registers any number in a block: the limits per block and interval are root's", async () => {
    await h.setSubtensor({
      MaxRegistrationsPerBlock: [[[NETUID], 1]],
      TargetRegistrationsPerInterval: [[[NETUID], 1]],
    });
    const calls = ["a", "b", "c", "d"].map((name) => h.tx(call, ...args(key(`//Eve//${name}`))));
    await h.ok(stranger, "Utility.batch_all", calls);
    expect(await h.get("SubtensorModule.SubnetworkN", NETUID)).toBe(7);
  });

  it("takes all but the existential deposit of a coldkey that has exactly the price", async () => {
    const { feeRao } = (await h.submit(stranger, h.tx(call, ...args()))) as { feeRao: bigint };
    await h.setSubtensor({ MinBurn: [[[NETUID], "900000000"]], MaxBurn: [[[NETUID], "900000000"]] });
    await h.fund(stranger, 900_000_000n + feeRao);
    const events = await h.ok(stranger, call, ...args(key("//Eve//e")));
    expect(events[0]).toEqual(["Balances.Transfer", stranger.address, POOL, 899_999_500]);
    expect((await h.account(stranger)).free).toBe(500n);
    expect(await h.int("SubtensorModule.RAORecycledForRegistration", NETUID)).toBeGreaterThan(900_000_000n);
  });
});

describe("SubtensorModule.register_limit", () => {
  const call = "SubtensorModule.register_limit";

  it("refuses a price above the limit before it looks at anything else of the subnet", async () => {
    await h.setSubtensor({ NetworkRegistrationAllowed: [[[NETUID], false]] });
    await h.fails("RegistrationPriceLimitExceeded", stranger, call, NETUID, miner.address, 1_000_000_000);
    await h.fails("RegistrationNotPermittedOnRootSubnet", stranger, call, 0, miner.address, 0);
    await h.fails("SubnetNotExists", stranger, call, 99, miner.address, 0);
    await h.setSubtensor({ NetworkRegistrationAllowed: [[[NETUID], true]] });
    await h.ok(stranger, call, NETUID, strangerHot.address, 2_000_000_000);
  });
});

it("a coldkey that could not keep its existential deposit pays nothing", async () => {
  const call = "SubtensorModule.burned_register";
  const { feeRao } = (await h.submit(stranger, h.tx(call, NETUID, strangerHot.address))) as { feeRao: bigint };
  await h.restore();
  await h.setSubtensor({ MinBurn: [[[NETUID], 100]], MaxBurn: [[[NETUID], 100]] });
  await h.fund(stranger, feeRao + 500n);
  await h.fails("InsufficientBalance", stranger, call, NETUID, strangerHot.address);
});

it("the price halves in BurnHalfLife blocks and stays between its bounds", async () => {
  await h.setSubtensor({ BurnHalfLife: [[[NETUID], 8]], Burn: [[[NETUID], "4000000000"]] });
  const before = Number(await h.int("SubtensorModule.Burn", NETUID));
  await h.blocks(8);
  expect(Number(await h.int("SubtensorModule.Burn", NETUID)) / before).toBeCloseTo(0.5, 6);
  await h.setSubtensor({ MinBurn: [[[NETUID], "1500000000"]] });
  await h.blocks(8);
  expect(await h.int("SubtensorModule.Burn", NETUID)).toBe(1_500_000_000n);
});
