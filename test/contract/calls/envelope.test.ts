/** What is around every call: nonces, eras, tips, fees, signatures, and the pool's refusals (spec/subtensor-interface.md 1.3 to 1.5, 8 point 10). */
import { describe, expect, it } from "vitest";
import { Keyring } from "@polkadot/keyring";
import { blake2AsHex } from "@polkadot/util-crypto";
import { harness, key, TAO } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

const { stranger, owner, miner, sudo } = people;
const h = harness(subnetWorld);
const remark = () => h.tx("System.remark", "0x");
const STALE = { kind: "invalid", code: 1010, data: "Transaction is outdated" };
const BAD_PROOF = { kind: "invalid", code: 1010, data: "Transaction has a bad signature" };
const PAYMENT = { kind: "invalid", code: 1010, data: "Inability to pay some fees (e.g. account balance too low)" };
const pending = () => h.rpc<string[]>("author_pendingExtrinsics");
const nonceOf = async () => (await h.account(stranger)).nonce;
const submitted = (bytes: string) => h.rpc("author_submitExtrinsic", bytes);
const refusal = (cause: unknown) => {
  const { code, data, message } = cause as { code: number; data?: string; message: string };
  return { code, data, message };
};

describe("nonces", () => {
  it("are used once: an old one is refused", async () => {
    await h.ok(stranger, "System.remark", "0x");
    expect(await h.submit(stranger, remark(), { nonce: 0 })).toEqual(STALE);
    expect(await nonceOf()).toBe(1);
  });

  it("ahead of their turn wait in the pool, and come in order with the missing one", async () => {
    const [first, second] = [0, 1].map((nonce) => h.sign(stranger, remark(), { nonce })) as [string, string];
    await submitted(second);
    await h.blocks(1);
    expect(await pending()).toContain(second);
    expect(await nonceOf()).toBe(0);
    await submitted(first);
    expect(Number(await h.rpc("system_accountNextIndex", stranger.address))).toBe(2);
    await h.blocks(1);
    const { block } = await h.rpc<{ block: { extrinsics: string[] } }>("chain_getBlock");
    expect(block.extrinsics.slice(-2)).toEqual([first, second]);
    expect(await nonceOf()).toBe(2);
  });

  it("count up for a call that fails and for one that is free, not for one the pool refuses", async () => {
    await h.submit(stranger, h.tx("Balances.transfer_keep_alive", owner.address, 10n ** 18n));
    expect(await nonceOf()).toBe(1);
    await h.submit(stranger, h.tx("SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0));
    expect(await nonceOf()).toBe(1);
    await h.ok(miner, "SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0);
    expect(await h.account(miner)).toMatchObject({ nonce: 1, free: 0n });
    expect(await h.get("System.Account", miner.address)).toMatchObject({ providers: 0, sufficients: 0 });
  });

  it("taken in the pool are taken: 1014 for another transaction, 1013 for the same", async () => {
    const bytes = h.sign(stranger, remark(), { nonce: 0 });
    await submitted(bytes);
    await expect(submitted(bytes).catch((cause: unknown) => Promise.reject(refusal(cause)))).rejects.toMatchObject({
      code: 1013,
      message: `1013: Transaction Already Imported: ${blake2AsHex(bytes)}`,
    });
    const other = h.sign(stranger, h.tx("System.remark", "0x05"), { nonce: 0, tip: TAO });
    await expect(submitted(other).catch((cause: unknown) => Promise.reject(refusal(cause)))).rejects.toMatchObject({
      code: 1014,
      data: "The transaction has too low priority to replace another transaction already in the pool.",
      message: expect.stringContaining("Priority is too low: (1 vs 1)") as string,
    });
    await h.blocks(1);
  });
});

describe("eras", () => {
  const hashAt = (number: number): Promise<string> => h.rpc("chain_getBlockHash", number);

  it("mortal transactions are good from their birth for their period", async () => {
    const current = await h.height();
    const era = { current, period: 8 };
    const birth = await hashAt(Math.floor(current / 8) * 8 + (current % 8));
    expect(await h.submit(stranger, remark(), { era, blockHash: birth })).toMatchObject({ kind: "ok" });
  });

  it("and not longer: then their birth is unknown or their signature covers another", async () => {
    const current = await h.height();
    const options = { era: { current, period: 8 }, blockHash: await hashAt(current), nonce: 0 };
    const bytes = h.sign(stranger, remark(), options);
    await h.nextIs(current + 9);
    expect(await h.submit(stranger, remark(), options)).toEqual(BAD_PROOF);
    await expect(submitted(bytes)).rejects.toMatchObject({ code: 1010 });
  });

  it("waiting too long in the pool ends a mortal transaction", async () => {
    const current = await h.height();
    const bytes = h.sign(stranger, remark(), {
      era: { current, period: 8 },
      blockHash: await hashAt(current),
      nonce: 1,
    });
    await submitted(bytes);
    await h.blocks(9);
    expect(await pending()).not.toContain(bytes);
  });

  it("immortal ones are good at any time, over the genesis hash only", async () => {
    const head = await hashAt(await h.height());
    expect(await h.submit(stranger, remark(), { blockHash: head })).toEqual(BAD_PROOF);
    expect(await h.submit(stranger, remark())).toMatchObject({ kind: "ok" });
  });
});

describe("signatures", () => {
  it("over another genesis, another spec version or by another key are bad", async () => {
    expect(await h.submit(stranger, remark(), { genesisHash: `0x${"01".repeat(32)}` })).toEqual(BAD_PROOF);
    expect(await h.submit(stranger, remark(), { specVersion: 423 })).toEqual(BAD_PROOF);
    const bytes = h.sign(stranger, remark(), { nonce: 0 });
    const forged = bytes.replace(u8(stranger.publicKey), u8(owner.publicKey));
    await expect(submitted(forged)).rejects.toMatchObject({ code: 1010, data: "Transaction has a bad signature" });
    expect(await nonceOf()).toBe(0);
  });

  it("of ed25519 keys are good", async () => {
    const pair = new Keyring({ type: "ed25519" }).addFromUri("//Edward");
    await h.fund(pair, TAO);
    expect(await h.submit(pair, remark())).toMatchObject({ kind: "ok" });
  });

  it("of ecdsa keys are good: the account is the hash of the compressed key", async () => {
    const pair = new Keyring({ type: "ecdsa" }).addFromUri("//Edith");
    await h.fund(pair, TAO);
    expect(await h.submit(pair, remark())).toMatchObject({ kind: "ok" });
    expect(await h.submit(pair, remark(), { specVersion: 423 })).toEqual(BAD_PROOF);
  });

  it("over a hash of the metadata find none: 1011, as a runtime answers that was built without it", async () => {
    const nonce = 0;
    const [plain, off] = [h.sign(stranger, remark(), { nonce }), `${u8(stranger.publicKey)}01`];
    // Signer, scheme and signature, then era, nonce, tip and the mode.
    const at = plain.indexOf(off) + off.length + 128 + 6;
    const bytes = `${plain.slice(0, at)}01${plain.slice(at + 2)}`;
    await expect(submitted(bytes)).rejects.toMatchObject({ code: 1011, data: "CannotLookup" });
    expect(await h.rpc("system_dryRun", bytes)).toBe("0x010100");
  });

  it("what does not decode is 1001 or worse, never accepted", async () => {
    for (const bytes of ["0x", "0x00", "0x0484", "0x280403000b"])
      await expect(submitted(bytes)).rejects.toMatchObject({ code: 1001 });
  });
});

const u8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("fees", () => {
  it.each([
    ["System.remark", () => ["0x"]],
    ["Balances.transfer_keep_alive", () => [owner.address, 7]],
    ["SubtensorModule.add_stake", () => [people.validator.address, NETUID, TAO]],
    ["Utility.batch", () => [[h.tx("System.remark", `0x${"00".repeat(300)}`)]]],
  ] as [string, () => unknown[]][])(
    "of %s are what payment_queryInfo announces, to the rao, and go to the author",
    async (call, args) => {
      const tx = h.tx(call, ...args());
      const bytes = h.sign(stranger, tx, { nonce: 0 });
      const { partialFee } = await h.rpc<{ partialFee: string }>("payment_queryInfo", bytes);
      const details = await h.rpc<{ inclusionFee: Record<string, string> }>("payment_queryFeeDetails", bytes);
      const { baseFee = "0", lenFee = "0", adjustedWeightFee = "0" } = details.inclusionFee;
      expect(BigInt(baseFee) + BigInt(lenFee) + BigInt(adjustedWeightFee)).toBe(BigInt(partialFee));
      expect(Number(lenFee)).toBe((bytes.length - 2) / 2);
      const ofCall = await h.api.call["transactionPaymentCallApi"]?.["queryCallInfo"]?.(tx.method, Number(lenFee));
      expect(ofCall?.toJSON()).toMatchObject({ partialFee: Number(partialFee) });
      const outcome = await h.submit(stranger, tx, { nonce: 0 });
      expect(outcome).toMatchObject({ kind: "ok", feeRao: BigInt(partialFee) });
      const { all } = outcome as { all: readonly (readonly unknown[])[] };
      expect(all[0]).toEqual(["Balances.Withdraw", stranger.address, Number(partialFee)]);
      expect(all.slice(-3)).toEqual([
        ["Balances.Deposit", key("//One").address, Number(partialFee)],
        ["TransactionPayment.TransactionFeePaid", stranger.address, Number(partialFee), 0],
        ["System.ExtrinsicSuccess", expect.objectContaining({ class: "Normal", paysFee: "Yes" })],
      ]);
    },
  );

  it("are 0.0005 rao a picosecond and 1 rao a byte, and a tip on top that the event names", async () => {
    const bytes = h.sign(stranger, remark(), { nonce: 0, tip: 1_234n });
    const { partialFee } = await h.rpc<{ partialFee: string }>("payment_queryInfo", bytes);
    const outcome = await h.submit(stranger, remark(), { tip: 1_234n });
    const paid = (outcome as { all: readonly (readonly unknown[])[] }).all.find(([name]) =>
      String(name).endsWith("FeePaid"),
    );
    expect(paid).toEqual([
      "TransactionPayment.TransactionFeePaid",
      stranger.address,
      Number(partialFee) + 1_234,
      1_234,
    ]);
  });

  it("are taken for calls that fail, and nothing else is", async () => {
    const { free } = await h.account(stranger);
    const outcome = await h.submit(stranger, h.tx("Balances.transfer_keep_alive", owner.address, 10n ** 18n));
    expect(outcome).toMatchObject({ kind: "failed", events: [] });
    const { all, feeRao } = outcome as { all: readonly (readonly unknown[])[]; feeRao: bigint };
    expect(all.map(([name]) => name)).toEqual([
      "Balances.Withdraw",
      "Balances.Deposit",
      "TransactionPayment.TransactionFeePaid",
      "System.ExtrinsicFailed",
    ]);
    expect((await h.account(stranger)).free).toBe(free - feeRao);
  });

  it("of free calls are 0, told as 0; a tip is still paid", async () => {
    const axon = h.tx("SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0);
    const bytes = h.sign(miner, axon, { nonce: 0 });
    expect(await h.rpc("payment_queryInfo", bytes)).toMatchObject({ partialFee: "0" });
    const { all } = (await h.submit(miner, axon)) as { all: readonly (readonly unknown[])[] };
    expect(all.slice(-2)).toEqual([
      ["TransactionPayment.TransactionFeePaid", miner.address, 0, 0],
      ["System.ExtrinsicSuccess", expect.objectContaining({ paysFee: "No" })],
    ]);
    await h.restore();
    expect(await h.submit(miner, axon, { tip: 5n })).toEqual(PAYMENT);
    await h.fund(miner, TAO);
    expect(await h.submit(miner, axon, { tip: 5n })).toMatchObject({ kind: "ok", feeRao: 5n });
  });

  it("that cannot be paid keep a transaction out: no account, too little, all but the existential deposit", async () => {
    expect(await h.submit(key("//Nobody"), remark())).toEqual(PAYMENT);
    await h.fund(stranger, 600n);
    expect(await h.submit(stranger, remark())).toEqual(PAYMENT);
    await h.fund(stranger, TAO);
    const { feeRao } = (await h.submit(stranger, remark())) as { feeRao: bigint };
    await h.fund(stranger, feeRao + 499n);
    expect(await h.submit(stranger, remark())).toEqual(PAYMENT);
    await h.fund(stranger, feeRao + 500n);
    expect(await h.submit(stranger, remark())).toMatchObject({ kind: "ok" });
  });
});

describe("the pool", () => {
  it("refuses inherents and calls without a signature", async () => {
    const bare = h.tx("Timestamp.set", 1).toHex();
    await expect(submitted(bare)).rejects.toMatchObject({ code: 1011 });
    await expect(submitted(h.tx("Balances.burn", 1, true).toHex())).rejects.toMatchObject({ code: 1011 });
    // System knows one call that may come without: an upgrade that root has authorised.
    await expect(submitted(h.tx("System.remark", "0x").toHex())).rejects.toMatchObject({
      code: 1010,
      data: "Transaction call is not expected",
    });
  });

  it("refuses calls nested deeper than 8", async () => {
    let tx = remark();
    for (let depth = 0; depth < 12; depth++) tx = h.tx("Utility.as_derivative", 0, tx);
    expect(await h.submit(stranger, tx)).toMatchObject({ kind: "invalid" });
    let shallow = remark();
    for (let depth = 0; depth < 6; depth++) shallow = h.tx("Utility.as_derivative", 0, shallow);
    expect(await h.submit(stranger, shallow)).toMatchObject({ kind: "ok" });
  });

  it("checks again at inclusion: a call that became wrong is dropped, its nonce unused", async () => {
    const axon = () => h.tx("SubtensorModule.serve_axon", NETUID, 1, 1, 1, 4, 0, 0, 0);
    await submitted(h.sign(miner, axon(), { nonce: 0 }));
    const second = h.sign(miner, axon(), { nonce: 1 });
    await submitted(second);
    await h.blocks(1);
    expect((await h.account(miner)).nonce).toBe(1);
    // A pulse of the beacon may wait there too.
    expect(await pending()).not.toContain(second);
    expect((await h.account(sudo)).nonce).toBe(0);
  });
});
