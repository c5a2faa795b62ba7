import { readBalance, raoPerTao, transfer } from "@subnetkit/chain/client/balances";
import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, neuronOf, nextEpochBlock } from "@subnetkit/chain/client/metagraph";
import { burnedRegister, planRegistration } from "@subnetkit/chain/client/register";
import { planServe, readAxon, serveAxon } from "@subnetkit/chain/client/serve";
import { addStake } from "@subnetkit/chain/client/stake";
import { applySettings, networkRegistrationCost, registerNetwork, startCall } from "@subnetkit/chain/client/subnet";
import { requireIncluded, type Submission } from "@subnetkit/chain/client/submit";
import { commitTimelockedWeights, readWeights, setWeights, weightsSetup } from "@subnetkit/chain/client/weights";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DevChain, silentLog, startDevChain } from "./support/dev-chain.ts";

const alice = keypairFromUri("//Alice");
const owner = keypairFromUri("//Subnet//owner");
const validator = keypairFromUri("//Validator//0//hot");
const minerCold = keypairFromUri("//Miner//0");
const minerHot = keypairFromUri("//Miner//0//hot");
const options = { log: silentLog, deadlineMs: 10_000 };

let chain: DevChain;
let client: ChainClient;
const stop = new AbortController();

beforeAll(async () => {
  chain = await startDevChain("instant");
  client = await connectChain({ endpoints: [chain.url], log: silentLog, signal: stop.signal, requestTimeoutMs: 5_000 });
});
afterAll(async () => {
  await client?.close();
  await chain?.close();
});

const included = (submission: Submission) => requireIncluded(submission, "the test's call");
const blocks = (count: number) => client.rpc("dev_newBlock", [{ count }]);
const fund = (to: Keypair, tao: bigint) =>
  transfer(client, { from: alice, to: to.address, amountRao: tao * raoPerTao }, options);

