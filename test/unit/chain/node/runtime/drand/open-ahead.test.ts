import { setImmediate as turn } from "node:timers/promises";
import { beaconSign, timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { utf8 } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { createLocalBeacon, scheduledRound } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { localBeaconPublicKey, localBeaconSecret } from "../../../../../../chain/src/node/runtime/drand/local-key.ts";
import { openAhead } from "../../../../../../chain/src/node/runtime/drand/open-ahead.ts";
import { isOpened, openTimelock } from "../../../../../../chain/src/node/runtime/drand/open-timelock.ts";
import { storageKey } from "../../../../../../chain/src/node/storage/keys.ts";
import { ScaleError } from "../../../../../../chain/src/spec/cursor.ts";
import { commitments } from "../../../../../../chain/src/spec/pallets/commitments.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { World } from "../subtensor/world.ts";

const S = subtensorModule.storage;
const WHO = `0x${"07".repeat(32)}`;

/** Stands for the news of a node. */
function blocks(): { listeners: Set<() => void>; onBlock: (listener: () => void) => () => void } {
  const listeners = new Set<() => void>();
  return {
    listeners,
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const lockedTo = (round: bigint, message: string): Uint8Array =>
  timelockEncrypt(utf8(message), round, localBeaconPublicKey());

describe("opening timelocks", () => {
  it("gives the message, or nothing for a wrong signature and for bytes that are none, and the same again", () => {
    const round = 5_001n;
    const ciphertext = lockedTo(round, "weights");
    const signature = beaconSign(localBeaconSecret(), round);
    const wrong = beaconSign(localBeaconSecret(), round + 1n);
    expect(isOpened(ciphertext, signature)).toBe(false);
    for (let again = 0; again < 2; again++) {
      expect(openTimelock(ciphertext, signature)).toEqual(utf8("weights"));
      expect(openTimelock(ciphertext, wrong)).toBeUndefined();
      expect(openTimelock(ciphertext.slice(0, 100), signature)).toBeUndefined();
    }
    expect(isOpened(ciphertext, signature)).toBe(true);
  });

  it("happens ahead of their round, one per turn, and not for rounds far ahead", async () => {
    const world = new World();
    world.run(1);
    const beacon = createLocalBeacon(keypairFromUri("//One"));
    const near = scheduledRound(world.state) + 20n;
    const far = near + 1_000n;
    const commits = [lockedTo(near, "one"), lockedTo(far, "two"), lockedTo(near, "three")];
    world.edit((state) =>
      state.put(
        S.TimelockedWeightCommits,
        [1, 0n],
        commits.map((ciphertext, i): [string, bigint, Uint8Array, bigint] => [
          WHO,
          0n,
          ciphertext,
          i === 1 ? far : near,
        ]),
      ),
    );
    const { listeners, onBlock } = blocks();
    const onFault = (error: unknown): never => {
      throw error;
    };
    const stop = openAhead({ view: () => world.chain.headView(), onBlock, onFault }, beacon);
    const opened = (): boolean[] =>
      commits.map((ciphertext, i) => isOpened(ciphertext, beaconSign(localBeaconSecret(), i === 1 ? far : near)));
    expect(opened()).toEqual([false, false, false]);
    for (const listener of listeners) listener();
    await turn();
    expect(opened()).toEqual([true, false, false]);
    await turn();
    await turn();
    expect(opened()).toEqual([true, false, true]);
    stop();
    expect(listeners.size).toBe(0);
  });

  it("goes on with the next block where an entry was written that is none", async () => {
    const world = new World();
    world.run(1);
    const beacon = createLocalBeacon(keypairFromUri("//One"));
    const round = scheduledRound(world.state) + 20n;
    const ciphertext = lockedTo(round, "four");
    const commitment = storageKey(commitments.storage.CommitmentOf, [1, WHO]);
    world.edit((state) => {
      state.put(commitments.storage.TimelockedIndex, [], [[1, WHO]]);
      state.putRaw(commitment, Uint8Array.of(7));
    });
    const { listeners, onBlock } = blocks();
    const faults: unknown[] = [];
    const onFault = (error: unknown): unknown => faults.push(error);
    const stop = openAhead({ view: () => world.chain.headView(), onBlock, onFault }, beacon);
    for (const listener of listeners) listener();
    await turn();
    await turn();
    expect(faults).toEqual([expect.any(ScaleError)]);
    world.edit((state) => {
      state.putRaw(commitment, undefined);
      state.put(S.TimelockedWeightCommits, [1, 0n], [[WHO, 0n, ciphertext, round]]);
    });
    for (const listener of listeners) listener();
    await turn();
    expect(isOpened(ciphertext, beaconSign(localBeaconSecret(), round))).toBe(true);
    expect(faults).toHaveLength(1);
    stop();
  });
});
