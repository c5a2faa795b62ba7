import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesEqual, concatBytes, hexToBytes, isHex } from "@subnetkit/shared/util/bytes";
import type { ChainClient } from "./chain-client.ts";
import { type AtBlock, readStorageOfEach } from "./storage.ts";

/**
 * Fingerprints of TLS keys as neurons publish them with `serve_axon_tls` (spec/subtensor-interface.md 2.3). The chain takes any byte for the algorithm
 * and up to 64 for the key; this client writes the SHA-256 of a SubjectPublicKeyInfo under a number of its own and takes nothing else for one.
 */

/** The algorithm byte of a fingerprint. Others, whatever neurons of other software mean by them, say nothing to us. */
export const fingerprintAlgorithm = 0x73;

const fingerprintBytes = 32;

/** A certificate cannot be deleted, and the chain ignores an empty one: this one takes the place of a fingerprint that no longer holds. */
const withdrawn = Uint8Array.of(0, 0);

/** The `certificate` argument of `serve_axon_tls` for a fingerprint, or to withdraw the one that stands. Throws E_CHAIN_SHAPE. */
export function certificateArgument(fingerprint: Uint8Array | undefined): Uint8Array {
  if (fingerprint === undefined) return withdrawn;
  if (fingerprint.length !== fingerprintBytes)
    throw appError("E_CHAIN_SHAPE", {
      what: "a TLS fingerprint",
      reason: `it has ${fingerprint.length} bytes, not 32`,
    });
  return concatBytes(Uint8Array.of(fingerprintAlgorithm), fingerprint);
}

/** True when both are the same fingerprint, or both none. */
export function sameFingerprint(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : bytesEqual(a, b);
}

/**
 * The published fingerprints of these hotkeys (ss58), in one request; those without one are left out. Throws E_CHAIN_CALL_UNKNOWN on a chain without
 * the item, E_CHAIN_SHAPE and the errors of `rpc`.
 */
export async function readFingerprints(
  client: ChainClient,
  netuid: number,
  hotkeys: readonly string[],
  options: AtBlock = {},
): Promise<ReadonlyMap<string, Uint8Array>> {
  const keys = hotkeys.map((hotkey) => [netuid, hotkey]);
  const values = await readStorageOfEach(client, "subtensorModule", "neuronCertificates", keys, options);
  const found = new Map<string, Uint8Array>();
  hotkeys.forEach((hotkey, i) => {
    const fingerprint = fingerprintOf(values[i]?.toJSON());
    if (fingerprint !== undefined) found.set(hotkey, fingerprint);
  });
  return found;
}

/** A stored `NeuronCertificate` as polkadot.js renders it; undefined unless it is a fingerprint of ours. */
export function fingerprintOf(json: unknown): Uint8Array | undefined {
  const { algorithm, publicKey } = (json ?? {}) as { algorithm?: unknown; publicKey?: unknown };
  if (Number(algorithm) !== fingerprintAlgorithm || typeof publicKey !== "string" || !isHex(publicKey))
    return undefined;
  const bytes = hexToBytes(publicKey);
  return bytes.length === fingerprintBytes ? bytes : undefined;
}
