import { beaconSign } from "@subnetkit/shared/crypto/beacon";
import { sha256 } from "@subnetkit/shared/crypto/hash";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { commitments } from "../../../spec/pallets/commitments.ts";
import { drand, type Pulse, type PulsesPayload, pulsesPayload } from "../../../spec/pallets/drand.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { timestamp } from "../../../spec/pallets/timestamp.ts";
import { bareExtrinsic } from "../../block/extrinsic.ts";
import type { State } from "../../storage/state.ts";
import { localBeaconSecret } from "./local-key.ts";

/** Pulses offered per block: bounds what a jump of the chain's time costs. */
const MAX_PER_BLOCK = 4;

/** Plays drand for a development chain. */
export interface LocalBeacon {
  /**
   * The `write_pulse` extrinsics the next block should carry, in round order; empty when no round is due. `state` is the newest state,
   * `block` its number. Offering one again is harmless: the pool and the pallet refuse rounds that are stored.
   * Cost: about 5 ms per pulse.
   */
  pulses(state: State, block: number): readonly Uint8Array[];
}

/** A beacon with the development key; `signer` signs the payloads, as a node's app key does. */
export function createLocalBeacon(signer: Keypair): LocalBeacon {
  const secret = localBeaconSecret();
  return {
    pulses: (state, block) => dueRounds(state).map((round) => pulseExtrinsic(secret, signer, round, block)),
  };
}

/** Round of a beacon at a time: round 1 at its genesis, one more per period (spec/subtensor-interface.md 6.2). 0 before genesis. */
export function roundAt(timeMs: number, genesisTimeSeconds: number, periodSeconds: number): bigint {
  const elapsed = Math.floor(timeMs / 1000) - genesisTimeSeconds;
  return elapsed < 0 ? 0n : BigInt(Math.floor(elapsed / periodSeconds) + 1);
}

/**
 * Rounds to publish now: those that stored timelocks wait for and the newest one. Rounds nobody waits for are left out when time jumps,
 * which loses nothing: a new timelock needs a round that is still ahead.
 */
export function dueRounds(state: State): bigint[] {
  const { genesis_time, period } = state.get(drand.storage.BeaconConfig);
  const latest = roundAt(Number(state.get(timestamp.storage.Now)), genesis_time, period);
  const last = state.get(drand.storage.LastStoredRound);
  if (latest <= last) return [];
  const rounds = new Set([latest]);
  for (const round of awaitedRounds(state)) if (round > last && round < latest) rounds.add(round);
  return [...rounds].sort((a, b) => (a < b ? -1 : 1)).slice(0, MAX_PER_BLOCK);
}

function* awaitedRounds(state: State): Iterable<bigint> {
  for (const { value } of state.iterate(subtensorModule.storage.TimelockedWeightCommits))
    for (const [, , , round] of value) yield round;
  for (const [netuid, who] of state.get(commitments.storage.TimelockedIndex)) {
    for (const field of state.get(commitments.storage.CommitmentOf, netuid, who)?.info.fields ?? []) {
      if (field.type === "TimelockEncrypted") yield field.value.reveal_round;
    }
  }
}

function pulseExtrinsic(secret: Uint8Array, signer: Keypair, round: bigint, block: number): Uint8Array {
  const signature = beaconSign(secret, round);
  const pulse: Pulse = { round, randomness: sha256(signature), signature };
  const payload: PulsesPayload = {
    block_number: block,
    pulses: [pulse],
    public: { type: "Sr25519", value: signer.publicKey },
  };
  const signed = { type: "Sr25519" as const, value: signer.sign(pulsesPayload.enc(payload)) };
  return bareExtrinsic({
    pallet: drand.name,
    name: "write_pulse",
    args: { pulses_payload: payload, signature: signed },
  }).bytes;
}

/** What a beacon needs of the node it plays for. */
export interface BeaconHost {
  /** Newest state and its block number. */
  head(): { readonly state: State; readonly number: number };
  /** Hears of every new block until the returned function is called. */
  onBlock(listener: () => void): () => void;
  /** Puts an extrinsic into the pool. */
  submit(bytes: Uint8Array): unknown;
}

/** Offers the due pulses after every block until the returned function is called. */
export function connectLocalBeacon(host: BeaconHost, beacon: LocalBeacon): () => void {
  return host.onBlock(() => {
    const { state, number } = host.head();
    for (const bytes of beacon.pulses(state, number)) host.submit(bytes);
  });
}
