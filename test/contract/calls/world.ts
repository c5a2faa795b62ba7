/** The state most files start from: subnet 2 with an owner, a validator and a miner, made by the calls a user would make. */
import { type Harness, key, type Pair, TAO } from "./harness.ts";

/** The subnet of {@link subnetWorld}. */
export const NETUID = 2;

/** Alice: sudo. Bob owns the subnet (uid 0), Charlie has a validator with stake (uid 1), Dave a miner (uid 2), Eve has nothing there. */
export const people = {
  sudo: key("//Alice"),
  owner: key("//Bob"),
  ownerHot: key("//Bob//hot"),
  staker: key("//Charlie"),
  validator: key("//Charlie//hot"),
  minerCold: key("//Dave"),
  miner: key("//Dave//hot"),
  stranger: key("//Eve"),
  strangerHot: key("//Eve//hot"),
} as const;

/** A tempo that no test lives to see: no epoch runs by itself. */
export const NO_EPOCH_TEMPO = 60_000;

/** Fails when an arranging call does not go through. */
export async function must(h: Harness, signer: Pair, call: string, ...args: readonly unknown[]): Promise<void> {
  const outcome = await h.submit(signer, h.tx(call, ...args));
  if (outcome.kind !== "ok") throw new Error(`${call}: ${JSON.stringify(outcome)}`);
}

/** Registers and starts a subnet of Bob's; the netuid is the lowest free one. */
export async function addSubnet(h: Harness, netuid: number, hotkey: Pair): Promise<void> {
  await must(h, people.owner, "SubtensorModule.register_network", hotkey.address);
  await must(h, people.owner, "SubtensorModule.start_call", netuid);
  await h.setSubtensor({
    Tempo: [[[netuid], NO_EPOCH_TEMPO]],
    LastEpochBlock: [[[netuid], await h.height()]],
    SubnetTAO: [[[netuid], "1000000000000"]],
    SubnetAlphaIn: [[[netuid], "2000000000000"]],
  });
}

/** No rate limits that a setter could lift, no epochs, staking open on root and netuid 1. */
export async function lift(h: Harness): Promise<void> {
  await h.setSubtensor({
    NetworkRateLimit: 0,
    AdminFreezeWindow: 0,
    OwnerHyperparamRateLimit: 0,
    SubtokenEnabled: [
      [[0], true],
      [[1], true],
    ],
    Tempo: [[[1], NO_EPOCH_TEMPO]],
  });
  // Past every limit that counts from block 0.
  await h.blocks(160);
}

/** Netuid 2, started, price 0.5 TAO per alpha, 100 TAO of Charlie's on his validator, which has a permit; no limit on weights. */
export async function subnetWorld(h: Harness): Promise<void> {
  await lift(h);
  await addSubnet(h, NETUID, people.ownerHot);
  await must(h, people.staker, "SubtensorModule.burned_register", NETUID, people.validator.address);
  await must(h, people.minerCold, "SubtensorModule.burned_register", NETUID, people.miner.address);
  await must(h, people.staker, "SubtensorModule.add_stake", people.validator.address, NETUID, 100n * TAO);
  await h.setSubtensor({
    ValidatorPermit: [[[NETUID], [true, true, false]]],
    WeightsSetRateLimit: [[[NETUID], 0]],
  });
}
