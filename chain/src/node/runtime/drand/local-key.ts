import { sha256 } from "@subnetkit/shared/crypto/hash";
import { hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import type { BeaconConfiguration } from "../../../spec/pallets/drand.ts";

/** The text the local beacon's secret is made of. Public on purpose: on a development chain everyone may play drand. */
const DEV_SEED = "subnetkit development beacon";

/** Public key of {@link localBeaconSecret}, 96 bytes. Written down because computing it takes 0.4 s at the start of every new chain. */
const DEV_PUBLIC_KEY =
  "0x80927f0b6a8b4dd3e549110b089abee89b09f09722dd5a175721bafd147159552cb5005c2250efec4360ac73c06f4407" +
  "0509d5383f164a531467319b57802c71dec5c970d624569de0b0e4af3a5405cbe417a2277c40f4fd4fe373ed27af6e31";

/** Secret of the local beacon, 32 bytes below the group order (the two high bits are cleared). */
export function localBeaconSecret(): Uint8Array {
  const secret = sha256(utf8(DEV_SEED));
  secret[0] = (secret[0] as number) & 0x3f;
  return secret;
}

/** Public key of the local beacon, 96 bytes. */
export function localBeaconPublicKey(): Uint8Array {
  return hexToBytes(DEV_PUBLIC_KEY);
}

/** The local beacon as the chain stores it: same scheme as quicknet, another key, its own clock (spec/subtensor-interface.md 6.2). */
export function localBeaconConfig(genesisTimeMs: number, periodSeconds: number): BeaconConfiguration {
  const publicKey = localBeaconPublicKey();
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
