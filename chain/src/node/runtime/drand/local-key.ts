import { beaconPublicKey } from "@subnetkit/shared/crypto/beacon";
import { sha256 } from "@subnetkit/shared/crypto/hash";
import { utf8 } from "@subnetkit/shared/util/bytes";
import type { BeaconConfiguration } from "../../../spec/pallets/drand.ts";

/** The text the local beacon's secret is made of. Public on purpose: on a development chain everyone may play drand. */
const DEV_SEED = "subnetkit development beacon";

/** Secret of the local beacon, 32 bytes below the group order (the two high bits are cleared). */
export function localBeaconSecret(): Uint8Array {
  const secret = sha256(utf8(DEV_SEED));
  secret[0] = (secret[0] as number) & 0x3f;
  return secret;
}

/** The local beacon as the chain stores it: same scheme as quicknet, another key, its own clock (spec/subtensor-interface.md 6.2). */
export function localBeaconConfig(genesisTimeMs: number, periodSeconds: number): BeaconConfiguration {
  const publicKey = beaconPublicKey(localBeaconSecret());
  return {
    public_key: publicKey,
    period: periodSeconds,
    genesis_time: Math.floor(genesisTimeMs / 1000),
    hash: sha256(publicKey),
    group_hash: sha256(utf8(DEV_SEED)),
    scheme_id: utf8("bls-unchained-g1-rfc9380"),
    metadata: { beacon_id: utf8("subnetkit-local") },
  };
}
