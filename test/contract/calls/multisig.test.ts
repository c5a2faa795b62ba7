/** Multisig: an account of several signers (spec/subtensor-interface.md 1.2; upstream pallet_multisig). */
import { createKeyMulti, encodeAddress, sortAddresses } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, type Pair, TAO, type Tx } from "./harness.ts";
import { lift, people } from "./world.ts";

covers(
  "Multisig.as_multi_threshold_1",
  "TooFewSignatories",
  "TooManySignatories",
  "SignatoriesOutOfOrder",
  "SenderInSignatories",
  "Token.FundsUnavailable",
);
covers(
  "Multisig.as_multi",
  "MinimumThreshold",
  "TooFewSignatories",
  "TooManySignatories",
  "SignatoriesOutOfOrder",
  "SenderInSignatories",
  "UnexpectedTimepoint",
  "NoTimepoint",
  "WrongTimepoint",
  "AlreadyApproved",
  "MaxWeightTooLow",
  "Balances.InsufficientBalance",
);
covers("Multisig.approve_as_multi", "MinimumThreshold", "AlreadyApproved", "NoTimepoint", "UnexpectedTimepoint");
covers("Multisig.cancel_as_multi", "MinimumThreshold", "NotFound", "NotOwner", "WrongTimepoint");
covers("Multisig.poke_deposit", "MinimumThreshold", "NotFound", "NotOwner");

const { owner: bob, staker: charlie, stranger: eve, sudo: alice } = people;
const h = harness(lift);
const trio = [bob, charlie, eve].map(({ address }) => address);
const others = (me: Pair): string[] =>
  sortAddresses(
    trio.filter((one) => one !== me.address),
    42,
  );
const account = (threshold: number): string => encodeAddress(createKeyMulti(trio, threshold), 42);
const WEIGHT = { refTime: 10 ** 10, proofSize: 10 ** 6 };
const pay = (rao: bigint = TAO): Tx => h.tx("Balances.transfer_keep_alive", alice.address, rao);
const OK = { ok: null };
const hashOf = (tx: Tx): string => tx.method.hash.toHex();
/** Where in the chain the newest block's last extrinsic is. */
const here = async (): Promise<{ height: number; index: number }> => {
  const { block } = await h.rpc<{ block: { extrinsics: string[] } }>("chain_getBlock");
  return { height: await h.height(), index: block.extrinsics.length - 1 };
};
const DEPOSIT = 132_000_000 + 2 * 32_000_000;

describe("Multisig.as_multi_threshold_1", () => {
  const call = "Multisig.as_multi_threshold_1";

  it("lets any one signer act", async () => {
    await h.fund(account(1), 10n * TAO);
    expect(await h.ok(bob, call, others(bob), pay())).toEqual([
      ["Balances.Transfer", account(1), alice.address, 1e9],
      ["Multisig.MultisigExecuted", bob.address, await here(), account(1), hashOf(pay()), OK],
    ]);
    await h.fails("Token.FundsUnavailable", bob, call, others(bob), pay(10n ** 18n));
  });

  it("checks the signers", async () => {
    await h.fails("TooFewSignatories", bob, call, [], pay());
    await h.fails("SignatoriesOutOfOrder", bob, call, [...others(bob)].reverse(), pay());
    await h.fails("SenderInSignatories", bob, call, [bob.address], pay());
    const many = sortAddresses(
      Array.from({ length: 100 }, (_, i) => key(`//Many//${i}`).address),
      42,
    );
    await h.fails("TooManySignatories", bob, call, many, pay());
  });
});

describe.each(["Multisig.as_multi", "Multisig.approve_as_multi"])("%s", (call) => {
  const what = (tx: Tx): unknown => (call === "Multisig.as_multi" ? tx : hashOf(tx));

  it("opens an operation for a deposit and refuses a timepoint for it", async () => {
    const tx = pay();
    await h.fails("MinimumThreshold", bob, call, 1, others(bob), null, what(tx), WEIGHT);
    await h.fails("UnexpectedTimepoint", bob, call, 2, others(bob), { height: 1, index: 1 }, what(tx), WEIGHT);
    expect(await h.ok(bob, call, 2, others(bob), null, what(tx), WEIGHT)).toEqual([
      ["Balances.Reserved", bob.address, DEPOSIT],
      ["Multisig.NewMultisig", bob.address, account(2), hashOf(tx)],
    ]);
    expect(await h.get("Multisig.Multisigs", account(2), hashOf(tx))).toEqual({
      when: await here(),
      deposit: DEPOSIT,
      depositor: bob.address,
      approvals: [bob.address],
    });
    await h.fails("NoTimepoint", charlie, call, 2, others(charlie), null, what(tx), WEIGHT);
    const when = await h
      .get("Multisig.Multisigs", account(2), hashOf(tx))
      .then((open) => (open as { when: unknown }).when);
    await h.fails("AlreadyApproved", bob, call, 2, others(bob), when, what(tx), WEIGHT);
  });
});

