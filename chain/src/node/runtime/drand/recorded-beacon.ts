import { isAppError } from "@subnetkit/shared/errors/app-error";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import { drand, type Pulse } from "../../../spec/pallets/drand.ts";
import { timestamp } from "../../../spec/pallets/timestamp.ts";
import type { StateView } from "../../storage/state.ts";
import { awaitedRounds, type Beacon, MAX_PER_BLOCK, pulseExtrinsic, roundAt } from "./beacon.ts";
import { pulseHolds } from "./known-pulses.ts";
import type { RecordedPulses } from "./pulse-file.ts";

/** A recorded round this many rounds or fewer behind the chain's time counts as the newest one: a minute of quicknet. */
const CURRENT_ROUNDS = 20n;

/** What a recorded beacon works with. */
export interface RecordedBeaconModules {
  /** Signs the payloads, as a node's app key does. */
  readonly signer: Keypair;
  readonly pulses: RecordedPulses;
  readonly log: Logger;
}

/**
 * Plays a recording of a real beacon. A round is offered once the chain's time has reached it, when a stored timelock waits for it or while
 * it is current; so a recording of old rounds serves one at a time, and one of the present is passed on as it grows. Each is checked
 * against the key in `Drand.BeaconConfig` first (25 ms, once a round), and a wrong one is logged and left out.
 */
export function createRecordedBeacon({ signer, pulses, log }: RecordedBeaconModules): Beacon {
  const verified = new WeakMap<Pulse, boolean>();
  let told: string | undefined;
  // A line that someone is just appending wrongly must not stop the chain: what was read before stays in use.
  const refresh = (): void => {
    try {
      pulses.refresh();
      told = undefined;
    } catch (error) {
      if (!isAppError(error, "E_DRAND_PULSES")) throw error;
      if (error.message !== told) log.warn({ err: error }, "the recorded pulses could not be read on");
      told = error.message;
    }
  };
  const isGenuine = (publicKey: Uint8Array, pulse: Pulse): boolean => {
    const known = verified.get(pulse);
    if (known !== undefined) return known;
    const genuine = pulseHolds(publicKey, pulse.round, pulse.signature);
    if (!genuine) log.warn({ round: String(pulse.round) }, "a recorded pulse is not the beacon's; it is left out");
    verified.set(pulse, genuine);
    return genuine;
  };
  return {
    pulses(state, block) {
      refresh();
      const { public_key } = state.get(drand.storage.BeaconConfig);
      return roundsToOffer(state, pulses).flatMap((round) => {
        const pulse = pulses.get(round);
        return pulse !== undefined && isGenuine(public_key, pulse) ? [pulseExtrinsic(pulse, signer, block)] : [];
      });
    },
    pulseOf: (round) => pulses.get(round),
  };
}

function roundsToOffer(state: StateView, pulses: RecordedPulses): bigint[] {
  const { genesis_time, period } = state.get(drand.storage.BeaconConfig);
  const latest = roundAt(Number(state.get(timestamp.storage.Now)), genesis_time, period);
  const last = state.get(drand.storage.LastStoredRound);
  const rounds = new Set<bigint>();
  for (const round of awaitedRounds(state))
    if (round > last && round <= latest && pulses.get(round) !== undefined) rounds.add(round);
  for (let round = latest; round > last && round >= 1n && latest - round <= CURRENT_ROUNDS; round--) {
    if (pulses.get(round) === undefined) continue;
    rounds.add(round);
    break;
  }
  return [...rounds].sort((a, b) => (a < b ? -1 : 1)).slice(0, MAX_PER_BLOCK);
}
