/** EVM and Ethereum: TAO goes to addresses and comes back; code is not run (spec/subtensor-interface.md 1.2, rules of pallet_evm). */
import { u8aConcat, u8aToHex } from "@polkadot/util";
import { blake2AsHex } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { covers, coversErrors } from "./coverage.ts";
import { harness, TAO } from "./harness.ts";
import { people } from "./world.ts";

covers("EVM.withdraw", "BadOrigin", "Token.FundsUnavailable");
covers("EVM.set_whitelist", "BadOrigin");
covers("EVM.disable_whitelist", "BadOrigin");
coversErrors("EVM.create", "BadOrigin", "NotAllowed", "System.CallFiltered");
coversErrors("EVM.create2", "BadOrigin", "NotAllowed", "System.CallFiltered");
coversErrors("EVM.call", "BadOrigin", "System.CallFiltered");

const { stranger, owner } = people;
const h = harness(async () => {});

/** The address that an account speaks for: the start of its public key. */
const address = u8aToHex(stranger.publicKey.slice(0, 20));
/** The account that holds what the address has. */
const mirror = blake2AsHex(u8aConcat("evm:", address), 256);
const gas = [0, 21_000, 0, null, null, [], []] as const;

describe("EVM", () => {
  it("gives back what was sent to an address, to the account that speaks for it", async () => {
    await h.ok(owner, "Balances.transfer_keep_alive", mirror, TAO);
    expect((await h.account(mirror)).free).toBe(TAO);
    await h.fails("BadOrigin", owner, "EVM.withdraw", address, 1);
    await h.fails("Token.FundsUnavailable", stranger, "EVM.withdraw", address, TAO + 1n);
    const before = (await h.account(stranger)).free;
    const events = await h.ok(stranger, "EVM.withdraw", address, TAO);
    const from = h.api.createType("AccountId", mirror).toString();
    expect(events).toContainEqual(["Balances.Transfer", from, stranger.address, Number(TAO)]);
    expect((await h.account(stranger)).free).toBeGreaterThan(before);
    expect((await h.account(mirror)).free).toBe(0n);
  });

  it("keeps root's list of who may deploy", async () => {
    await h.fails("BadOrigin", stranger, "EVM.set_whitelist", [address]);
    await h.fails("BadOrigin", stranger, "EVM.disable_whitelist", true);
    const create = [address, "0x60", ...gas] as const;
    const create2 = [address, "0x60", `0x${"00".repeat(32)}`, ...gas] as const;
    await h.fails("BadOrigin", owner, "EVM.create", ...create);
    await h.fails("NotAllowed", stranger, "EVM.create", ...create);
    await h.fails("BadOrigin", owner, "EVM.create2", ...create2);
    await h.fails("NotAllowed", stranger, "EVM.create2", ...create2);
    expect(await h.root("EVM.set_whitelist", [address])).toEqual([]);
    expect(await h.get("EVM.WhitelistedCreators")).toEqual([address]);
    await h.fails("System.CallFiltered", stranger, "EVM.create", ...create);
    await h.root("EVM.set_whitelist", []);
    await h.root("EVM.disable_whitelist", true);
    expect(await h.get("EVM.DisableWhitelistCheck")).toBe(true);
    await h.fails("System.CallFiltered", stranger, "EVM.create2", ...create2);
  });

  it("runs no code", async () => {
    await h.fails("BadOrigin", owner, "EVM.call", address, address, "0x", ...gas);
    await h.fails("System.CallFiltered", stranger, "EVM.call", address, address, "0x", ...gas);
  });
});

describe("Ethereum", () => {
  it("takes no transaction, signed by an account or by none", async () => {
    const legacy = {
      nonce: 0,
      gasPrice: 0,
      gasLimit: 21_000,
      action: { Call: address },
      value: 0,
      input: "0x",
      signature: { v: 119, r: `0x${"01".repeat(32)}`, s: `0x${"02".repeat(32)}` },
    };
    const transact = h.tx("Ethereum.transact", { Legacy: legacy });
    await expect(h.rpc("author_submitExtrinsic", transact.toHex())).rejects.toMatchObject({ code: 1011 });
    expect(await h.submit(stranger, transact)).toMatchObject({ kind: "failed", error: "System.CallFiltered" });
  });
});
