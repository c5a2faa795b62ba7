import { composeCall } from "@subnetkit/chain/client/call";
import { certificateArgument, fingerprintOf, readFingerprints } from "@subnetkit/chain/client/neuron-certificates";
import { planServe, readAxon, serveAxon } from "@subnetkit/chain/client/serve";
import { requireIncluded, submitCall } from "@subnetkit/chain/client/submit";
import { type Keypair, keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "./support/dev-chain.ts";
import { type DevSubnet, startDevSubnet } from "./support/dev-subnet.ts";

const axon = { ip: "0.0.0.1", port: 10_100, version: 1, protocol: 4 };
const options = { log: silentLog, deadlineMs: 10_000 };
const fingerprint = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

let subnet: DevSubnet;
beforeAll(async () => {
  subnet = await startDevSubnet();
});
afterAll(() => subnet?.close());

async function registered(uri: string): Promise<Keypair> {
  const hotkey = keypairFromUri(uri);
  await subnet.register(hotkey);
  return hotkey;
}

async function serve(hotkey: Keypair, wanted: Uint8Array | undefined): Promise<void> {
  const { client, netuid } = subnet;
  const where = { netuid, hotkey: hotkey.address, axon: { ...axon, fingerprint: wanted } };
  const plan = await planServe(client, where);
  if (plan.kind !== "due") throw new Error(`not due: ${plan.kind}`);
  requireIncluded(await serveAxon(client, { ...where, hotkey, published: plan.published }, options), "serveAxon");
  await expect.poll(async () => (await planServe(client, where)).kind).toBe("unchanged");
}

const read = (...hotkeys: Keypair[]) =>
  readFingerprints(
    subnet.client,
    subnet.netuid,
    hotkeys.map(({ address }) => address),
  );

describe("fingerprints on the chain", () => {
  test("are published with the address, changed, withdrawn, and read for all hotkeys in one request", async () => {
    const [first, second, third] = [
      await registered("//Tls//1"),
      await registered("//Tls//2"),
      await registered("//Tls//3"),
    ];
    await serve(first, fingerprint(1));
    await serve(second, undefined);
    expect(await readAxon(subnet.client, subnet.netuid, first.address)).toMatchObject(axon);
    expect(await read(third, second, first)).toEqual(new Map([[first.address, fingerprint(1)]]));

    await serve(first, fingerprint(2));
    await serve(second, fingerprint(3));
    expect(await read(first, second)).toEqual(
      new Map([
        [first.address, fingerprint(2)],
        [second.address, fingerprint(3)],
      ]),
    );

    await serve(first, undefined);
    expect(await read(first, second)).toEqual(new Map([[second.address, fingerprint(3)]]));
    expect(await read()).toEqual(new Map());
  });

  test("are not what other software publishes in the same place", async () => {
    const hotkey = await registered("//Tls//4");
    const address = [subnet.netuid, 1, 0x0808_0808n, 8_091, 4, 4, 0, 0];
    for (const certificate of ["0x01".padEnd(2 + 66, "ab"), "0x73".padEnd(2 + 40, "ab")]) {
      const call = composeCall(subnet.client, "subtensorModule", "serveAxonTls", [...address, certificate]);
      requireIncluded(await submitCall(subnet.client, call, hotkey, options), "serveAxonTls");
      expect(await read(hotkey)).toEqual(new Map());
    }
  });
});

describe("the form on the chain", () => {
  test("is the number of the algorithm and 32 bytes", () => {
    expect(certificateArgument(fingerprint(5))).toEqual(Uint8Array.of(0x73, ...fingerprint(5)));
    expect(() => certificateArgument(new Uint8Array(31))).toThrow(expect.objectContaining({ code: "E_CHAIN_SHAPE" }));
    expect(fingerprintOf({ algorithm: 0x73, publicKey: `0x${"05".repeat(32)}` })).toEqual(fingerprint(5));
  });

  test.each([
    [null],
    [undefined],
    [{}],
    [{ algorithm: 0, publicKey: "0x00" }],
    [{ algorithm: 0x73, publicKey: "0xzz" }],
    [{ algorithm: 0x73, publicKey: 7 }],
    [{ algorithm: 0x73, publicKey: `0x${"05".repeat(33)}` }],
  ])("anything else is none: %j", (json) => {
    expect(fingerprintOf(json)).toBeUndefined();
  });
});
