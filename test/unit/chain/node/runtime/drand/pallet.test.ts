import { beaconPublicKey, beaconSign, beaconVerify } from "@subnetkit/shared/crypto/beacon";
import { describe, expect, it } from "vitest";
import { createLocalBeacon, dueRounds, roundAt } from "../../../../../../chain/src/node/runtime/drand/beacon.ts";
import { localBeaconConfig, localBeaconSecret } from "../../../../../../chain/src/node/runtime/drand/local-key.ts";
import { buildBlock } from "../../../../../../chain/src/node/block/builder.ts";
import { bareExtrinsic, decodeExtrinsic } from "../../../../../../chain/src/node/block/extrinsic.ts";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { account, key, World } from "../subtensor/world.ts";

const S = drand.storage;

describe("the local beacon", () => {
  it("has a key of its own in the chain's configuration, of the quicknet scheme", () => {
    const config = new World().state.get(S.BeaconConfig);
    expect(config).toEqual(localBeaconConfig(1_800_000_000_000, 1));
    expect(Buffer.from(config.scheme_id).toString()).toBe("bls-unchained-g1-rfc9380");
    expect(beaconVerify(config.public_key, 5n, beaconSign(localBeaconSecret(), 5n))).toBe(true);
    expect(beaconVerify(config.public_key, 6n, beaconSign(localBeaconSecret(), 5n))).toBe(false);
  });

  it("counts rounds from 1 at its genesis, one per period", () => {
    expect([roundAt(999, 1, 3), roundAt(1_000, 1, 3), roundAt(3_999, 1, 3), roundAt(4_000, 1, 3)]).toEqual([
      0n,
      1n,
      1n,
      2n,
    ]);
  });

  it("publishes each round once, by the chain's time", () => {
    const world = new World({ beacon: true });
    world.run(12);
    expect(world.state.get(S.LastStoredRound)).toBe(3n);
    const stored = [...world.state.iterate(S.Pulses)].map(({ keys }) => keys[0]).sort();
    expect(stored).toEqual([1n, 2n, 3n]);
    expect(world.events("NewPulse")).toEqual([]);
  });

  it("after a jump publishes the newest round and those a commit waits for, in order, a few per block", () => {
    const world = new World();
    const { state } = world;
    const jumped = buildBlock(world.modules, world.chain, 1_800_000_000_000 + 1_000_000, []);
    world.chain.append(jumped.block);
    const head = world.state;
    head.put(
      subtensorModule.storage.TimelockedWeightCommits,
      [2, 1n],
      [10n, 900n, 20n, 5_000n, 30n, 40n, 50n].map((round) => [account("//Bob"), 1n, new Uint8Array(1), round]),
    );
    expect(dueRounds(head)).toEqual([10n, 20n, 30n, 40n]);
    expect(dueRounds(world.state)).toEqual([1_001n]);
    expect(dueRounds(state)).toEqual([1n]);
  });
});

describe("write_pulse", () => {
  const pulse = (world: World) =>
    decodeExtrinsic(createLocalBeacon(key("//One")).pulses(world.state, world.number)[0] as Uint8Array);
  const offer = (world: World, ...extrinsics: ReturnType<typeof decodeExtrinsic>[]) => {
    const built = buildBlock(world.modules, world.chain, 1_800_000_000_000 + (world.number + 1) * 250, extrinsics);
    world.chain.append(built.block);
    return built.outcomes.map((one) =>
      one.kind === "included"
        ? one.result.type
        : one.validity.kind === "invalid"
          ? one.validity.reason.type
          : one.validity.kind,
    );
  };

  it("is accepted once per round", () => {
    const world = new World();
    const first = pulse(world);
    expect(offer(world, first)).toEqual(["Ok"]);
    expect(offer(world, first)).toEqual(["Stale"]);
  });

  it("needs exactly one pulse and a signed payload", () => {
    const world = new World();
    const { call } = pulse(world);
    const args = call.args as { pulses_payload: { pulses: unknown[] }; signature: unknown };
    const twice = bareExtrinsic({
      ...call,
      args: {
        ...args,
        pulses_payload: {
          ...args.pulses_payload,
          pulses: [...args.pulses_payload.pulses, ...args.pulses_payload.pulses],
        },
      },
    });
    expect(offer(world, decodeExtrinsic(twice.bytes))).toEqual(["Call"]);
    const unsigned = bareExtrinsic({ ...call, args: { ...args, signature: undefined } });
    expect(offer(world, decodeExtrinsic(unsigned.bytes))).toEqual(["BadProof"]);
  });

  it("skips a pulse of another beacon and stores nothing", () => {
    const world = new World();
    const extrinsic = pulse(world);
    const config = world.state.get(S.BeaconConfig);
    const other = { ...config, public_key: beaconPublicKey(new Uint8Array(32).fill(7)) };
    world.must({
      who: "//Alice",
      call: {
        pallet: "Sudo",
        name: "sudo",
        args: {
          call: {
            pallet: "Drand",
            name: "set_beacon_config",
            args: {
              config_payload: {
                block_number: 1,
                config: other,
                public: { type: "Sr25519", value: key("//One").publicKey },
              },
              signature: undefined,
            },
          },
        },
      },
    });
    expect(offer(world, extrinsic)).toEqual(["Ok"]);
    expect(world.state.get(S.LastStoredRound)).toBe(0n);
  });
});
