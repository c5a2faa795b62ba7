import { describe, expect, it } from "vitest";
import { runtimePallets } from "../../../../../../chain/src/node/runtime/index.ts";
import type {
  Metagraph,
  NeuronInfo,
  SelectiveMetagraph,
  SimSwapResult,
} from "../../../../../../chain/src/spec/runtime-apis-subtensor.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { NETUID, OWNER, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, TAO } from "./world.ts";

describe("the table of SubtensorModule", () => {
  it("is complete: 222 storages, 78 calls, 137 events, 147 errors, and every call has an answer", () => {
    const { storage, calls, events, errors, constants } = subtensorModule;
    const counts = [storage, calls, events, errors, constants].map((table) => Object.keys(table).length);
    expect(counts).toEqual([222, 78, 137, 147, 69]);
    const pallet = runtimePallets.find((one) => one.spec.name === "SubtensorModule");
    expect(Object.keys(calls).filter((name) => pallet?.calls[name] === undefined)).toEqual([]);
  });
});

describe("runtime APIs", () => {
  const world = startSubnet();
  world.run(45);

  it("describe neurons in uid order with their stake", () => {
    const neurons = world.api<NeuronInfo[]>("NeuronInfoRuntimeApi_get_neurons", { netuid: NETUID });
    expect(neurons.map(({ uid }) => uid)).toEqual([0, 1, 2, 3, 4]);
    expect(neurons[0]).toMatchObject({
      hotkey: account(validatorHotkey(0)),
      coldkey: account(OWNER),
      validator_permit: true,
      rank: 0,
      pruning_score: 65_535,
    });
    expect(neurons[0]?.stake[0]?.[1]).toBeGreaterThan(400n * TAO);
    expect(world.api("NeuronInfoRuntimeApi_get_neuron", { netuid: NETUID, uid: 9 })).toBeUndefined();
    expect(world.api<unknown[]>("NeuronInfoRuntimeApi_get_neurons_lite", { netuid: NETUID })).toHaveLength(5);
  });

  it("give the metagraph whole and in parts", () => {
    const whole = world.api<Metagraph>("SubnetInfoRuntimeApi_get_metagraph", { netuid: NETUID });
    expect(whole).toMatchObject({
      netuid: NETUID,
      num_uids: 5,
      block: BigInt(world.number),
      owner_coldkey: account(OWNER),
      tempo: 20,
      rank: [],
    });
    expect(Buffer.from(whole.symbol).toString()).toBe("β");
    const part = world.api<SelectiveMetagraph>("SubnetInfoRuntimeApi_get_selective_metagraph", {
      netuid: NETUID,
      metagraph_indexes: [3, 8, 52, 72],
    });
    expect(part).toMatchObject({ netuid: NETUID, tempo: 20, identity: { value: undefined }, validators: [0, 1] });
    expect(part.hotkeys).toEqual(whole.hotkeys);
    expect(part.coldkeys).toBeUndefined();
    expect(world.api("SubnetInfoRuntimeApi_get_metagraph", { netuid: 99 })).toBeUndefined();
  });

  it("all answer and encode, for every subnet", () => {
    for (const name of [
      "get_subnet_info",
      "get_subnet_info_v2",
      "get_subnet_hyperparams",
      "get_subnet_hyperparams_v2",
      "get_subnet_hyperparams_v3",
      "get_dynamic_info",
      "get_subnet_state",
      "get_metagraph",
    ]) {
      for (const netuid of [0, 1, NETUID])
        expect([name, world.api(`SubnetInfoRuntimeApi_${name}`, { netuid })]).not.toEqual([name, undefined]);
    }
    for (const name of [
      "get_subnets_info",
      "get_subnets_info_v2",
      "get_all_dynamic_info",
      "get_all_metagraphs",
      "get_all_mechagraphs",
    ]) {
      expect(world.api<unknown[]>(`SubnetInfoRuntimeApi_${name}`, {})).toHaveLength(3);
    }
    expect(
      world.api<unknown[]>("StakeInfoRuntimeApi_get_stake_info_for_coldkey", { coldkey_account: account(OWNER) }),
    ).toHaveLength(1);
    expect(world.api<unknown[]>("DelegateInfoRuntimeApi_get_delegates", {})).toEqual([]);
    expect(world.api<unknown[]>("SwapRuntimeApi_current_alpha_price_all", {})).toHaveLength(3);
  });

  it("quote a swap as it would happen", () => {
    const quote = world.api<SimSwapResult>("SwapRuntimeApi_sim_swap_tao_for_alpha", { netuid: NETUID, tao: 10n * TAO });
    expect(quote.tao_fee).toBe((10n * TAO * 33n) / 65_535n);
    expect(quote.alpha_amount).toBeGreaterThan(0n);
    expect(quote.alpha_slippage).toBeGreaterThan(0n);
    expect(world.api("SwapRuntimeApi_current_alpha_price", { netuid: 0 })).toBe(TAO);
  });
});
