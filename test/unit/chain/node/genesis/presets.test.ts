import { afterEach, describe, expect, it } from "vitest";
import { PRESETS, type PresetName } from "@subnetkit/chain/node/genesis/preset-names";
import { type DevChain, startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { subtensorModule } from "@subnetkit/chain/spec/pallets/subtensor-module";
import { expectBalanced } from "../runtime/subtensor/balanced.ts";

const S = subtensorModule.storage;
const NETUID = 2;

let chain: DevChain | undefined;
const faults: unknown[] = [];

afterEach(async () => {
  await chain?.close();
  chain = undefined;
  faults.length = 0;
});

const start = async (preset: PresetName): Promise<DevChain> => {
  chain = await startDevChain({ preset, mode: "manual" }, { onFault: (error) => faults.push(error) });
  return chain;
};

const metagraph = async ({ rpc }: DevChain, netuid: number): Promise<string> =>
  String(
    await rpc("state_call", ["SubnetInfoRuntimeApi_get_metagraph", `0x${netuid.toString(16).padStart(2, "0")}00`]),
  );

describe("presets", () => {
  it.each(PRESETS)("%s adds up from the first block on, and through its epochs", async (name) => {
    const { node, newBlock } = await start(name);
    expectBalanced(node.chain.headState());
    for (let i = 0; i < 3; i++) {
      await newBlock(21);
      expectBalanced(node.chain.headState());
    }
    expect(faults).toEqual([]);
  });

  it.each(["two-validators", "full-256"] as const)("%s pays miners and validators in each epoch", async (name) => {
    const running = await start(name);
    for (let epoch = 1; epoch <= 3; epoch++) {
      await running.nextEpoch(NETUID);
      const state = running.node.chain.headState();
      expect(state.get(S.SubnetEpochIndex, NETUID)).toBe(BigInt(epoch));
      const earns = (values: readonly number[]): number[] => values.flatMap((value, uid) => (value > 0 ? [uid] : []));
      const [validators, uids] = name === "full-256" ? [64, 256] : [2, 8];
      expect(earns(state.get(S.Dividends, NETUID))).toEqual(Array.from({ length: validators }, (_, uid) => uid));
      const miners = earns(state.get(S.Incentive, NETUID));
      for (let uid = validators; uid < uids; uid++) expect(miners).toContain(uid);
      expect(state.get(S.ValidatorPermit, NETUID).slice(0, validators)).not.toContain(false);
    }
    expect((await metagraph(running, NETUID)).length).toBeGreaterThan(1_000);
    expect(faults).toEqual([]);
  });

  it("empty has no network but root, and the first one that is registered is netuid 1", async () => {
    const { node } = await start("empty");
    const state = node.chain.headState();
    expect([...state.iterate(S.NetworksAdded)].map(({ keys }) => keys[0])).toEqual([0]);
    expect(state.get(S.TotalNetworks)).toBe(1);
  });

  it("without one the genesis is the localnet's", async () => {
    chain = await startDevChain({ mode: "manual" });
    const state = chain.node.chain.headState();
    expect([...state.iterate(S.NetworksAdded)].map(({ keys }) => keys[0])).toEqual([0, 1]);
    expect(state.get(S.TotalNetworks)).toBe(2);
    expect(state.get(S.SubtokenEnabled, 0)).toBe(false);
  });
});
