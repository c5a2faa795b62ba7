/** What a stock node answers beyond what clients need every day: the codes and texts of polkadot-sdk's own RPC modules. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { remark, signed } from "./extrinsics.ts";

const SYSTEM = "0x26aa394eea5630e07c48ae0c9558cef7";
const NUMBER = `${SYSTEM}02a5c1b19ab7a04f536c519aca4983ac`;
const SUDO_KEY = "0x5c0d1176a568c1f92944340dbfed9e9c530ebca703c85910e7164cb7d1c9e47b";

let chain: TestChain;
const ask = async (method: string, ...params: unknown[]) => {
  const { result, error } = await chain.http(method, params);
  return error ?? result;
};
const hashAt = (number: number): string => chain.node.chain.hashAt(number) ?? "";

beforeAll(async () => {
  chain = await startTestChain({ mode: "manual" });
  await chain.http("dev_newBlock", [{ count: 5 }]);
});
afterAll(() => chain.close());

describe("methods of a stock node", () => {
  it("tell the properties of the real chain and nothing else", async () => {
    const properties = { ss58Format: 42, tokenDecimals: 9, tokenSymbol: "TAO" };
    expect(await ask("system_properties")).toEqual(properties);
    expect(await ask("chainSpec_v1_properties")).toEqual(properties);
  });

  it("of an operator are refused as a node in safe mode does", async () => {
    const { methods } = (await ask("rpc_methods")) as { methods: string[] };
    for (const method of ["author_rotateKeys", "author_hasKey", "author_insertKey", "system_addLogFilter"]) {
      expect(await ask(method)).toEqual({ code: -32_601, message: "RPC call is unsafe to be called externally" });
      expect(methods).not.toContain(method);
    }
  });

  it("page keys by 1,000 at most: 4002", async () => {
    expect(await ask("state_getKeysPaged", SYSTEM, 1_001)).toEqual({
      code: 4_002,
      message: "count exceeds maximum value. value: 1001, max: 1000",
    });
  });

  it("query storage over a range: everything at its first block, later what changed", async () => {
    expect(await ask("state_queryStorage", [NUMBER, SUDO_KEY], hashAt(2), hashAt(4))).toEqual([
      {
        block: hashAt(2),
        changes: [
          [NUMBER, "0x02000000"],
          [SUDO_KEY, expect.stringMatching(/^0xd435/)],
        ],
      },
      { block: hashAt(3), changes: [[NUMBER, "0x03000000"]] },
      { block: hashAt(4), changes: [[NUMBER, "0x04000000"]] },
    ]);
    expect(await ask("state_queryStorage", [NUMBER], hashAt(4), hashAt(2))).toMatchObject({ code: 4_001 });
  });

  it("tell fees of bytes that are no extrinsic as error 1", async () => {
    for (const [method, what] of [
      ["payment_queryInfo", "dispatch info"],
      ["payment_queryFeeDetails", "fee details"],
    ])
      expect(await ask(String(method), "0x00")).toMatchObject({ code: 1, message: `Unable to query ${what}.` });
  });

  it("dry-run an extrinsic as SCALE and keep nothing of it", async () => {
    const head = chain.node.chain.head.hash;
    const bytes = signed(chain.node, "//Alice", remark);
    expect(await ask("system_dryRun", bytes)).toBe("0x0000");
    expect(await ask("system_dryRun", signed(chain.node, "//Alice", remark, { nonce: 1 }))).toBe("0x010002");
    // Not valid is what the next block would refuse: Err(Invalid(Payment)) for an account that has nothing.
    expect(await ask("system_dryRun", signed(chain.node, "//Nobody", remark))).toBe("0x010001");
    expect(await ask("system_dryRun", "0x00")).toMatchObject({ code: 2, message: "Unable to dry run extrinsic." });
    expect(chain.node.chain.head.hash).toBe(head);
    expect(await ask("system_accountNextIndex", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")).toBe(0);
  });
});
