import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { callHash } from "../../../../../../chain/src/node/runtime/call-hash.ts";
import { multisigAccount } from "../../../../../../chain/src/node/runtime/multisig/pallet.ts";
import type { RuntimeCall } from "../../../../../../chain/src/spec/call.ts";
import { multisig } from "../../../../../../chain/src/spec/pallets/multisig.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { account, type Step, TAO, World } from "../subtensor/world.ts";

const SIGNERS = ["//Bob", "//Dave", "//Eve"];
const sorted = SIGNERS.map(account).sort();
const THRESHOLD = 2;
const SHARED = multisigAccount(sorted, THRESHOLD);
const WEIGHT = { ref_time: 10_000_000_000n, proof_size: 0n };
const others = (who: string): string[] => sorted.filter((one) => one !== account(who));
const call: RuntimeCall = {
  pallet: "Balances",
  name: "transfer_keep_alive",
  args: { dest: { type: "Id", value: account("//Ferdie") }, value: TAO },
};
const hash = hexToBytes(callHash(call));
interface Timepoint {
  readonly height: number;
  readonly index: number;
}
const step = (who: string, name: string, args: Record<string, unknown>): Step => ({
  who,
  call: { pallet: "Multisig", name, args },
});
const common = (who: string, timepoint?: Timepoint) => ({
  threshold: THRESHOLD,
  other_signatories: others(who),
  maybe_timepoint: timepoint,
  max_weight: WEIGHT,
});
const asMulti = (who: string, timepoint?: Timepoint, more: Record<string, unknown> = {}): Step =>
  step(who, "as_multi", { ...common(who, timepoint), call, ...more });
const approve = (who: string, timepoint?: Timepoint): Step =>
  step(who, "approve_as_multi", { ...common(who, timepoint), call_hash: hash });
const cancel = (who: string, timepoint: Timepoint): Step =>
  step(who, "cancel_as_multi", {
    threshold: THRESHOLD,
    other_signatories: others(who),
    timepoint,
    call_hash: hash,
  });
const fundShared: Step = {
  who: "//Alice",
  call: { ...call, args: { dest: { type: "Id", value: SHARED }, value: 10n * TAO } },
};
const when = (world: World): Timepoint => world.state.get(multisig.storage.Multisigs, SHARED, hash)?.when as Timepoint;
const balance = (world: World, who: string) => world.state.get(system.storage.Account, who).data;

function opened(): World {
  const world = new World();
  world.must(fundShared);
  world.must(approve("//Bob"));
  return world;
}

describe("as_multi and approve_as_multi", () => {
  it("open with a deposit and run the call with the second signature", () => {
    const world = opened();
    expect(world.events("NewMultisig")).toHaveLength(1);
    expect(balance(world, account("//Bob")).reserved).toBe(196_000_000n);
    world.must(asMulti("//Dave", when(world)));
    expect(world.events("MultisigExecuted")[0]?.fields).toMatchObject({
      approving: account("//Dave"),
      multisig: SHARED,
      result: { type: "Ok" },
    });
    expect(balance(world, SHARED).free).toBe(9n * TAO);
    expect(balance(world, account("//Bob")).reserved).toBe(0n);
    expect(world.state.has(multisig.storage.Multisigs, SHARED, hash)).toBe(false);
  });

  it("count approvals without running", () => {
    const world = opened();
    const at = when(world);
    expect(world.block(approve("//Bob", at), approve("//Dave", at), approve("//Eve", at))).toEqual([
      "AlreadyApproved",
      "ok",
      "AlreadyApproved",
    ]);
    expect(world.events("MultisigApproval")).toHaveLength(1);
    world.must(asMulti("//Eve", at));
    expect(balance(world, SHARED).free).toBe(9n * TAO);
  });

  it("tell a call's failure without failing themselves", () => {
    const world = new World();
    world.must(approve("//Bob"));
    world.must(asMulti("//Dave", when(world)));
    expect(world.events("MultisigExecuted")[0]?.fields).toMatchObject({ result: { type: "Err" } });
  });

  it("refuse wrong times, thresholds, signers and weights", () => {
    const world = opened();
    const at = when(world);
    const later = { ...at, height: at.height + 1 };
    expect(world.block(asMulti("//Dave"), asMulti("//Dave", later))).toEqual(["NoTimepoint", "WrongTimepoint"]);
    const two = others("//Dave");
    expect(
      world.block(
        asMulti("//Dave", at, { threshold: 1 }),
        asMulti("//Dave", at, { other_signatories: [] }),
        asMulti("//Dave", at, { other_signatories: [...two].reverse() }),
        asMulti("//Dave", at, { other_signatories: [account("//Dave")] }),
        asMulti("//Dave", at, { max_weight: { ref_time: 1n, proof_size: 0n } }),
        asMulti("//Dave", at, { threshold: 3 }),
      ),
    ).toEqual([
      "MinimumThreshold",
      "TooFewSignatories",
      "SignatoriesOutOfOrder",
      "SenderInSignatories",
      "MaxWeightTooLow",
      "UnexpectedTimepoint",
    ]);
  });
});

describe("cancel_as_multi", () => {
  it("is for the depositor and gives the deposit back", () => {
    const world = opened();
    const at = when(world);
    expect(world.block(cancel("//Dave", at), cancel("//Bob", { ...at, height: 0 }), cancel("//Bob", at))).toEqual([
      "NotOwner",
      "WrongTimepoint",
      "ok",
    ]);
    expect(balance(world, account("//Bob")).reserved).toBe(0n);
    expect(world.block(cancel("//Bob", at))).toEqual(["NotFound"]);
  });
});

describe("as_multi_threshold_1", () => {
  it("runs at once as an account of its own and passes a failure on", () => {
    const world = new World();
    const one = multisigAccount(sorted, 1);
    const run = step("//Eve", "as_multi_threshold_1", { other_signatories: others("//Eve"), call });
    expect(world.block(run)).toEqual(["Token.FundsUnavailable"]);
    world.must({ ...fundShared, call: { ...call, args: { dest: { type: "Id", value: one }, value: 10n * TAO } } });
    world.must(run);
    expect(balance(world, one).free).toBe(9n * TAO);
  });
});
