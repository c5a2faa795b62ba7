/** Core, BlockBuilder and OffchainWorkerApi: blocks begun, built and run again by state calls, which leave nothing behind (spec/subtensor-interface.md 4.1). */
import { Keyring } from "@polkadot/keyring";
import type { KeyringPair } from "@polkadot/keyring/types";
import type { Codec } from "@polkadot/types/types";
import type { Block } from "@polkadot/types/interfaces";
import { bnToU8a, u8aToHex } from "@polkadot/util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ApiWorld, apiWorld, ascii, trapped } from "./apis.ts";

let world: ApiWorld;
let alice: KeyringPair;
let bob: KeyringPair;
beforeAll(async () => {
  world = await apiWorld({ preset: "two-validators", history: 500 });
  const keyring = new Keyring({ type: "sr25519" });
  alice = keyring.addFromUri("//Alice");
  bob = keyring.addFromUri("//Bob");
});
afterAll(() => world.close());

const rpc = async (method: string, ...params: readonly unknown[]): Promise<unknown> => {
  const reply = await world.chain.http(method, params);
  if (reply.error !== undefined) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
  return reply.result;
};
const tx = (pallet: string, name: string, ...args: readonly unknown[]) => {
  const made = world.api.tx[pallet]?.[name]?.(...args);
  if (made === undefined) throw new Error(`no call ${pallet}.${name}`);
  return made;
};
const transfer = (rao: number) => tx("balances", "transferKeepAlive", bob.address, rao);
/** Signs for Alice; her next nonce counts what waits. */
const signed = async (call: ReturnType<typeof tx>, signer = alice) =>
  call.signAsync(signer, { nonce: Number(await rpc("system_accountNextIndex", signer.address)), era: 0 });
const send = async (call: ReturnType<typeof tx>): Promise<unknown> =>
  rpc("author_submitExtrinsic", (await signed(call)).toHex());
/** Sends a transfer of Alice's and makes its block. */
const blockWithTransfer = async (): Promise<void> => {
  await send(transfer(1_000_000));
  await rpc("dev_newBlock");
};

/** A block as a node gives it to its runtime: without the author's seal. */
const unsealed = async (hash: string, change: (block: Record<string, unknown>) => void = () => {}): Promise<Block> => {
  const { block } = await world.api.rpc.chain.getBlock(hash);
  const logs = block.header.digest.logs.filter((log) => !log.isSeal).map((log) => log.toHex());
  const header: Record<string, unknown> = {
    ...(block.header.toJSON() as Record<string, unknown>),
    digest: { logs },
  };
  const extrinsics = block.extrinsics.map((one) => one.toHex());
  const parts = { header, extrinsics };
  change(parts);
  return world.api.createType("Block", parts) as Block;
};
const headHash = async (): Promise<string> => String(await rpc("chain_getBlockHash"));
const parentOf = async (hash: string): Promise<string> =>
  (await world.api.rpc.chain.getHeader(hash)).parentHash.toHex();

/** Inherent data with this time, and further entries. */
const knowing = (timeMs: bigint, ...more: [string, string][]) => ({
  data: new Map([[ascii("timstap0"), u8aToHex(bnToU8a(timeMs, { bitLength: 64 }))], ...more]),
});
const timeNow = async (): Promise<bigint> =>
  BigInt(String(await world.api.query["timestamp"]?.["now"]?.().then((now) => now.toString())));

let root: string;
beforeEach(async () => {
  root = await headHash();
});

