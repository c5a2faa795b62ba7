import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { planReveal, readBeacon, weightsSetup } from "@subnetkit/chain/client/weights";
import { localBeaconSecret } from "@subnetkit/chain/node/runtime/drand/local-key";
import { beaconSign } from "@subnetkit/shared/crypto/beacon";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { bareHex } from "@subnetkit/shared/util/bytes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDrandBeacon } from "../../../../validator/src/weights/drand-beacon.ts";
import { silentLog } from "../../chain/client/support/dev-chain.ts";
import { type DevSubnet, startDevSubnet } from "../../chain/client/support/dev-subnet.ts";

let subnet: DevSubnet;
beforeEach(async () => {
  subnet = await startDevSubnet();
});
afterEach(() => subnet.close());

describe("the round that weights are locked to, with drand's own servers asked", () => {
  it("is never one that is published, although the chain has not heard of it", async () => {
    const { client, netuid, chain } = subnet;
    await chain.rpc("dev_setDrand", [{ stall: true }]);
    const setup = await weightsSetup(client, netuid);
    const beacon = await readBeacon(client);
    const alone = await planReveal(client, setup);
    const newest = alone.round + 50n;
    const signature = beaconSign(localBeaconSecret(), newest);
    const server = createServer((request, response) => {
      const { genesisTimeS: genesis_time, periodS: period, publicKey } = beacon;
      const info = { public_key: bareHex(publicKey), period, genesis_time };
      const latest = { round: Number(newest), randomness: sha256Hex(signature), signature: bareHex(signature) };
      response.end(JSON.stringify(request.url?.endsWith("/info") ? info : latest));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/c0ffee`;
    try {
      const source = createDrandBeacon({ endpoints: [endpoint] }, { log: silentLog });
      const both = await planReveal(client, setup, source.latestRound);
      // The beacon's clock sets the time: as many rounds ahead of it as the plan was ahead of the chain's.
      expect(both.round).toBeGreaterThan(newest);
      expect(both.window).toEqual(alone.window);
    } finally {
      server.close();
      server.closeAllConnections();
    }
    // With nobody to ask, the chain's own pulses decide as before.
    const nobody = createDrandBeacon({ endpoints: [endpoint], timeoutMs: 200 }, { log: silentLog });
    expect((await planReveal(client, setup, nobody.latestRound)).round).toBe(alone.round);
  });
});
