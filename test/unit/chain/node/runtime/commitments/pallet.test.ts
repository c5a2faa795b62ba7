import { timelockEncrypt } from "@subnetkit/shared/crypto/timelock";
import { utf8 } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { commitments } from "../../../../../../chain/src/spec/pallets/commitments.ts";
import { drand } from "../../../../../../chain/src/spec/pallets/drand.ts";
import { minerHotkey, NETUID, startSubnet } from "../subtensor/scenario.ts";
import { account } from "../subtensor/world.ts";

const S = commitments.storage;
const MINER = minerHotkey(0);
const commit = (who: string, fields: unknown[]) => ({
  who,
  call: { pallet: "Commitments", name: "set_commitment", args: { netuid: NETUID, info: { fields } } },
});

describe("commitments", () => {
  it("are free for a registered hotkey and refused to others", () => {
    const world = startSubnet({ miners: 1 });
    expect(world.block(commit("//Bob", [{ type: "Raw3", value: utf8("abc") }]))).toEqual(["AccountNotAllowedCommit"]);
    expect(world.block(commit(MINER, [{ type: "Raw3", value: utf8("abc") }]))).toEqual(["ok"]);
    expect(world.events("Commitment")[0]?.fields).toEqual({ netuid: NETUID, who: account(MINER) });
    expect(world.state.get(S.CommitmentOf, NETUID, account(MINER))).toMatchObject({
      deposit: 0n,
      block: world.number,
      info: { fields: [{ type: "Raw3" }] },
    });
  });

  it("take space of the epoch, at least 100 bytes each", () => {
    const world = startSubnet({ miners: 1, tempo: 100 });
    for (let i = 0; i < 31; i++) world.must(commit(MINER, [{ type: "None" }]));
    expect(world.block(commit(MINER, [{ type: "None" }]))).toEqual(["SpaceLimitExceeded"]);
    world.run(100);
    expect(world.block(commit(MINER, [{ type: "None" }]))).toEqual(["ok"]);
  });

  it("that are timelocked open when their round is stored", () => {
    const world = startSubnet({ miners: 1, beacon: true });
    const { public_key } = world.state.get(drand.storage.BeaconConfig);
    const round = world.state.get(drand.storage.LastStoredRound) + 3n;
    const encrypted = timelockEncrypt(utf8("hello"), round, public_key);
    world.must(
      commit(MINER, [
        { type: "TimelockEncrypted", value: { encrypted, reveal_round: round } },
        { type: "Raw1", value: utf8("x") },
      ]),
    );
    expect(world.events("TimelockCommitment")[0]?.fields).toMatchObject({ reveal_round: round });
    world.run(20);
    const [text] = world.state.get(S.RevealedCommitments, NETUID, account(MINER))?.[0] ?? [];
    expect(Buffer.from(text ?? []).toString()).toBe("hello");
    expect(world.state.get(S.CommitmentOf, NETUID, account(MINER))?.info.fields).toHaveLength(1);
    expect(world.state.get(S.TimelockedIndex)).toEqual([]);
  });
});
