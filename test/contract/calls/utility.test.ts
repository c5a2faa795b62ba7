/** Utility: several calls in one (spec/subtensor-interface.md 1.1, 2.5). */
import { encodeAddress } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { derivative } from "../../../chain/src/node/runtime/utility/pallet.ts";
import { u8aToHex } from "@polkadot/util";
import { covers } from "./coverage.ts";
import { harness, key, TAO, type Tx } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("Utility.batch", "TooManyCalls");
covers("Utility.batch_all", "TooManyCalls", "System.CallFiltered", "Token.FundsUnavailable");
covers("Utility.force_batch", "TooManyCalls");
covers("Utility.as_derivative", "Token.FundsUnavailable");
covers("Utility.dispatch_as", "BadOrigin");
covers("Utility.dispatch_as_fallible", "BadOrigin", "Token.FundsUnavailable");
covers("Utility.with_weight", "BadOrigin", "Token.FundsUnavailable");
covers("Utility.if_else", "Token.FundsUnavailable");

const { owner, stranger, validator, sudo } = people;
const h = harness(subnetWorld);
const pay = (rao: bigint = TAO): Tx => h.tx("Balances.transfer_keep_alive", owner.address, rao);
const bad = (): Tx => pay(10n ** 18n);
const paid = ["Balances.Transfer", stranger.address, owner.address, 1e9];
const token = { token: "FundsUnavailable" };
const weight = { refTime: 10 ** 9, proofSize: 0 };

