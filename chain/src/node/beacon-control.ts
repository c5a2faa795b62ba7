/** A beacon that development verbs stall, let go on, and ask for rounds ahead of time. */
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { drand, type Pulse } from "../spec/pallets/drand.ts";
import { type Beacon, scheduledRound, MAX_PER_BLOCK, pulseExtrinsic } from "./runtime/drand/beacon.ts";
import type { StateView } from "./storage/state.ts";

/** Whether pulses come on schedule or not at all. */
export type BeaconMode = "follow" | "stall";

/** Stands between a beacon and its node. */
export class BeaconControl implements Beacon {
  private readonly beacon: Beacon;
  private readonly signer: Keypair;
  private modeNow: BeaconMode = "follow";
  private catchingUp = false;

  /** `signer` signs the payloads of rounds that are caught up with, as a node's app key does. */
  constructor(beacon: Beacon, signer: Keypair) {
    this.beacon = beacon;
    this.signer = signer;
  }

  /** How pulses come now. */
  get mode(): BeaconMode {
    return this.modeNow;
  }

  /** No more pulses. Those in the pool are still written. */
  stall(): void {
    this.modeNow = "stall";
  }

  /**
   * Pulses on schedule again. Missed rounds come first and without holes, {@link MAX_PER_BLOCK} a block, as a node's offchain worker fetches them:
   * it asks for the rounds after the last stored one.
   */
  follow(): void {
    this.catchingUp = this.modeNow === "stall";
    this.modeNow = "follow";
  }

  pulses(state: StateView, block: number): readonly Uint8Array[] {
    if (this.modeNow === "stall") return [];
    const missed = this.catchingUp ? missedRounds(state).flatMap((round) => this.pulseOf(round) ?? []) : [];
    if (missed.length > 0) return missed.map((pulse) => pulseExtrinsic(pulse, this.signer, block));
    this.catchingUp = false;
    return this.beacon.pulses(state, block);
  }

  pulseOf(round: bigint): Pulse | undefined {
    return this.beacon.pulseOf?.(round);
  }
}

function missedRounds(state: StateView): bigint[] {
  const first = state.get(drand.storage.LastStoredRound) + 1n;
  const missed = scheduledRound(state) - first;
  const count = missed < 0n ? 0 : Math.min(Number(missed) + 1, MAX_PER_BLOCK);
  return Array.from({ length: count <= 1 ? 0 : count }, (_, at) => first + BigInt(at));
}