describe("Multisig.as_multi", () => {
  const call = "Multisig.as_multi";

  it("runs the call as the account when the threshold is reached, and frees the deposit", async () => {
    await h.fund(account(2), 10n * TAO);
    const tx = pay();
    await h.ok(bob, call, 2, others(bob), null, tx, WEIGHT);
    const when = await here();
    await h.fails("WrongTimepoint", charlie, call, 2, others(charlie), { ...when, index: 9 }, tx, WEIGHT);
    await h.fails("MaxWeightTooLow", charlie, call, 2, others(charlie), when, tx, { refTime: 1, proofSize: 0 });
    expect(await h.ok(charlie, call, 2, others(charlie), when, tx, WEIGHT)).toEqual([
      ["Balances.Unreserved", bob.address, DEPOSIT],
      ["Balances.Transfer", account(2), alice.address, 1e9],
      ["Multisig.MultisigExecuted", charlie.address, when, account(2), hashOf(tx), OK],
    ]);
    expect((await h.account(bob)).reserved).toBe(0n);
  });

  it("tells the failure of the call and takes an approval of three", async () => {
    const tx = pay(10n ** 18n);
    await h.ok(bob, call, 3, others(bob), null, tx, WEIGHT);
    const when = await here();
    expect(await h.ok(charlie, "Multisig.approve_as_multi", 3, others(charlie), when, hashOf(tx), WEIGHT)).toEqual([
      ["Multisig.MultisigApproval", charlie.address, when, account(3), hashOf(tx)],
    ]);
    const events = await h.ok(eve, call, 3, others(eve), when, tx, WEIGHT);
    expect(events.at(-1)?.at(-1)).toEqual({ err: { token: "FundsUnavailable" } });
  });

  it("checks the signers and the deposit", async () => {
    const args = (list: string[], threshold = 2) => [threshold, list, null, pay(), WEIGHT];
    await h.fails("TooFewSignatories", bob, call, ...args([]));
    await h.fails("SignatoriesOutOfOrder", bob, call, ...args([...others(bob)].reverse()));
    await h.fails("SenderInSignatories", bob, call, ...args([bob.address]));
    const many = sortAddresses(
      Array.from({ length: 100 }, (_, i) => key(`//Many//${i}`).address),
      42,
    );
    await h.fails("TooManySignatories", bob, call, ...args(many));
    await h.fund(bob, 100_000_000n);
    await h.fails("Balances.InsufficientBalance", bob, call, ...args(others(bob)));
  });
});

describe("Multisig.cancel_as_multi", () => {
  it("is for who opened it", async () => {
    const call = "Multisig.cancel_as_multi";
    const hash = hashOf(pay());
    await h.fails("NotFound", bob, call, 2, others(bob), { height: 1, index: 1 }, hash);
    await h.ok(bob, "Multisig.as_multi", 2, others(bob), null, pay(), WEIGHT);
    const when = await here();
    await h.fails("MinimumThreshold", bob, call, 1, others(bob), when, hash);
    await h.fails("WrongTimepoint", bob, call, 2, others(bob), { ...when, height: 1 }, hash);
    await h.fails("NotOwner", charlie, call, 2, others(charlie), when, hash);
    expect(await h.ok(bob, call, 2, others(bob), when, hash)).toEqual([
      ["Balances.Unreserved", bob.address, DEPOSIT],
      ["Multisig.MultisigCancelled", bob.address, when, account(2), hash],
    ]);
  });
});

describe("Multisig.poke_deposit", () => {
  it("brings the deposit to what it costs now", async () => {
    const call = "Multisig.poke_deposit";
    const hash = hashOf(pay());
    await h.fails("MinimumThreshold", bob, call, 1, others(bob), hash);
    await h.fails("NotFound", bob, call, 2, others(bob), hash);
    await h.ok(bob, "Multisig.as_multi", 2, others(bob), null, pay(), WEIGHT);
    await h.fails("NotOwner", charlie, call, 2, others(charlie), hash);
    expect(await h.ok(bob, call, 2, others(bob), hash)).toEqual([]);
  });
});
