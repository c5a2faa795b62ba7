import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { headerHash, sealHeader, slotDigest } from "../../../../../chain/src/node/block/header.ts";
import { type Header, header } from "../../../../../chain/src/spec/types.ts";

const hashOf = (byte: string): string => `0x${byte.repeat(32)}`;

describe("a sealed header", () => {
  it.each([1, 63, 64, 16_383, 16_384, 1_073_741_823, 1_073_741_824, 4_294_967_295])(
    "has the hash of its own bytes and a signature over those without the seal, at height %i and with any count of logs",
    (number) => {
      for (const count of [0, 1, 3, 61, 62, 63, 64]) {
        const unsealed: Header = {
          parent_hash: hashOf("ab"),
          number,
          state_root: hashOf("01"),
          extrinsics_root: hashOf("fe"),
          digest: { logs: Array.from({ length: count }, (_, i) => slotDigest(BigInt(i))) },
        };
        let signed = "";
        const { header: sealed, hash } = sealHeader(unsealed, (preHash) => {
          signed = bytesToHex(preHash);
          return new Uint8Array(64).fill(count);
        });
        expect(signed).toBe(headerHash(unsealed));
        expect(hash).toBe(bytesToHex(blake2b256(header.enc(sealed))));
        expect(sealed.digest.logs.length).toBe(count + 1);
      }
    },
  );
});
