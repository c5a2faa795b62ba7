import { raoPerTao, transfer } from "@subnetkit/chain/client/balances";
import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { burnedRegister } from "@subnetkit/chain/client/register";
import { applySettings, registerNetwork, startCall } from "@subnetkit/chain/client/subnet";
import { requireIncluded } from "@subnetkit/chain/client/submit";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { type DevChain, silentLog, startDevChain } from "./dev-chain.ts";

/** A development chain with one started subnet (tempo 20, no rate limits), whose owner's hotkey is uid 0. */
export type DevSubnet = {
  readonly chain: DevChain;
  readonly client: ChainClient;
  readonly netuid: number;
  readonly ownerHotkey: Keypair;
  /** Registers a hotkey; its coldkey is funded first. */
  register(hotkey: Keypair): Promise<void>;
  blocks(count: number): Promise<unknown>;
  close(): Promise<void>;
};

const options = { log: silentLog, deadlineMs: 10_000 };

/** Starts the chain and sets the subnet up by extrinsics. `servingRateLimitBlocks` defaults to 0. */
export async function startDevSubnet({ servingRateLimitBlocks = 0 } = {}): Promise<DevSubnet> {
  const alice = keypairFromUri("//Alice");
  const owner = keypairFromUri("//Subnet//owner");
  const miners = keypairFromUri("//Miners");
  const ownerHotkey = keypairFromUri("//Validator//0//hot");
  const chain = await startDevChain("instant");
  const stop = new AbortController();
  const client = await connectChain({
    endpoints: [chain.url],
    log: silentLog,
    signal: stop.signal,
    requestTimeoutMs: 5_000,
  });
  const fund = async (to: Keypair, tao: bigint): Promise<void> => {
    const submission = await transfer(client, { from: alice, to: to.address, amountRao: tao * raoPerTao }, options);
    requireIncluded(submission, "transfer");
  };
  await fund(owner, 3_000n);
  await fund(miners, 500n);
  const { submission, netuid = 0 } = await registerNetwork(
    client,
    { hotkey: ownerHotkey.address, coldkey: owner },
    options,
  );
  requireIncluded(submission, "registerNetwork");
  requireIncluded(await startCall(client, { netuid, coldkey: owner }, options), "startCall");
  const changes = [
    { name: "adminFreezeWindowBlocks", value: 0 },
    { name: "tempo", value: 20, netuid },
    { name: "weightsRateLimitBlocks", value: 0, netuid },
    { name: "servingRateLimitBlocks", value: servingRateLimitBlocks, netuid },
  ] as const;
  for (const change of await applySettings(client, { changes, sudoKey: alice }, options))
    requireIncluded(change, "sudo");
  return {
    chain,
    client,
    netuid,
    ownerHotkey,
    register: async (hotkey) => {
      requireIncluded(
        await burnedRegister(client, { netuid, hotkey: hotkey.address, coldkey: miners }, options),
        "burnedRegister",
      );
    },
    blocks: (count) => client.rpc("dev_newBlock", [{ count }]),
    close: async () => {
      await client.close();
      await chain.close();
    },
  };
}