describe("Core.execute_block", () => {
  it("runs every block again and finds what its header says: transactions, failures, epochs, an upgrade", async () => {
    const from = (await world.api.rpc.chain.getHeader()).number.toNumber();
    await blockWithTransfer();
    await send(tx("balances", "transferKeepAlive", bob.address, 10n ** 18n));
    await send(tx("subtensorModule", "addStake", alice.address, 1, 10n ** 12n));
    await rpc("dev_newBlock");
    await rpc("dev_nextEpoch", { netuid: 2 });
    const code = ascii("node-subtensor 425 (no wasm: the dev chain's runtime is TypeScript)");
    await send(tx("sudo", "sudo", tx("system", "setCode", code)));
    await rpc("dev_newBlock", { count: 3 });
    const to = (await world.api.rpc.chain.getHeader()).number.toNumber();
    expect(to - from).toBeGreaterThan(20);
    let extrinsics = 0;
    for (let number = from; number <= to; number++) {
      const hash = (await world.api.rpc.chain.getBlockHash(number)).toHex();
      const block = await unsealed(hash);
      extrinsics += block.extrinsics.length;
      const answer = await rpc("state_call", "Core_execute_block", block.toHex(), block.header.parentHash.toHex());
      expect([number, answer]).toEqual([number, "0x"]);
    }
    expect(extrinsics).toBeGreaterThan(to - from + 3);
  });

  it("finds a block that is not what it says", async () => {
    await blockWithTransfer();
    const hash = await headHash();
    const parent = await parentOf(hash);
    const other = `0x${"ab".repeat(32)}`;
    const header = (change: (header: Record<string, unknown>) => void) =>
      unsealed(hash, (parts) => change(parts["header"] as Record<string, unknown>));
    const body = (change: (extrinsics: string[]) => string[]) =>
      unsealed(hash, (parts) => {
        parts["extrinsics"] = change(parts["extrinsics"] as string[]);
      });
    const execute = (block: unknown) => world.refused(parent, "Core.execute_block", block);
    expect(await execute(await header((one) => (one["stateRoot"] = other)))).toEqual(
      trapped("Storage root must match that calculated."),
    );
    expect(await execute(await header((one) => (one["extrinsicsRoot"] = other)))).toEqual(
      trapped("Transaction trie root must be valid."),
    );
    // The parent's hash is part of the state.
    expect(await execute(await header((one) => (one["parentHash"] = other)))).toEqual(
      trapped("Storage root must match that calculated."),
    );
    expect(await execute(await header((one) => (one["number"] = 0)))).toEqual(trapped("block 0 is not executed"));
    expect(await execute((await world.api.rpc.chain.getBlock(hash)).block)).toEqual(
      trapped("Number of digest items must match that calculated."),
    );
    expect(await execute(await body(([, ...rest]) => rest))).toEqual(
      trapped("Timestamp must be updated once in the block"),
    );
    expect(await execute(await body(([set = "", ...rest]) => [set, set, ...rest]))).toEqual(
      trapped("Timestamp must be updated only once in the block"),
    );
    expect(await execute(await body(([set = "", pay = ""]) => [pay, set]))).toEqual(
      trapped("Invalid inherent position for extrinsic at index 1"),
    );
    expect(await execute(await body(([set = "", pay = ""]) => [set, pay, pay]))).toEqual(
      trapped("Transaction is outdated"),
    );
    expect(await execute(await body(([set = ""]) => [set]))).toEqual(
      trapped("Storage root must match that calculated."),
    );
    const forged = await body(([set = "", pay = ""]) => [
      set,
      `${pay.slice(0, 90)}${pay[90] === "0" ? "1" : "0"}${pay.slice(91)}`,
    ]);
    expect(await execute(forged)).toEqual(trapped("Transaction has a bad signature"));
    // On another state than its parent's it is another block.
    expect(await world.refused(hash, "Core.execute_block", await unsealed(hash))).toEqual(
      trapped("Slot must increase"),
    );
    const later = await unsealed(hash, (parts) => {
      const [set = "", ...rest] = parts["extrinsics"] as string[];
      const now = (world.api.createType("Extrinsic", set).args[0] as unknown as { toBigInt(): bigint }).toBigInt();
      parts["extrinsics"] = [tx("timestamp", "set", now + 1_000n).toHex(), ...rest];
    });
    expect(await execute(later)).toEqual(trapped("Timestamp slot must match `CurrentSlot`"));
  });

  it("does not begin with more extrinsics than a block may hold", async () => {
    await rpc("dev_newBlock");
    const hash = await headHash();
    const remark = tx("system", "remark", "0x").toHex();
    // Besides the timestamp a block may hold a pulse of the beacon.
    const withBody = (count: number) =>
      unsealed(hash, (parts) => {
        const own = parts["extrinsics"] as string[];
        parts["extrinsics"] = [...own, ...Array.from({ length: count - own.length }, () => remark)];
      });
    const execute = async (block: unknown) => world.refused(await parentOf(hash), "Core.execute_block", block);
    const [full, over] = [2_048, 2_049].map(withBody);
    expect(await execute(await full)).toEqual(trapped("Transaction call is not expected"));
    expect(await execute(await over)).toEqual(trapped("Transaction would exhaust the block limits"));
  });

  it("does not decode a block of something else", async () => {
    const reply = await world.chain.http("state_call", ["Core_execute_block", "0x00"]);
    expect(reply.error?.code).toBe(4003);
    expect(reply.error?.message).toContain("Bad input data provided to Core_execute_block");
  });
});

describe("Core.initialize_block", () => {
  it("begins a block, of any extrinsics, and keeps nothing of it", async () => {
    await rpc("dev_newBlock");
    const hash = await headHash();
    const { header } = await unsealed(hash);
    const mode = await world.callAt(await parentOf(hash), "Core.initialize_block", header);
    expect(mode.toString()).toBe("AllExtrinsics");
    expect(await world.refused(hash, "Core.initialize_block", header)).toEqual(trapped("Slot must increase"));
    // Headers that no chain has: a height and a slot at their ends.
    const endless = { ...(header.toJSON() as object), number: 4_294_967_295 };
    expect((await world.callAt(await parentOf(hash), "Core.initialize_block", endless)).toString()).toBe(
      "AllExtrinsics",
    );
    const late = { ...(header.toJSON() as object), digest: { logs: [`0x066175726120${"ff".repeat(8)}`] } };
    expect(await world.refused(hash, "Core.initialize_block", late)).toEqual(
      trapped("a time that this chain cannot count"),
    );
    expect(await headHash()).toBe(hash);
    expect(root).not.toBe(hash);
  });
});

