import { readBalance } from "@subnetkit/chain/client/balances";
import { readAxon } from "@subnetkit/chain/client/serve";
import { createAnnouncer } from "@subnetkit/miner/chain/announcer";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DevSubnet, startDevSubnet } from "../../chain/client/support/dev-subnet.ts";

const axon = { ip: "0.0.0.1", port: 10_100, version: 1, protocol: 4 };

let subnet: DevSubnet;
beforeAll(async () => {
  subnet = await startDevSubnet({ servingRateLimitBlocks: 10 });
});
afterAll(() => subnet?.close());

function announcer(uri: string, wanted = axon) {
  const changes: boolean[] = [];
  const said: string[] = [];
  const write = (line: string): void => void said.push((JSON.parse(line) as { msg: string }).msg);
  const log = createLogger({ name: "test", destination: { write } });
  const hotkey = keypairFromUri(uri);
  const made = createAnnouncer(
    { netuid: subnet.netuid, axon: wanted },
    {
      client: subnet.client,
      hotkey,
      log,
      signal: new AbortController().signal,
      onChange: (announced) => changes.push(announced),
    },
  );
  const block = () => subnet.client.head().number;
  const sent = async () => (await readBalance(subnet.client, hotkey.address)).nonce;
  return { hotkey, changes, said, tick: () => made.tick(block()), announced: made.announced, sent };
}

const height = (): number => subnet.chain.node.chain.head.number;
const settled = () => expect.poll(() => subnet.client.head().number).toBe(height());

describe("createAnnouncer", () => {
  test("announces once, and sends nothing more while the chain says the right thing", async () => {
    const { hotkey, tick, changes, announced, sent } = announcer("//Announce//1");
    await subnet.register(hotkey);
    expect(announced()).toBe(false);
    await tick();
    expect(announced()).toBe(true);
    expect(await readAxon(subnet.client, subnet.netuid, hotkey.address)).toMatchObject(axon);
    await tick();
    await subnet.blocks(30);
    await settled();
    await tick();
    expect(await sent()).toBe(1);
    expect(changes).toEqual([true, true]);
  });

  test("a second process that finds its address on the chain sends nothing", async () => {
    const { tick, announced, said, sent } = announcer("//Announce//1");
    await tick();
    expect([announced(), await sent()]).toEqual([true, 1]);
    expect(said).toEqual(["the chain carries this axon already"]);
  });

  test("waits for the chain's rate limit before it changes an address", async () => {
    const first = announcer("//Announce//2");
    await subnet.register(first.hotkey);
    await first.tick();
    await settled();
    const moved = announcer("//Announce//2", { ...axon, port: 10_200 });
    await moved.tick();
    expect([moved.announced(), await moved.sent()]).toEqual([false, 1]);
    await subnet.blocks(9);
    await settled();
    await moved.tick();
    expect([moved.announced(), await moved.sent()]).toEqual([true, 2]);
    expect(await readAxon(subnet.client, subnet.netuid, first.hotkey.address)).toMatchObject({ port: 10_200 });
  });

  test("takes its place back from another process with its hotkey, and says that there seems to be one", async () => {
    const ours = announcer("//Announce//4");
    await subnet.register(ours.hotkey);
    await ours.tick();
    await subnet.blocks(11);
    await settled();
    await announcer("//Announce//4", { ...axon, port: 10_300 }).tick();
    await subnet.blocks(15);
    await settled();
    await ours.tick();
    expect(ours.said.filter((line) => line.includes("another miner"))).toHaveLength(1);
    expect(await readAxon(subnet.client, subnet.netuid, ours.hotkey.address)).toMatchObject({ port: axon.port });
  });

  test("tries again some blocks after the chain refused it", async () => {
    const early = announcer("//Announce//3");
    await early.tick();
    expect([early.announced(), early.changes]).toEqual([false, [false]]);
    await subnet.register(early.hotkey);
    await settled();
    await early.tick();
    expect(early.announced()).toBe(false);
    await subnet.blocks(2);
    await settled();
    await early.tick();
    expect(early.announced()).toBe(true);
  });
});
