import { describe, expect, it } from "vitest";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { minerHotkey, NETUID, OWNER, startSubnet, validatorHotkey } from "./scenario.ts";
import { account, admin, subtensor } from "./world.ts";

const S = subtensorModule.storage;
const HOTKEY = validatorHotkey(0);
const axon = {
  netuid: NETUID,
  version: 1,
  ip: 0x0a00_0001n,
  port: 8091,
  ip_type: 4,
  protocol: 4,
  placeholder1: 0,
  placeholder2: 0,
};
const serve = (who: string, change: Partial<typeof axon> = {}) => subtensor(who, "serve_axon", { ...axon, ...change });
const timelocked = (who: string, round: bigint) =>
  subtensor(who, "commit_timelocked_weights", {
    netuid: NETUID,
    commit: new Uint8Array(300),
    reveal_round: round,
    commit_reveal_version: 4,
  });

describe("guards answer at the pool with the chain's custom codes", () => {
  it("for endpoints: 10 unregistered, 255 ip type, 11 address, 12 rate limit, 13 port", () => {
    const world = startSubnet({ miners: 1 });
    const hotkey = minerHotkey(0);
    expect(world.block(serve("//Bob"))).toEqual(["Custom 10"]);
    expect(world.block(serve(hotkey, { ip_type: 5 }))).toEqual(["Custom 255"]);
    expect(world.block(serve(hotkey, { ip: 0x7f00_0001n }))).toEqual(["Custom 11"]);
    expect(world.block(serve(hotkey, { ip: 0xffff_ffffn }))).toEqual(["Custom 11"]);
    expect(world.block(serve(hotkey, { ip: 1n, ip_type: 6 }))).toEqual(["Custom 11"]);
    expect(world.block(serve(hotkey, { port: 0 }))).toEqual(["Custom 13"]);
    world.must(serve(hotkey, { ip: 0n }));
    expect(world.events("AxonServed")).toHaveLength(1);
    world.must(admin("sudo_set_serving_rate_limit", { netuid: NETUID, serving_rate_limit: 50n }));
    expect(world.block(serve(hotkey))).toEqual(["Custom 12"]);
    expect(world.state.get(S.Axons, NETUID, account(hotkey))?.port).toBe(8091);
  });

  it("for Prometheus, which needs an address", () => {
    const world = startSubnet({ miners: 1 });
    const prometheus = (ip: bigint) =>
      subtensor(minerHotkey(0), "serve_prometheus", { netuid: NETUID, version: 1, ip, port: 9100, ip_type: 4 });
    expect(world.block(prometheus(0n))).toEqual(["Custom 11"]);
    expect(world.block(prometheus(1n))).toEqual(["ok"]);
  });

  it("for stake: 1 below the threshold, the owner exempt", () => {
    const world = startSubnet({ miners: 1 });
    world.must(admin("sudo_set_stake_threshold", { min_stake: 10_000_000_000_000n }));
    expect(world.block(timelocked(validatorHotkey(1), 1_000_000n))).toEqual(["Custom 1"]);
    expect(world.block(timelocked(HOTKEY, 1_000_000n))).toEqual(["ok"]);
  });

  it("for timelocked commits: 15 for a round behind the newest, but the rate limit only at dispatch", () => {
    const world = startSubnet({ beacon: true, miners: 1 });
    world.run(12);
    expect(world.block(timelocked(HOTKEY, 0n))).toEqual(["Custom 15"]);
    world.must(admin("sudo_set_weights_set_rate_limit", { netuid: NETUID, weights_set_rate_limit: 100n }));
    expect(world.block(timelocked(HOTKEY, 1_000_000n))).toEqual(["CommittingWeightsTooFast"]);
    const wrongVersion = timelocked(HOTKEY, 1_000_000n);
    expect(
      world.block({
        ...wrongVersion,
        call: { ...wrongVersion.call, args: { ...wrongVersion.call.args, commit_reveal_version: 3 } },
      }),
    ).toEqual(["IncorrectCommitRevealVersion"]);
  });

  it("for rate limits: 6 for commits, weights and networks", () => {
    const world = startSubnet({ miners: 1 });
    world.must(admin("sudo_set_weights_set_rate_limit", { netuid: NETUID, weights_set_rate_limit: 100n }));
    expect(world.block(subtensor(HOTKEY, "commit_weights", { netuid: NETUID, commit_hash: account("//Bob") }))).toEqual(
      ["Custom 6"],
    );
    world.must(admin("sudo_set_commit_reveal_weights_enabled", { netuid: NETUID, enabled: false }));
    expect(
      world.block(subtensor(HOTKEY, "set_weights", { netuid: NETUID, dests: [0], weights: [1], version_key: 0n })),
    ).toEqual(["Custom 6"]);
    world.must(admin("sudo_set_network_rate_limit", { rate_limit: 7_200n }));
    expect(world.block(subtensor("//Bob", "register_network", { hotkey: account("//Bob//hot") }))).toEqual([
      "Custom 6",
    ]);
    expect(
      world.block(
        subtensor("//Bob", "register_network_with_identity", { hotkey: account("//Bob//hot"), identity: undefined }),
      ),
    ).toEqual(["NetworkTxRateLimitExceeded"]);
  });

  it("for batches: 18 for lists of different lengths", () => {
    const world = startSubnet({ miners: 1 });
    expect(world.block(subtensor(HOTKEY, "batch_commit_weights", { netuids: [NETUID], commit_hashes: [] }))).toEqual([
      "Custom 18",
    ]);
    expect(
      world.block(subtensor(HOTKEY, "batch_set_weights", { netuids: [NETUID], weights: [], version_keys: [] })),
    ).toEqual(["Custom 18"]);
    const reveal = { netuid: NETUID, uids_list: [[0]], values_list: [], salts_list: [[1]], version_keys: [0n] };
    expect(world.block(subtensor(HOTKEY, "batch_reveal_weights", reveal))).toEqual(["Custom 18"]);
  });

  it("for takes: 4 unknown hotkey, 25 foreign hotkey, 27 too high; then the order of dispatch", () => {
    const world = startSubnet({ miners: 1 });
    const increase = (who: string, hotkey: string, take: number) =>
      subtensor(who, "increase_take", { hotkey: account(hotkey), take });
    expect(world.block(increase(OWNER, "//Nobody", 100))).toEqual(["Custom 4"]);
    expect(world.block(increase("//Bob", HOTKEY, 100))).toEqual(["Custom 25"]);
    expect(world.block(increase(OWNER, HOTKEY, 11_797))).toEqual(["Custom 27"]);
    world.must(admin("sudo_set_min_delegate_take", { take: 500 }));
    expect(world.block(increase(OWNER, HOTKEY, 100))).toEqual(["Custom 26"]);
    expect(world.block(increase(OWNER, HOTKEY, 1_000))).toEqual(["ok"]);
    expect(world.block(increase(OWNER, HOTKEY, 900))).toEqual(["DelegateTakeTooLow"]);
    expect(world.block(increase(OWNER, HOTKEY, 1_100))).toEqual(["DelegateTxRateLimitExceeded"]);
    expect(world.block(subtensor(OWNER, "decrease_take", { hotkey: account(HOTKEY), take: 600 }))).toEqual(["ok"]);
  });

  it("and nested calls get the module error instead", () => {
    const world = startSubnet({ miners: 1 });
    const batch = { who: "//Bob", call: { pallet: "Utility", name: "batch", args: { calls: [serve("//Bob").call] } } };
    expect(world.block(batch)).toEqual(["ok"]);
    expect(world.events("BatchInterrupted")[0]?.fields).toMatchObject({
      error: { type: "Module", value: { index: 7 } },
    });
  });
});
