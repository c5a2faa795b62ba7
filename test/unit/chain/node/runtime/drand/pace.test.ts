import { beaconPublicKey, beaconSign } from "@subnetkit/shared/crypto/beacon";
import { describe, expect, it } from "vitest";
import { createLocalBeacon, dueRounds } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { pulseHolds, rememberPulse } from "../../../../../../chain/src/node/runtime/drand/known-pulses.ts";
import { createPace } from "../../../../../../chain/src/node/runtime/drand/pace.ts";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { account, key, World } from "../subtensor/world.ts";

describe("a pace", () => {
  it("gives the first lot at once, then one per interval, and saves up no more than the lot", () => {
    let now = 0;
    const pace = createPace(3, 100, () => now);
    const taken = (): number => [1, 2, 3, 4, 5].filter(() => pace.take()).length;
    expect(taken()).toBe(3);
    now = 99;
    expect(taken()).toBe(0);
    now = 250;
    expect(taken()).toBe(2);
    now = 301;
    expect(taken()).toBe(1);
    now = 100_000;
    expect(taken()).toBe(3);
  });
});

describe("the local beacon at a pace", () => {
  const never = { take: () => false };

  it("leaves out rounds that nobody waits for, and never those a commit waits for", () => {
    const world = new World();
    world.run(8);
    const { state } = world;
    expect(dueRounds(state, never)).toEqual([]);
    expect(createLocalBeacon(key("//One"), never).pulses(state, world.number)).toEqual([]);
    const waiting: [string, bigint, Uint8Array, bigint] = [account("//Bob"), 1n, new Uint8Array(1), 2n];
    state.put(subtensorModule.storage.TimelockedWeightCommits, [2, 1n], [waiting]);
    expect(dueRounds(state, never)).toEqual([2n, 3n]);
  });

  it("begins with a lot of rounds at once, so that a short run has all of its own", () => {
    const world = new World({ beacon: true });
    world.run(60);
    expect(world.state.get(drand.storage.LastStoredRound)).toBe(15n);
  });
});

describe("remembered pulses", () => {
  it("hold for the very key, round and signature only", () => {
    const secret = new Uint8Array(32).fill(5);
    const publicKey = beaconPublicKey(secret);
    const signature = beaconSign(secret, 7n);
    rememberPulse(publicKey, 7n, signature);
    expect(pulseHolds(publicKey, 7n, signature)).toBe(true);
    expect(pulseHolds(publicKey, 8n, signature)).toBe(false);
    expect(pulseHolds(beaconPublicKey(new Uint8Array(32).fill(6)), 7n, signature)).toBe(false);
    expect(pulseHolds(publicKey, 7n, beaconSign(secret, 8n))).toBe(false);
    expect(pulseHolds(publicKey, 8n, beaconSign(secret, 8n))).toBe(true);
  });
});