describe("BlockBuilder", () => {
  it("says what an extrinsic would come to, and does not do it", async () => {
    const before = (await world.api.query["system"]?.["account"]?.(bob.address))?.toHex();
    const apply = async (one: { toU8a(): Uint8Array }) =>
      (await world.call("BlockBuilder.apply_extrinsic", one.toU8a())).toJSON();
    expect(await apply(await signed(transfer(5_000)))).toEqual({ ok: { ok: [] } });
    const foreign = await signed(tx("subtensorModule", "startCall", 2), bob);
    expect(await apply(foreign)).toEqual({ ok: { err: { badOrigin: null } } });
    const early = await transfer(1).signAsync(alice, { nonce: 9_999, era: 0 });
    expect(await apply(early)).toEqual({ err: { invalid: { future: null } } });
    const stale = await transfer(1).signAsync(alice, { nonce: 0, era: 0 });
    expect(await apply(stale)).toEqual({ err: { invalid: { stale: null } } });
    expect(await apply(tx("system", "remark", "0x"))).toEqual({ err: { invalid: { call: null } } });
    const now = await timeNow();
    expect(await apply(tx("timestamp", "set", now + 125n))).toEqual({ ok: { ok: [] } });
    expect(
      await world.refused(undefined, "BlockBuilder.apply_extrinsic", tx("timestamp", "set", now + 124n).toU8a()),
    ).toEqual(trapped("Timestamp must increment by at least <MinimumPeriod> between sequential blocks"));
    expect((await world.api.query["system"]?.["account"]?.(bob.address))?.toHex()).toBe(before);
    expect(await headHash()).toBe(root);
  });

  it("makes the inherents of a block from what its author knows", async () => {
    const now = await timeNow();
    const inherents = async (data: unknown): Promise<string[]> =>
      [...((await world.call("BlockBuilder.inherent_extrinsics", data)) as unknown as Iterable<Codec>)].map((one) =>
        u8aToHex(one.toU8a()),
      );
    const time = (ms: bigint): string => tx("timestamp", "set", ms).toHex();
    expect(await inherents(knowing(now + 777n))).toEqual([time(now + 777n)]);
    // A clock that stands still: half a slot after the parent.
    expect(await inherents(knowing(now))).toEqual([time(now + 125n)]);
    const key = `0x${"07".repeat(1_184)}`;
    const known = u8aToHex(world.api.createType("Option<Bytes>", key).toU8a());
    expect(await inherents(knowing(now, [ascii("shieldpk"), known]))).toEqual([
      time(now + 125n),
      tx("mevShield", "announceNextKey", key).toHex(),
    ]);
    const refused = (data: unknown) => world.refused(undefined, "BlockBuilder.inherent_extrinsics", data);
    expect(await refused({ data: new Map() })).toEqual(trapped("Timestamp inherent data must be provided"));
    expect(await refused({ data: new Map([[ascii("timstap0"), "0x01"]]) })).toEqual(
      trapped("Timestamp inherent data not correctly encoded"),
    );
  });

  it("holds the inherents of a block against what is known", async () => {
    await rpc("dev_newBlock");
    const hash = await headHash();
    const parent = await parentOf(hash);
    const block = await unsealed(hash);
    const time = await timeNow();
    const check = async (at: string, known: bigint) =>
      (await world.callAt(at, "BlockBuilder.check_inherents", block, knowing(known))).toJSON();
    const fine = { okay: true, fatalError: false, errors: { data: {} } };
    const fatal = (error: string) => ({
      okay: false,
      fatalError: true,
      errors: { data: { [ascii("timstap0")]: error } },
    });
    expect(await check(parent, time)).toEqual(fine);
    expect(await check(parent, time - 30_000n)).toEqual(fine);
    expect(await check(parent, time - 30_001n)).toEqual(fatal("0x01"));
    // On its own state its time is not after the parent's.
    expect(await check(hash, time)).toEqual(fatal("0x00"));
  });

  it("cannot finish a block that a call of its own has not begun, as on the real chain", async () => {
    expect(await world.refused(undefined, "BlockBuilder.finalize_block")).toEqual(
      trapped("Timestamp must be updated once in the block"),
    );
  });
});

describe("OffchainWorkerApi", () => {
  it("has nothing to do: pulses come from the node's beacon", async () => {
    const { header } = await unsealed(root);
    expect((await world.call("OffchainWorkerApi.offchain_worker", header)).toHex()).toBe("0x");
    expect(world.chain.faults).toEqual([]);
  });
});