describe("a client on the development chain", () => {
  test("knows the chain it talks to and follows its heads", async () => {
    expect(client.genesisHash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(client.blockMs).toBe(250);
    const before = client.head().number;
    const seen: number[] = [];
    const unsubscribe = client.subscribeHeads(({ number }) => seen.push(number));
    await blocks(3);
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(3);
    expect(seen[0]).toBe(before + 1);
    unsubscribe();
    expect(await client.rpc("chain_getBlockHash", [client.head().number])).toBe(client.head().hash);
  });

  test("transfers money, several at once from one key, and reports the fee", async () => {
    const results = await Promise.all([
      fund(owner, 2_000n),
      fund(minerCold, 100n),
      fund(keypairFromUri("//Third"), 1n),
    ]);
    for (const result of results) expect(included(result).feeRao).toBeGreaterThan(0n);
    expect((await readBalance(client, owner.address)).freeRao).toBe(2_000n * raoPerTao);
    expect((await readBalance(client, alice.address)).nonce).toBe(3);
    expect(await readBalance(client, keypairFromUri("//Nobody").address)).toEqual({
      freeRao: 0n,
      reservedRao: 0n,
      nonce: 0,
    });
  });

  test("signs with ed25519 keys as well", async () => {
    const edward = keypairFromUri("//Edward", "ed25519");
    included(await fund(edward, 1n));
    const back = await transfer(client, { from: edward, to: minerCold.address, amountRao: raoPerTao / 2n }, options);
    expect(included(back).feeRao).toBeGreaterThan(0n);
    expect((await readBalance(client, edward.address)).nonce).toBe(1);
  });

  test("reports what the pool refuses, with a name and a remedy", async () => {
    const poor = keypairFromUri("//Poor");
    const refused = await transfer(client, { from: poor, to: alice.address, amountRao: 1n }, options);
    expect(refused).toMatchObject({ kind: "rejected", code: 1010, name: "Payment" });
  });

  test("reports a call that fails when it runs, with the pallet's own name for it", async () => {
    const failed = await addStake(
      client,
      { netuid: 77, hotkey: validator.address, amountRao: raoPerTao, coldkey: alice },
      options,
    );
    expect(failed).toMatchObject({
      kind: "dispatchFailed",
      error: { pallet: "subtensorModule", name: "SubnetNotExists" },
    });
  });
});

describe("a subnet's life through the client", () => {
  let netuid = 0;

  test("is registered, started and set up", async () => {
    expect(await networkRegistrationCost(client)).toBeLessThanOrEqual(2_000n * raoPerTao);
    const registered = await registerNetwork(client, { hotkey: validator.address, coldkey: owner }, options);
    included(registered.submission);
    expect(registered.netuid).toBe(2);
    netuid = registered.netuid ?? 0;
    included(await startCall(client, { netuid, coldkey: owner }, options));
    const changes = [
      { name: "adminFreezeWindowBlocks", value: 0 },
      { name: "ownerHyperparamRateLimitEpochs", value: 0 },
      { name: "tempo", value: 20, netuid },
      { name: "weightsRateLimitBlocks", value: 0, netuid },
      { name: "servingRateLimitBlocks", value: 0, netuid },
      { name: "emissionEnabled", value: true, netuid },
    ] as const;
    for (const submission of await applySettings(client, { changes, sudoKey: alice }, options)) included(submission);
    expect(await weightsSetup(client, netuid)).toMatchObject({
      tempo: 20,
      rateLimitBlocks: 0,
      commitRevealEnabled: true,
      commitRevealVersion: 4,
      uidCount: 1,
    });
  });

  test("reports the failure inside a sudo call as a failure", async () => {
    const [submission] = await applySettings(
      client,
      { changes: [{ name: "tempo", value: 20, netuid: 99 }], sudoKey: alice },
      options,
    );
    expect(submission).toMatchObject({ kind: "dispatchFailed", error: { name: "SubnetDoesNotExist" } });
  });

  test("refuses root's calls from anybody else before they cost anything", async () => {
    const [submission] = await applySettings(
      client,
      { changes: [{ name: "tempo", value: 20, netuid }], sudoKey: minerCold },
      options,
    );
    expect(submission).toMatchObject({ kind: "rejected", name: "BadSigner" });
  });

  test("plans a registration before paying for it", async () => {
    const plan = await planRegistration(client, { netuid, hotkey: minerHot.address, coldkey: minerCold.address });
    expect(plan).toMatchObject({ kind: "open", affordable: true });
    const poor = keypairFromUri("//Poor").address;
    expect(await planRegistration(client, { netuid, hotkey: minerHot.address, coldkey: poor })).toMatchObject({
      affordable: false,
    });
    expect(await planRegistration(client, { netuid: 77, hotkey: minerHot.address })).toMatchObject({
      kind: "closed",
      reason: "no such subnet",
    });
    included(await burnedRegister(client, { netuid, hotkey: minerHot.address, coldkey: minerCold }, options));
    expect(await planRegistration(client, { netuid, hotkey: minerHot.address })).toMatchObject({
      kind: "registered",
      uid: 1,
    });
    const again = await burnedRegister(client, { netuid, hotkey: minerHot.address, coldkey: minerCold }, options);
    expect(again).toMatchObject({
      kind: "dispatchFailed",
      error: { name: "HotKeyAlreadyRegisteredInSubNet" },
      remedy: "Nothing to do: the hotkey is registered.",
    });
  });

  test("carries an announced address, by a hotkey without any money", async () => {
    const axon = { ip: "0.0.0.1", port: 10_100, version: 1, protocol: 4 };
    const where = { netuid, hotkey: minerHot.address, axon };
    expect((await planServe(client, where)).kind).toBe("due");
    included(await serveAxon(client, { netuid, hotkey: minerHot, axon }, options));
    expect((await planServe(client, where)).kind).toBe("unchanged");
    expect(await readAxon(client, netuid, minerHot.address)).toMatchObject({ ip: "0.0.0.1", port: 10_100, ipType: 4 });
    const stranger = await serveAxon(client, { netuid, hotkey: keypairFromUri("//Stranger"), axon }, options);
    expect(stranger).toMatchObject({ kind: "rejected", customCode: 10, name: "HotKeyNotRegisteredInNetwork" });
  });

  test("shows its neurons in one metagraph, also of an earlier block", async () => {
    const earlier = client.head();
    included(
      await addStake(
        client,
        { netuid, hotkey: validator.address, amountRao: 100n * raoPerTao, coldkey: owner },
        options,
      ),
    );
    await expect.poll(() => client.head().number).toBeGreaterThan(earlier.number);
    const metagraph = await fetchMetagraph(client, netuid);
    expect(metagraph.neurons.map(({ hotkey }) => hotkey)).toEqual([validator.address, minerHot.address]);
    expect(metagraph.ownerHotkey).toBe(validator.address);
    expect(neuronOf(metagraph, minerHot.address)).toMatchObject({
      uid: 1,
      coldkey: minerCold.address,
      axon: { ip: "0.0.0.1", port: 10_100 },
    });
    const before = await fetchMetagraph(client, netuid, { at: earlier.hash });
    expect(neuronOf(before, validator.address)?.totalStakeRao).toBeLessThan(
      neuronOf(metagraph, validator.address)?.totalStakeRao ?? 0n,
    );
    await expect(fetchMetagraph(client, 77)).rejects.toMatchObject({ code: "E_SUBNET_UNKNOWN" });
  });

  test("takes timelocked weights and opens them in their window by its own beacon", async () => {
    const height = () => chain.node.chain.head.number;
    // One at a time: the pulses go into the blocks as time goes on.
    const advanceTo = async (block: number) => {
      while (height() < block) await blocks(1);
    };
    await client.rpc("dev_nextEpoch", [{ netuid }]);
    await expect.poll(() => client.head().number).toBe(height());
    expect(await nextEpochBlock(client, netuid)).toBeGreaterThan(height() + 10);
    const weights = { netuid, hotkey: validator, uids: [1], values: [65_535] };
    const commit = await commitTimelockedWeights(client, weights, options);
    const { blockNumber } = included(commit.submission);
    const { firstBlock, endBlock } = commit.window;
    expect(firstBlock).toBeGreaterThan(blockNumber);
    const row = () => readWeights(client, netuid, 0);
    await advanceTo(firstBlock - 4);
    expect([await row(), height() < firstBlock]).toEqual([{ uids: [], values: [] }, true]);
    await advanceTo(endBlock - 3);
    expect([await row(), height() <= endBlock]).toEqual([{ uids: [1], values: [65_535] }, true]);
  });

  test("refuses direct weights while commit-reveal is on", async () => {
    const submission = await setWeights(client, { netuid, hotkey: validator, uids: [1], values: [65_535] }, options);
    expect(submission).toMatchObject({ kind: "dispatchFailed", error: { name: "CommitRevealEnabled" } });
  });
});

describe("submitCall", () => {
  test("reads the nonce again when another process has used it meanwhile", async () => {
    const manual = await startDevChain("manual");
    const other = await connectChain({ endpoints: [manual.url], log: silentLog, signal: stop.signal });
    const asked: number[] = [];
    // What the second process knew before the first one submitted.
    const outdated: ChainClient = {
      ...other,
      rpc: async (method, params, rpcOptions) => {
        const answer = await other.rpc(method, params, rpcOptions);
        if (method !== "system_accountNextIndex") return answer;
        asked.push(Number(answer));
        return asked.length === 1 ? 0 : answer;
      },
    };
    const send = (through: ChainClient) =>
      transfer(
        through,
        { from: alice, to: owner.address, amountRao: raoPerTao },
        { log: silentLog, deadlineMs: 10_000 },
      );
    const first = send(other);
    await expect.poll(() => manual.waiting()).toBe(1);
    const second = send(outdated);
    await expect.poll(() => manual.waiting()).toBe(2);
    await manual.node.producer.produce(1, () => false);
    expect([included(await first).blockNumber, asked]).toEqual([included(await second).blockNumber, [1, 1]]);
    await other.close();
    await manual.close();
  });

  test("keeps twenty submissions of one key apart", async () => {
    const manual = await startDevChain("manual");
    const other = await connectChain({ endpoints: [manual.url], log: silentLog, signal: stop.signal });
    const pending = Array.from({ length: 20 }, () =>
      transfer(other, { from: alice, to: owner.address, amountRao: raoPerTao }, { log: silentLog, deadlineMs: 10_000 }),
    );
    await expect.poll(() => manual.waiting()).toBe(20);
    await manual.node.producer.produce(1, () => false);
    const numbers = (await Promise.all(pending)).map((submission) => included(submission).blockNumber);
    expect(new Set(numbers).size).toBe(1);
    expect((await readBalance(other, alice.address)).nonce).toBe(20);
    await other.close();
    await manual.close();
  });

  test("gives up when its owner does", async () => {
    const manual = await startDevChain("manual");
    const other = await connectChain({ endpoints: [manual.url], log: silentLog, signal: stop.signal });
    const giveUp = new AbortController();
    const pending = transfer(
      other,
      { from: alice, to: owner.address, amountRao: raoPerTao },
      { log: silentLog, deadlineMs: 60_000, signal: giveUp.signal },
    );
    await expect.poll(() => manual.waiting()).toBe(1);
    giveUp.abort();
    await expect(pending).rejects.toMatchObject({ code: "E_ABORTED" });
    await other.close();
    await manual.close();
  });

  test("never waits past its deadline", async () => {
    const manual = await startDevChain("manual");
    const other = await connectChain({ endpoints: [manual.url], log: silentLog, signal: stop.signal });
    const submission = await transfer(
      other,
      { from: alice, to: owner.address, amountRao: 1n },
      { log: silentLog, deadlineMs: 100 },
    );
    expect(submission.kind).toBe("timedOut");
    await other.close();
    await manual.close();
  });

  test.each(["inBlock", "finalized"] as const)(
    "finds its extrinsic in the blocks when the connection was lost meanwhile (%s)",
    async (wait) => {
      const manual = await startDevChain("manual");
      const other = await connectChain({ endpoints: [manual.url], log: silentLog, signal: stop.signal });
      const pending = transfer(
        other,
        { from: alice, to: owner.address, amountRao: raoPerTao },
        { log: silentLog, deadlineMs: 15_000, wait },
      );
      await expect.poll(() => manual.waiting()).toBe(1);
      const { port } = new URL(manual.url);
      expect(Number(port)).toBeGreaterThan(0);
      await manual.cutConnections();
      await expect.poll(() => other.connected()).toBe(false);
      await manual.node.producer.produce(1, () => false);
      const submission = await pending;
      expect(included(submission).blockNumber).toBe(manual.node.chain.head.number);
      expect(submission.kind).toBe(wait === "inBlock" ? "included" : "finalized");
      await other.close();
      await manual.close();
    },
  );
});
