import { blake2AsHex } from "@polkadot/util-crypto";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { extrinsicsRoot } from "../../../../../chain/src/node/block/extrinsics-root.ts";

const hex = (text: string): Uint8Array => hexToBytes(`0x${text.replaceAll(" ", "")}`);

describe("the extrinsics root", () => {
  it("of no extrinsics is the well-known root of the empty trie", () => {
    expect(extrinsicsRoot([])).toBe("0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314");
  });

  it("of one is the hash of its leaf: two nibbles of key, compact length, bytes", () => {
    expect(extrinsicsRoot([hex("aabb")])).toBe(blake2AsHex(hex("42 00 08 aabb")));
  });

  it("of short ones holds the leaves in the branch, by nibble: keys 00, 04, 08, 0c and 10", () => {
    const body = ["01", "02", "03", "04", "05"].map(hex);
    const leaf = (byte: string): string => `0c 40 04 ${byte}`;
    // Below nibble 0 a branch of four leaves without any key left, below 1 the leaf of 10 with the nibble 0.
    const below = hex(`80 1111 ${["01", "02", "03", "04"].map(leaf).join("")}`);
    expect(below.length).toBe(19);
    expect(extrinsicsRoot(body)).toBe(
      blake2AsHex(hex(`80 0300 4c ${Buffer.from(below).toString("hex")} 10 41 00 04 05`)),
    );
  });

  it("of long ones holds hashes of leaves", () => {
    const long = [new Uint8Array(40).fill(1), new Uint8Array(40).fill(2)];
    const leaves = long.map((bytes) => blake2AsHex(hex(`40 a0 ${Buffer.from(bytes).toString("hex")}`)).slice(2));
    expect(extrinsicsRoot(long)).toBe(blake2AsHex(hex(`81 00 1100 80 ${leaves[0]} 80 ${leaves[1]}`)));
  });

  it("tells order and number apart, also beyond 64 extrinsics where keys have two bytes", () => {
    const body = Array.from({ length: 300 }, (_, at) => hex(at.toString(16).padStart(4, "0")));
    const roots = [body, [...body].reverse(), body.slice(0, 299), body.slice(0, 64), body.slice(0, 65)].map(
      extrinsicsRoot,
    );
    expect(new Set(roots).size).toBe(5);
  });
});
