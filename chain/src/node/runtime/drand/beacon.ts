import { beaconSign } from "@subnetkit/shared/crypto/beacon";
import { sha256 } from "@subnetkit/shared/crypto/hash";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { commitments } from "../../../spec/pallets/commitments.ts";
import {
  type BeaconConfiguration,
  drand,
  type Pulse,
  type PulsesPayload,
  pulsesPayload,
} from "../../../spec/pallets/drand.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { timestamp } from "../../../spec/pallets/timestamp.ts";
import { bareExtrinsic } from "../../block/extrinsic.ts";
import type { StateView } from "../../storage/state.ts";
import { rememberPulse } from "./known-pulses.ts";
import { localBeaconPublicKey, localBeaconSecret } from "./local-key.ts";
import { createPace, type Pace } from "./pace.ts";

/** Pulses offered per block: bounds what a jump of the chain's time costs. */
export const MAX_PER_BLOCK = 4;

/** Pulses that a local beacon remembers: those it was asked for ahead of their time. */
const MAX_SIGNED = 256;

/** Plays drand for a development chain. */
export interface Beacon {
  /**
   * The `write_pulse` extrinsics the next block should carry, in round order; empty when no round is due. `state` is the newest state,
   * `block` its number. Offering one again is harmless: the pool and the pallet refuse rounds that are stored.
   * Cost: about 5 ms per pulse of the local beacon.
   */
  pulses(state: StateView, block: number): readonly Uint8Array[];
  /** The pulse of any round, due or not; undefined where the beacon has none. Absent from a beacon that has no pulses of its own. */
  pulseOf?(round: bigint): Pulse | undefined;
}

/** Pulses nobody waits for: this many at once, then one per so many ms of the wall clock, however fast blocks are made. */
const IDLE_PULSES = { atOnce: 16, everyMs: 1_000 } as const;

/** A beacon with the development key; `signer` signs the payloads, as a node's app key does. */
export function createLocalBeacon(
  signer: Keypair,
  pace: Pace = createPace(IDLE_PULSES.atOnce, IDLE_PULSES.everyMs),
): Beacon {
  const secret = localBeaconSecret();
  const publicKey = localBeaconPublicKey();
  const signed = new Map<bigint, Pulse>();
  const pulseOf = (round: bigint): Pulse => {
    const pulse = signed.get(round) ?? signPulse(secret, round);
    if (signed.size >= MAX_SIGNED) signed.clear();
    signed.set(round, pulse);
    rememberPulse(publicKey, round, pulse.signature);
    return pulse;
  };
  return {
    pulses: (state, block) => dueRounds(state, pace).map((round) => pulseExtrinsic(pulseOf(round), signer, block)),
    pulseOf,
  };
}

/** Round of a beacon at a time: round 1 at its genesis, one more per period (spec/subtensor-interface.md 6.2). 0 before genesis. */
export function roundAt(timeMs: number, genesisTimeSeconds: number, periodSeconds: number): bigint {
  const elapsed = Math.floor(timeMs / 1000) - genesisTimeSeconds;
  return elapsed < 0 ? 0n : BigInt(Math.floor(elapsed / periodSeconds) + 1);
}

/**
 * Rounds to publish now: those that stored timelocks wait for and the newest one, which without anybody waiting is held to a pace. Rounds nobody
 * waits for are left out when time jumps, which loses nothing: a new timelock needs a round that is still ahead.
 */
export function dueRounds(state: StateView, pace?: Pace): bigint[] {
  const latest = scheduledRound(state);
  const last = state.get(drand.storage.LastStoredRound);
  if (latest <= last) return [];
  const rounds = new Set<bigint>();
  for (const round of awaitedRounds(state)) if (round > last && round <= latest) rounds.add(round);
  if (rounds.size > 0 || pace === undefined || pace.take()) rounds.add(latest);
  return [...rounds].sort((a, b) => (a < b ? -1 : 1)).slice(0, MAX_PER_BLOCK);
}

/** Round that is due by the chain's clock. */
export function scheduledRound(state: StateView): bigint {
  const { genesis_time, period } = state.derived(drand.storage.BeaconConfig, beaconClock);
  return roundAt(Number(state.get(timestamp.storage.Now)), genesis_time, period);
}

const beaconClock = (state: StateView): Pick<BeaconConfiguration, "genesis_time" | "period"> =>
  state.get(drand.storage.BeaconConfig);

/** Rounds that stored weight commits and commitments are locked to, in no order, stored rounds included. */
export function* awaitedRounds(state: StateView): Iterable<bigint> {
  yield* state.derived(subtensorModule.storage.TimelockedWeightCommits, committedRounds);
  for (const [netuid, who] of state.get(commitments.storage.TimelockedIndex)) {
    for (const field of state.get(commitments.storage.CommitmentOf, netuid, who)?.info.fields ?? []) {
      if (field.type === "TimelockEncrypted") yield field.value.reveal_round;
    }
  }
}

const committedRounds = (state: StateView): readonly bigint[] =>
  [...state.iterate(subtensorModule.storage.TimelockedWeightCommits)].flatMap(({ value }) =>
    value.map(([, , , round]) => round),
  );

function signPulse(secret: Uint8Array, round: bigint): Pulse {
  const signature = beaconSign(secret, round);
  return { round, randomness: sha256(signature), signature };
}

/** The unsigned `write_pulse` of one pulse, its payload signed by an app key. */
export function pulseExtrinsic(pulse: Pulse, signer: Keypair, block: number): Uint8Array {
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
  head(): { readonly state: StateView; readonly number: number };
  /** Hears of every new block until the returned function is called. */
  onBlock(listener: () => void): () => void;
  /** Puts an extrinsic into the pool. */
  submit(bytes: Uint8Array): unknown;
  /** Told of an exception, as of one in a pallet: a state that was written raw may not decode. The chain goes on. */
  onFault(error: unknown): void;
}

/** Offers the due pulses after every block until the returned function is called. */
export function connectBeacon(host: BeaconHost, beacon: Beacon): () => void {
  return host.onBlock(() => {
    try {
      const { state, number } = host.head();
      for (const bytes of beacon.pulses(state, number)) host.submit(bytes);
    } catch (error) {
      host.onFault(error);
    }
  });
}
