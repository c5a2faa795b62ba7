import { applySettings } from "@subnetkit/chain/client/subnet";
import { requireIncluded } from "@subnetkit/chain/client/submit";
import { createMetagraphWatch } from "@subnetkit/miner/chain/metagraph-watch";
import { ensureRegistered } from "@subnetkit/miner/chain/registration";
import { createBlockClock } from "@subnetkit/shared/clock/block-clock";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
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

describe("createMetagraphWatch", () => {
  test("reads when it is due and gives every metagraph with our own neuron", async () => {
    const seen: [number, number][] = [];
    const watch = createMetagraphWatch(
      { netuid: subnet.netuid, hotkey: subnet.ownerHotkey.address, refreshBlocks: 5 },
      { client: subnet.client, onMetagraph: ({ block }, self) => seen.push([block, self.uid]) },
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
      { client: subnet.client, onMetagraph: () => undefined },
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
          { netuid, hotkey: hotkey.address, wait },
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
