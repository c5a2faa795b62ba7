import type { Signer } from "@polkadot/api/types";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import type { KeyScheme, Keypair } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex, concatBytes, hexToBytes } from "@subnetkit/shared/util/bytes";

/** Index of a scheme in the runtime's `MultiSignature` (spec/subtensor-interface.md 1.1). */
const signatureKind: Readonly<Record<KeyScheme, number>> = { ed25519: 0, sr25519: 1 };

/** Payloads longer than this many bytes are signed by their hash; the library leaves that to the signer. */
const longestPlain = 256;

/** A keypair of ours as a polkadot.js signer. */
export function signerOf(keypair: Keypair): Signer {
  return {
    signRaw: ({ data }) => {
      const payload = hexToBytes(data);
      const signature = keypair.sign(payload.length > longestPlain ? blake2b256(payload) : payload);
      return Promise.resolve({
        id: 0,
        signature: bytesToHex(concatBytes(Uint8Array.of(signatureKind[keypair.scheme]), signature)),
      });
    },
  };
}