describe("Utility.batch", () => {
  it("tells each item and the end", async () => {
    expect(await h.ok(stranger, "Utility.batch", [pay(), pay()])).toEqual([
      paid,
      ["Utility.ItemCompleted"],
      paid,
      ["Utility.ItemCompleted"],
      ["Utility.BatchCompleted"],
    ]);
    expect(await h.ok(stranger, "Utility.batch", [])).toEqual([["Utility.BatchCompleted"]]);
  });

  it("stops at the first failure, keeps what came before, and succeeds", async () => {
    expect(await h.ok(stranger, "Utility.batch", [pay(), bad(), pay()])).toEqual([
      paid,
      ["Utility.ItemCompleted"],
      ["Utility.BatchInterrupted", 1, token],
    ]);
  });

  it("directly inside a batch is filtered, inside another call is not", async () => {
    const filtered = { module: { index: 0, error: "0x05000000" } };
    for (const inner of ["Utility.batch", "Utility.batch_all", "Utility.force_batch"])
      expect(await h.ok(stranger, "Utility.batch", [h.tx(inner, [pay()])])).toEqual([
        ["Utility.BatchInterrupted", 0, filtered],
      ]);
    const within = h.tx("Utility.as_derivative", 0, h.tx("Utility.batch", []));
    expect(await h.ok(stranger, "Utility.batch", [within])).toEqual([
      ["Utility.BatchCompleted"],
      ["Utility.ItemCompleted"],
      ["Utility.BatchCompleted"],
    ]);
  });

  it("pays a fee only if one of its calls does", async () => {
    const free = h.tx("SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0);
    const alone = await h.submit(validator, h.tx("Utility.batch_all", [free]));
    expect(alone).toMatchObject({ kind: "ok", feeRao: 0n });
    expect(await h.submit(validator, h.tx("Utility.batch", [free, h.tx("System.remark", "0x")]))).toMatchObject({
      kind: "invalid",
      data: "Inability to pay some fees (e.g. account balance too low)",
    });
    const mixed = await h.submit(stranger, h.tx("Utility.force_batch", [free, pay()]));
    expect((mixed as { feeRao: bigint }).feeRao).toBeGreaterThan(0n);
  });

  it.each(["Utility.batch", "Utility.batch_all", "Utility.force_batch"])(
    "%s takes as many calls as its constant says",
    async (call) => {
      const limit = Number(String(h.api.consts["utility"]?.["batchedCallsLimit"]));
      const one = h.tx("System.remark", "0x");
      const many = Array.from({ length: limit + 1 }, () => one);
      await h.fails("TooManyCalls", stranger, call, many);
    },
  );
});

describe("Utility.batch_all", () => {
  it("is undone as a whole", async () => {
    expect((await h.ok(stranger, "Utility.batch_all", [pay(), pay()])).at(-1)).toEqual(["Utility.BatchCompleted"]);
    await h.fails("Token.FundsUnavailable", stranger, "Utility.batch_all", [pay(), bad()]);
    await h.fails("System.CallFiltered", stranger, "Utility.batch_all", [pay(), h.tx("Utility.batch_all", [])]);
  });
});

describe("Utility.force_batch", () => {
  it("goes on past failures and tells each", async () => {
    expect(await h.ok(stranger, "Utility.force_batch", [bad(), pay(), h.tx("Utility.batch", [])])).toEqual([
      ["Utility.ItemFailed", token],
      paid,
      ["Utility.ItemCompleted"],
      ["Utility.ItemFailed", { module: { index: 0, error: "0x05000000" } }],
      ["Utility.BatchCompletedWithErrors"],
    ]);
    expect((await h.ok(stranger, "Utility.force_batch", [pay()])).at(-1)).toEqual(["Utility.BatchCompleted"]);
  });
});

describe("Utility.as_derivative", () => {
  it("acts as an account derived from signer and index", async () => {
    const account = encodeAddress(derivative(u8aToHex(stranger.publicKey), 7), 42);
    await h.fund(account, 3n * TAO);
    expect(await h.ok(stranger, "Utility.as_derivative", 7, pay())).toEqual([
      ["Balances.Transfer", account, owner.address, 1e9],
    ]);
    await h.fails("Token.FundsUnavailable", stranger, "Utility.as_derivative", 7, bad());
  });
});

describe("what only root may", () => {
  const as = (who: string) => ({ system: { Signed: who } });

  it("Utility.dispatch_as acts as any origin and tells the result", async () => {
    expect(await h.root("Utility.dispatch_as", as(stranger.address), pay())).toEqual([
      paid,
      ["Utility.DispatchedAs", { ok: null }],
    ]);
    expect(await h.root("Utility.dispatch_as", as(stranger.address), bad())).toEqual([
      ["Utility.DispatchedAs", { err: token }],
    ]);
    await h.fails("BadOrigin", sudo, "Utility.dispatch_as", as(stranger.address), pay());
  });

  it("Utility.dispatch_as_fallible fails with what it dispatches", async () => {
    expect((await h.root("Utility.dispatch_as_fallible", as(stranger.address), pay())).at(-1)).toEqual([
      "Utility.DispatchedAs",
      { ok: null },
    ]);
    await h.rootFails("Token.FundsUnavailable", "Utility.dispatch_as_fallible", as(stranger.address), bad());
    await h.fails("BadOrigin", sudo, "Utility.dispatch_as_fallible", as(stranger.address), pay());
  });

  it("Utility.with_weight passes on", async () => {
    const force = (rao: bigint) => h.tx("Balances.force_transfer", stranger.address, owner.address, rao);
    expect(await h.root("Utility.with_weight", force(TAO), weight)).toEqual([paid]);
    await h.rootFails("Token.FundsUnavailable", "Utility.with_weight", force(10n ** 18n), weight);
    await h.fails("BadOrigin", sudo, "Utility.with_weight", pay(), weight);
  });
});

describe("Utility.if_else", () => {
  it("takes the second call where the first fails", async () => {
    expect(await h.ok(stranger, "Utility.if_else", pay(), bad())).toEqual([paid, ["Utility.IfElseMainSuccess"]]);
    expect(await h.ok(stranger, "Utility.if_else", bad(), pay())).toEqual([
      paid,
      ["Utility.IfElseFallbackCalled", token],
    ]);
    await h.fails("Token.FundsUnavailable", stranger, "Utility.if_else", bad(), bad());
    expect(await h.account(key("//Nobody"))).toMatchObject({ nonce: 0 });
  });
});
