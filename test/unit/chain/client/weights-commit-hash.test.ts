import { weightsCommitHash } from "@subnetkit/chain/client/weights-commit-hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { describe, expect, test } from "vitest";

const commit = {
  hotkey: keypairFromUri("//Alice").publicKey,
  netuid: 1,
  uids: [0, 1],
  values: [28086, 65535],
  salt: [1, 2, 3, 4, 5, 6, 7, 8],
  versionKey: 843_000n,
};

describe("weightsCommitHash", () => {
  test("equals the published vector", () => {
    expect(weightsCommitHash(commit)).toBe("0x232b8f7828d7b9dcb52e8256b4883758dcb6db5a10ad98030c84415d6df0e355");
  });

  test("depends on every part", () => {
    const variants = [
      { ...commit, netuid: 2 },
      { ...commit, uids: [1, 0] },
      { ...commit, values: [28087, 65535] },
      { ...commit, salt: [1, 2, 3, 4, 5, 6, 7, 9] },
      { ...commit, versionKey: 0n },
      { ...commit, hotkey: keypairFromUri("//Bob").publicKey },
    ];
    expect(new Set([commit, ...variants].map(weightsCommitHash)).size).toBe(7);
  });
});
