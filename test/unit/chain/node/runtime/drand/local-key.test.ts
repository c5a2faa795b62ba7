import { beaconPublicKey } from "@subnetkit/shared/crypto/beacon";
import { expect, it } from "vitest";
import { localBeaconConfig, localBeaconSecret } from "../../../../../../chain/src/node/runtime/drand/local-key.ts";

it("publishes the public key of the local beacon's secret", () => {
  expect(localBeaconConfig(0, 1).public_key).toEqual(beaconPublicKey(localBeaconSecret()));
});
