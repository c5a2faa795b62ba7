import { beaconVerify } from "@subnetkit/shared/crypto/beacon";
import { bareHex } from "@subnetkit/shared/util/bytes";

/** Pulses remembered: those of the last blocks, which the chain is about to check. */
const MAX_KNOWN = 256;

const known = new Set<string>();

/** Remembers a pulse whose signature is the beacon's, as who signed it knows: checking one costs 25 ms. */
export function rememberPulse(publicKey: Uint8Array, round: bigint, signature: Uint8Array): void {
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(nameOf(publicKey, round, signature));
}

/** True when the signature of a round is the beacon's. Never throws. */
export function pulseHolds(publicKey: Uint8Array, round: bigint, signature: Uint8Array): boolean {
  if (known.has(nameOf(publicKey, round, signature))) return true;
  if (!beaconVerify(publicKey, round, signature)) return false;
  rememberPulse(publicKey, round, signature);
  return true;
}

const nameOf = (publicKey: Uint8Array, round: bigint, signature: Uint8Array): string =>
  `${round}:${bareHex(signature)}:${bareHex(publicKey)}`;
