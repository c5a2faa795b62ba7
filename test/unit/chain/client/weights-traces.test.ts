import type { ChainClient } from "@subnetkit/chain/client/chain-client";
import { extrinsicHash } from "@subnetkit/chain/client/inclusion";
import { readBlockTraces } from "@subnetkit/chain/client/weights-traces";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";

const { publicKey, address } = keypairFromUri("//Alice");
const key = bytesToHex(publicKey).slice(2);

/** A client whose node gives a block of these extrinsics, and what of them was taken apart. */
function clientOf(extrinsics: readonly string[], signer: string): { client: ChainClient; decoded: string[] } {
  const decoded: string[] = [];
  const argsEntries = [["netuid", { toJSON: () => 2 }]];
  const method = { section: "subtensorModule", method: "commitWeights", argsEntries };
  const createType = (_type: string, hex: string): unknown => {
    decoded.push(hex);
    return { isSigned: true, signer: { toString: () => signer }, method, nonce: { toNumber: () => 7 } };
  };
  const block = { header: { number: "0x10", parentHash: "0xaa" }, extrinsics };
  const client = { rpc: async () => ({ block }), api: { registry: { createType } } } as unknown as ChainClient;
  return { client, decoded };
}

describe("the traces of a hotkey in a block", () => {
  it("are looked for in extrinsics that hold its key only, however the node writes hex", async () => {
    const ours = [`0x84${key}00`, `0x84${key.toUpperCase()}01`];
    const { client, decoded } = clientOf(["0x0400", ...ours, `0x84${"11".repeat(32)}00`], address);
    const { number, extrinsics } = await readBlockTraces(client, 2, address, "0xbb");
    expect(decoded).toEqual(ours);
    expect([number, extrinsics]).toEqual([
      16,
      ours.map((hex) => ({
        txHash: extrinsicHash(hex),
        nonce: 7,
        call: "subtensorModule.commitWeights",
        reveals: false,
      })),
    ]);
  });

  it("are not those of somebody who only names it", async () => {
    const { client, decoded } = clientOf([`0x84${"11".repeat(32)}${key}`], keypairFromUri("//Bob").address);
    expect((await readBlockTraces(client, 2, address, "0xbb")).extrinsics).toEqual([]);
    expect(decoded).toHaveLength(1);
  });
});
