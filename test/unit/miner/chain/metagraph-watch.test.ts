import { applySettings } from "@subnetkit/chain/client/subnet";
import { requireIncluded } from "@subnetkit/chain/client/submit";
import type { ChainClient } from "@subnetkit/chain/client/connect";
import type { Metagraph, Neuron } from "@subnetkit/chain/client/metagraph";
import { createMetagraphWatch } from "@subnetkit/miner/chain/metagraph-watch";
import { ensureRegistered } from "@subnetkit/miner/chain/registration";
import { createBlockClock } from "@subnetkit/shared/clock/block-clock";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { type AppError, appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../chain/client/support/dev-chain.ts";
import { type DevSubnet, startDevSubnet } from "../../chain/client/support/dev-subnet.ts";

let subnet: DevSubnet;
const stop = new AbortController();
beforeAll(async () => {
  subnet = await startDevSubnet();
});
afterAll(async () => {
  stop.abort();
  await subnet?.close();
});

const onMissing = (): never => expect.fail("nobody is missing here");

/** A watch over metagraphs that the test makes. */
function scripted() {
  const hotkey = "5Ours";
  const ours = { uid: 3, hotkey, coldkey: "5Cold" } as Neuron;
  const told: string[] = [];
  let next: Metagraph | AppError | undefined;
  const watch = createMetagraphWatch(
    { netuid: 2, hotkey, refreshBlocks: 5 },
    {
      client: {} as ChainClient,
      read: () => (isAppError(next) ? Promise.reject(next) : Promise.resolve(next as Metagraph)),
      onMetagraph: () => told.push("here"),
      onMissing: () => told.push("missing"),
    },
  );
  const at = (neurons: readonly Neuron[]): Metagraph => ({ block: 1, neurons }) as Metagraph;
  const tick = (block: number, with_: readonly Neuron[] | AppError): Promise<void> => {
    next = isAppError(with_) ? with_ : at(with_);
    return watch.tick(block);
  };
  return { tick, told, ours };
}

describe("a hotkey that is not in the metagraph any more", () => {
  const other = (coldkey: string) => ({ uid: 3, hotkey: "5Heir", coldkey }) as Neuron;

  test("is looked for again in the next blocks: the one without it may be replaced", async () => {
    const { tick, told, ours } = scripted();
    await tick(10, [ours]);
    await tick(15, [other("5Else")]);
    await tick(15, [other("5Else")]);
    await tick(16, [other("5Else")]);
    await tick(17, [ours]);
    expect(told).toEqual(["here", "missing", "missing", "here"]);
    await tick(22, []);
    await tick(23, []);
    await expect(tick(24, [])).rejects.toMatchObject({ code: "E_MINER_DEREGISTERED" });
  });

  test.each([
    ["another neuron has its uid", [other("5Else")], /uid 3 is now 5Heir/, /improve the model/],
    ["its coldkey has given the uid to another hotkey", [other("5Cold")], /uid 3 is now 5Heir/, /key of 5Heir/],
    ["the subnet is gone", appError("E_SUBNET_UNKNOWN", { netuid: 2 }), /subnet is gone/, /another subnet/],
  ])("is told apart when %s", async (_what, found, message, remedy) => {
    const { tick, ours } = scripted();
    await tick(10, [ours]);
    await tick(15, found);
    await tick(16, found);
    await expect(tick(17, found)).rejects.toMatchObject({
      code: "E_MINER_DEREGISTERED",
      exitCode: 4,
      message: expect.stringMatching(message) as string,
      remedy: expect.stringMatching(remedy) as string,
    });
  });

  test("is no matter of a chain that fails meanwhile, which is tried again with the next block", async () => {
    const { tick, told, ours } = scripted();
    await tick(10, [ours]);
    await tick(15, []);
    await expect(tick(16, appError("E_TIMEOUT"))).rejects.toMatchObject({ code: "E_TIMEOUT" });
    await tick(16, [ours]);
    expect(told).toEqual(["here", "missing", "here"]);
  });
});

describe("createMetagraphWatch", () => {
  test("reads when it is due and gives every metagraph with our own neuron", async () => {
    const seen: [number, number][] = [];
    const watch = createMetagraphWatch(
      { netuid: subnet.netuid, hotkey: subnet.ownerHotkey.address, refreshBlocks: 5 },
      { client: subnet.client, onMetagraph: ({ block }, self) => seen.push([block, self.uid]), onMissing },
    );
    const start = subnet.client.head().number;
    await watch.tick(start);
    await watch.tick(start + 4);
    expect(seen).toEqual([[start, 0]]);
    expect([watch.block(), watch.self()?.uid]).toEqual([start, 0]);
    await watch.tick(start + 5);
    expect(seen).toHaveLength(2);
  });

  test("says that the hotkey lost its place, with the exit code of a refusal by the chain", async () => {
    const watch = createMetagraphWatch(
      { netuid: subnet.netuid, hotkey: keypairFromUri("//Gone").address, refreshBlocks: 5 },
      { client: subnet.client, onMetagraph: () => undefined, onMissing },
    );
    await expect(watch.tick(1)).rejects.toMatchObject({ code: "E_MINER_DEREGISTERED", exitCode: 4 });
  });
});

describe("ensureRegistered", () => {
  const register = (uri: string, wait: boolean) => {
    const { client, netuid } = subnet;
    const clock = createBlockClock({
      subscribe: (onHead) => client.subscribeHeads(onHead),
      signal: stop.signal,
      onError: () => undefined,
    });
    const hotkey = keypairFromUri(uri);
    return clock.start().then(() => ({
      hotkey,
      uid: () =>
        ensureRegistered(
          { netuid, hotkey: hotkey.address, command: `register ${hotkey.address}`, wait },
          { client, clock, log: silentLog, signal: stop.signal },
        ),
    }));
  };

  test("refuses with the price and the command", async () => {
    const { uid, hotkey } = await register("//Late", false);
    await expect(uid()).rejects.toMatchObject({
      code: "E_MINER_NOT_REGISTERED",
      exitCode: 4,
      message: expect.stringContaining("TAO") as string,
      remedy: expect.stringContaining(hotkey.address) as string,
    });
  });

  test("waits until it is registered when told to", async () => {
    const { uid, hotkey } = await register("//Patient", true);
    const waiting = uid();
    await subnet.blocks(6);
    await subnet.register(hotkey);
    await subnet.blocks(6);
    expect(await waiting).toBe(1);
  });

  test("does not offer to pay for a subnet that is closed", async () => {
    const changes = [{ name: "registrationAllowed", value: false, netuid: subnet.netuid }] as const;
    const [change] = await applySettings(
      subnet.client,
      { changes, sudoKey: keypairFromUri("//Alice") },
      { log: silentLog },
    );
    expect(requireIncluded(change!, "sudo").events.length).toBeGreaterThan(0);
    await expect.poll(() => subnet.client.head().number).toBe(subnet.chain.node.chain.head.number);
    const { uid } = await register("//Closed", false);
    await expect(uid()).rejects.toMatchObject({
      code: "E_MINER_NOT_REGISTERED",
      message: expect.stringContaining("closed") as string,
    });
  });
});
