import type { ApiPromise } from "@polkadot/api";
import { Keyring } from "@polkadot/api";
import { afterAll, describe, expect, it } from "vitest";
import { connectApi, startTestChain, type TestChain } from "../test-chain.ts";

let chain: TestChain | undefined;
let api: ApiPromise | undefined;

afterAll(async () => {
  await api?.disconnect();
  await chain?.close();
});

describe("a chain that begins at a block of its own", () => {
  it("serves a stock client, mortal transactions included", async () => {
    chain = await startTestChain({ genesis: { block: 4_000_123 } });
    api = await connectApi(chain.port);
    expect(api.genesisHash.toHex()).toBe(chain.node.chain.genesis.hash);
    expect((await api.rpc.chain.getHeader()).number.toNumber()).toBe(4_000_124);
    const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
    const bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    const submitted = api.tx["balances"]?.["transferKeepAlive"]?.(bob, 1_000_000_000n);
    const result = await new Promise<string>((resolve, reject) => {
      submitted
        ?.signAndSend(alice, { era: 64 }, ({ status, dispatchError }) => {
          if (dispatchError !== undefined) reject(new Error(dispatchError.toString()));
          if (status.isFinalized) resolve(status.asFinalized.toHex());
        })
        .catch(reject);
    });
    expect(chain.node.chain.block(result)?.number).toBe(4_000_125);
    expect(chain.faults).toEqual([]);
  });
});
