import { fetchMetagraph, metagraphOf } from "@subnetkit/chain/client/metagraph";
import { callRuntime } from "@subnetkit/chain/client/storage";
import { accountAddress } from "@subnetkit/chain/client/account-address";
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DevSubnet, startDevSubnet } from "./support/dev-subnet.ts";

let subnet: DevSubnet;
beforeAll(async () => {
  subnet = await startDevSubnet();
  await subnet.register(keypairFromUri("//Metagraph//1"));
  await subnet.register(keypairFromUri("//Metagraph//2"));
});
afterAll(() => subnet?.close());

describe("reading a metagraph", () => {
  test("gives what the library's own rendering of the whole result gives, now and from memory", async () => {
    const { client, netuid } = subnet;
    const at = client.head().hash;
    const call = {
      api: "subnetInfoRuntimeApi",
      method: "getMetagraph",
      wireName: "SubnetInfoRuntimeApi_get_metagraph",
    };
    const rendered = (await callRuntime(client, call, Uint8Array.of(netuid, 0), { at })).toJSON();
    const expected = metagraphOf(rendered, [], netuid);
    const validatorTrust = 0;
    for (const read of [await fetchMetagraph(client, netuid, { at }), await fetchMetagraph(client, netuid, { at })])
      expect({ ...read, neurons: read.neurons.map((neuron) => ({ ...neuron, validatorTrust })) }).toEqual(expected);
    expect(expected.neurons.map(({ hotkey }) => hotkey)).toContain(keypairFromUri("//Metagraph//2").address);
  });

  test("says so when there is no such subnet", async () => {
    const error = await fetchMetagraph(subnet.client, 999).catch((thrown: unknown) => thrown);
    expect(isAppError(error, "E_SUBNET_UNKNOWN")).toBe(true);
  });
});

test("an account's address is the same from memory, whatever memory its bytes lie in", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(7), (bytes, offset) => {
      const within = new Uint8Array(offset + 40);
      within.set(bytes, offset);
      const view = within.subarray(offset, offset + 32);
      expect([accountAddress(bytes), accountAddress(view)]).toEqual([encodeAddress(bytes), encodeAddress(bytes)]);
    }),
    { numRuns: 50 },
  );
  expect(() => accountAddress(new Uint8Array(31))).toThrow();
});
