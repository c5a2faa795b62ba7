/** The JSON-RPC methods of Subtensor's own pallets: the runtime APIs' bytes as lists of numbers. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const UNKNOWN = `0x${"ab".repeat(32)}`;
const zeros = Array.from({ length: 32 }, () => 0);

let chain: TestChain;
let socket: RawSocket;

beforeAll(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = await connectRaw(chain.port);
});
afterAll(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const hex = (bytes: unknown): string => `0x${Buffer.from(bytes as number[]).toString("hex")}`;

describe("custom JSON-RPC", () => {
  it.each([
    ["neuronInfo_getNeuronsLite", [1], "NeuronInfoRuntimeApi_get_neurons_lite", "0x0100"],
    ["neuronInfo_getNeuron", [1, 0], "NeuronInfoRuntimeApi_get_neuron", "0x01000000"],
    ["subnetInfo_getSubnetInfo_v2", [1], "SubnetInfoRuntimeApi_get_subnet_info_v2", "0x0100"],
    ["subnetInfo_getSubnetHyperparamsV2", [1], "SubnetInfoRuntimeApi_get_subnet_hyperparams_v2", "0x0100"],
    ["subnetInfo_getAllDynamicInfo", [], "SubnetInfoRuntimeApi_get_all_dynamic_info", "0x"],
    ["subnetInfo_getMetagraph", [1], "SubnetInfoRuntimeApi_get_metagraph", "0x0100"],
    ["subnetInfo_getMechagraph", [1, 0], "SubnetInfoRuntimeApi_get_mechagraph", "0x010000"],
    [
      "subnetInfo_getSelectiveMetagraph",
      [1, [0, 73]],
      "SubnetInfoRuntimeApi_get_selective_metagraph",
      "0x01000800004900",
    ],
    ["delegateInfo_getDelegates", [], "DelegateInfoRuntimeApi_get_delegates", "0x"],
    ["delegateInfo_getDelegated", [zeros], "DelegateInfoRuntimeApi_get_delegated", `0x${"00".repeat(32)}`],
    ["subnetInfo_getMetagraph", [999], "SubnetInfoRuntimeApi_get_metagraph", "0xe703"],
    ["swap_simSwapTaoForAlpha", [1, 1_000], "SwapRuntimeApi_sim_swap_tao_for_alpha", "0x0100e803000000000000"],
  ])("%s %j answers with the bytes of %s", async (method, params, api, args) => {
    expect(hex(await socket.result(method, ...params))).toBe(await socket.result("state_call", api, args));
  });

  it("gives prices and costs as plain JSON", async () => {
    expect(await socket.result("subnetInfo_getLockCost")).toBe(1_000_000_000_000);
    const price = await socket.result("swap_currentAlphaPrice", 1);
    expect(price).toEqual(expect.any(Number));
    expect(await socket.result("swap_currentAlphaPriceAll")).toContainEqual({ netuid: 1, price });
    expect([null, 1]).toContain(await socket.result("subnetInfo_getSubnetToPrune"));
  });

  it("takes accounts as bytes or as addresses, and a block as the last parameter", async () => {
    const genesis = chain.node.chain.genesis.hash;
    expect(await socket.result("subnetInfo_getColdkeyAutoStakeHotkey", ALICE, 1)).toEqual([0]);
    expect(await socket.result("stakeInfo_getColdkeyLock", ALICE, 1, genesis)).toEqual([0]);
    const before = await socket.result("subnetInfo_getMetagraph", 1, genesis);
    await chain.http("dev_newBlock", [{ count: 2 }]);
    expect(await socket.result("subnetInfo_getMetagraph", 1, genesis)).toEqual(before);
    expect(await socket.result("subnetInfo_getMetagraph", 1)).not.toEqual(before);
  });

  it("tells what the runtime refuses as error 1, and a malformed parameter as −32602", async () => {
    expect((await socket.call("delegateInfo_getDelegate", [1, 2, 3])).error?.code).toBe(1);
    expect((await socket.call("subnetInfo_getMetagraph", 1, UNKNOWN)).error?.code).toBe(1);
    for (const [method, ...params] of [
      ["subnetInfo_getMetagraph"],
      ["subnetInfo_getMetagraph", 65_536],
      ["subnetInfo_getMetagraph", 1, "0x12"],
      ["delegateInfo_getDelegate", [256]],
      ["subnetInfo_getColdkeyAutoStakeHotkey", "nobody", 1],
    ])
      expect([method, (await socket.call(String(method), ...params)).error?.code]).toEqual([method, -32_602]);
  });
});

describe("manual sealing", () => {
  it("makes a block when asked, an empty one only when told so", async () => {
    const before = chain.node.chain.head;
    const drained = (): boolean => chain.node.pool.ready().length === 0;
    while (!drained()) await socket.result("engine_createBlock", false, true);
    expect((await socket.call("engine_createBlock", false, true)).error?.code).toBe(12_000);
    const made = (await socket.result("engine_createBlock", true, false, null)) as { hash: string };
    expect(made).toMatchObject({ hash: chain.node.chain.head.hash, aux: { is_new_best: true } });
    expect(chain.node.chain.head.number).toBeGreaterThan(before.number);
    expect(await socket.result("engine_finalizeBlock", made.hash)).toBe(true);
    expect((await socket.call("engine_finalizeBlock", UNKNOWN)).error?.code).toBe(13_000);
    expect((await socket.call("engine_createBlock", true, true, UNKNOWN)).error?.code).toBe(13_000);
    expect((await socket.call("engine_createBlock", 1)).error?.code).toBe(-32_602);
  });
});
