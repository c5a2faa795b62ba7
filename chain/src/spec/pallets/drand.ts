import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { constant, definePallet, map, value } from "../define.ts";
import { bool, u32, u64 } from "../scale/numbers.ts";
import type { ValueOf } from "../scale/scale-type.ts";
import { boundedBytes, vec } from "../scale/sequences.ts";
import { struct } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { multiSignature, multiSigner } from "../types.ts";

/** The beacon whose rounds the chain accepts: `public_key` is a compressed G2 point, `period` and `genesis_time` are seconds. */
export const beaconConfiguration = struct("pallet_drand::types::BeaconConfiguration", {
  public_key: boundedBytes(96),
  period: u32,
  genesis_time: u32,
  hash: boundedBytes(32),
  group_hash: boundedBytes(32),
  scheme_id: boundedBytes(32),
  metadata: struct("pallet_drand::types::Metadata", { beacon_id: boundedBytes(32) }),
});
/** Value of {@link beaconConfiguration}. */
export type BeaconConfiguration = ValueOf<typeof beaconConfiguration>;

/** One round of the beacon: `signature` is a compressed G1 point over SHA-256 of the round. */
export const pulse = struct("pallet_drand::types::Pulse", {
  round: u64,
  randomness: boundedBytes(32),
  signature: boundedBytes(144),
});
/** Value of {@link pulse}. */
export type Pulse = ValueOf<typeof pulse>;

/** What an unsigned `write_pulse` carries, signed by an app key. */
export const pulsesPayload = struct("pallet_drand::types::PulsesPayload", {
  block_number: u32,
  pulses: vec(pulse),
  public: multiSigner,
});
/** Value of {@link pulsesPayload}. */
export type PulsesPayload = ValueOf<typeof pulsesPayload>;

const beaconConfigurationPayload = struct("pallet_drand::types::BeaconConfigurationPayload", {
  block_number: u32,
  config: beaconConfiguration,
  public: multiSigner,
});

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The public quicknet beacon: the storage default (spec/subtensor-interface.md 6.2). */
const quicknet: BeaconConfiguration = {
  public_key: hexToBytes(
    "0x83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  ),
  period: 3,
  genesis_time: 1_692_803_367,
  hash: hexToBytes("0x52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"),
  group_hash: hexToBytes("0xf477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"),
  scheme_id: ascii("bls-unchained-g1-rfc9380"),
  metadata: { beacon_id: ascii("quicknet") },
};

/** Pallet 26: randomness that opens timelocked commits. Source: spec/subtensor-interface.md 2.5, 3.7 and 6.2. */
export const drand = definePallet({
  name: "Drand",
  index: 26,
  storage: {
    BeaconConfig: value({ value: beaconConfiguration, default: quicknet }),
    HasMigrationRun: map({ keys: [["Identity", boundedBytes(128)]], value: bool, default: false }),
    Pulses: map({ keys: [["Blake2_128Concat", u64]], value: pulse, optional: true }),
    LastStoredRound: value({ value: u64, default: 0n }),
    OldestStoredRound: value({ value: u64, default: 0n }),
    NextUnsignedAt: value({ value: u32, default: 0 }),
  },
  calls: {
    write_pulse: { index: 0, args: { pulses_payload: pulsesPayload, signature: option(multiSignature) } },
    set_beacon_config: {
      index: 1,
      args: { config_payload: beaconConfigurationPayload, signature: option(multiSignature) },
    },
    set_oldest_stored_round: { index: 2, args: { oldest_round: u64 } },
  },
  events: {
    BeaconConfigChanged: { index: 0, fields: [] },
    NewPulse: { index: 1, fields: { rounds: vec(u64) } },
    SetOldestStoredRound: { index: 2, fields: [u64] },
  },
  errors: [
    "NoneValue",
    "StorageOverflow",
    "DrandConnectionFailure",
    "UnverifiedPulse",
    "InvalidRoundNumber",
    "PulseVerificationError",
  ],
  constants: {
    UnsignedPriority: constant(u64, 1_048_576n),
    HttpFetchTimeout: constant(u64, 1000n),
  },
});
