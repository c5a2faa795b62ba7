/**
 * SessionKeys, GrandpaApi, BabeApi, GenesisBuilder, and the APIs of Ethereum, contracts and the shield on a chain that has no code deployed
 * (spec/subtensor-interface.md 4.1).
 */
import { Keyring } from "@polkadot/keyring";
import { u8aConcat, u8aToHex } from "@polkadot/util";
import { blake2AsHex, xxhashAsHex } from "@polkadot/util-crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytes } from "../../../chain/src/spec/scale/byte-strings.ts";
import { option } from "../../../chain/src/spec/scale/variants.ts";
import { connectRaw } from "../rpc/raw-socket.ts";
import { startTestChain } from "../../unit/chain/node/test-chain.ts";
import { type ApiWorld, apiWorld, ascii, trapped } from "./apis.ts";

const maybeBytes = option(bytes);
let world: ApiWorld;
beforeAll(async () => {
  world = await apiWorld();
});
afterAll(() => world.close());

const json = async (name: string, ...args: readonly unknown[]): Promise<unknown> =>
  (await world.call(name, ...args)).toJSON();
/** Bytes that a method answers with. */
const bytesOf = async (name: string, ...args: readonly unknown[]): Promise<string> =>
  u8aToHex(bytes.dec(await world.raw(name, ...args)));
/** Whether a method answers with None. */
const isNone = async (name: string, ...args: readonly unknown[]): Promise<boolean> =>
  u8aToHex(await world.raw(name, ...args)) === "0x00";
const refused = async (name: string, ...args: readonly unknown[]) => world.refused(undefined, name, ...args);
const notBuilt = (message: string) => ({ code: -32_000, message: `-32000: ${message}` });
/** Public key of a development URI, by polkadot.js. */
const publicKey = (uri: string, type: "sr25519" | "ed25519"): string =>
  u8aToHex(new Keyring({ type }).addFromUri(uri).publicKey);
const one = { aura: () => publicKey("//One", "sr25519"), gran: () => publicKey("//One", "ed25519") };

it("exports every method that its metadata describes", async () => {
  const { apis } = world.api.runtimeMetadata.asLatest;
  const names = apis.flatMap((api) => api.methods.map((method) => `${api.name.toString()}_${method.name.toString()}`));
  expect(names.length).toBeGreaterThan(100);
  const answers = await Promise.all(names.map((name) => world.chain.http("state_call", [name, "0x"])));
  // Most want arguments and say so.
  const missing = names.filter((_, at) => answers[at]?.error?.message.includes("is not found"));
  expect(missing).toEqual([]);
  expect((await world.chain.http("state_call", ["Core_nothing", "0x"])).error?.message).toContain("is not found");
});

describe("SessionKeys", () => {
  it("makes an Aura and a GRANDPA key of a seed, or of chance", async () => {
    const keys = await bytesOf("SessionKeys.generate_session_keys", ascii("//One"));
    expect(keys).toBe(`${one.aura()}${one.gran().slice(2)}`);
    const chance = [
      await bytesOf("SessionKeys.generate_session_keys", null),
      await bytesOf("SessionKeys.generate_session_keys", null),
    ];
    expect(chance.map((made) => String(made).length)).toEqual([130, 130]);
    expect(chance[0]).not.toBe(chance[1]);
    for (const bad of ["0xff", ascii("not a phrase")])
      expect(await refused("SessionKeys.generate_session_keys", bad)).toEqual(
        trapped("Seed is a valid secret phrase or URI in UTF-8"),
      );
  });

  it("takes keys apart, and tells what each is for", async () => {
    const keys = `${one.aura()}${one.gran().slice(2)}`;
    const parts = [
      [one.aura(), ascii("aura")],
      [one.gran(), ascii("gran")],
    ];
    expect(await json("SessionKeys.decode_session_keys", keys)).toEqual(parts);
    expect(await json("SessionKeys.decode_session_keys", `${keys}00`)).toEqual(parts);
    expect(await json("SessionKeys.decode_session_keys", keys.slice(0, -2))).toBeNull();
  });
});

describe("GrandpaApi", () => {
  it("knows the one voter, the first set, and no proofs", async () => {
    expect(await json("GrandpaApi.grandpa_authorities")).toEqual([[one.gran(), 1]]);
    expect(await json("AuraApi.authorities")).toEqual([one.aura()]);
    expect(await json("GrandpaApi.current_set_id")).toBe(0);
    expect(await isNone("GrandpaApi.generate_key_ownership_proof", 0, one.gran())).toBe(true);
    const hash = `0x${"00".repeat(32)}`;
    const vote = [{ targetHash: hash, targetNumber: 1 }, `0x${"00".repeat(64)}`];
    const equivocation = { Prevote: { roundNumber: 1, identity: one.gran(), first: vote, second: vote } };
    expect(
      await json("GrandpaApi.submit_report_equivocation_unsigned_extrinsic", { setId: 0, equivocation }, "0x"),
    ).toBeNull();
  });
});

describe("BabeApi", () => {
  it("answers with the defaults of a runtime that does not use BABE", async () => {
    const c = [1, 4];
    const allowedSlots = "PrimaryAndSecondaryVRFSlots";
    const nothing = { authorities: [], randomness: `0x${"00".repeat(32)}` };
    expect(await json("BabeApi.configuration")).toEqual({
      slotDuration: 0,
      epochLength: 0,
      c,
      allowedSlots,
      ...nothing,
    });
    const epoch = { epochIndex: 0, startSlot: 0, duration: 0, ...nothing, config: { c, allowedSlots } };
    expect([await json("BabeApi.current_epoch"), await json("BabeApi.next_epoch")]).toEqual([epoch, epoch]);
    expect(await json("BabeApi.current_epoch_start")).toBe(0);
    expect(await isNone("BabeApi.generate_key_ownership_proof", 0, one.aura())).toBe(true);
    const header = (await world.api.rpc.chain.getHeader()).toJSON();
    const proof = { offender: one.aura(), slot: 1, firstHeader: header, secondHeader: header };
    expect(await json("BabeApi.submit_report_equivocation_unsigned_extrinsic", proof, "0x")).toBeNull();
  });
});

describe("GenesisBuilder", () => {
  const preset = async (name: string | null): Promise<unknown> => {
    const document = maybeBytes.dec(await world.raw("GenesisBuilder.get_preset", name));
    return document === undefined ? null : JSON.parse(Buffer.from(document).toString("utf8"));
  };
  const build = (document: unknown) =>
    json("GenesisBuilder.build_state", ascii(typeof document === "string" ? document : JSON.stringify(document)));

  it("shows the presets of this chain, each of which is a genesis", async () => {
    const names = (await json("GenesisBuilder.preset_names")) as string[];
    expect(names).toEqual(["empty", "two-validators", "full-256"]);
    for (const name of names) expect(await build(await preset(name)), name).toEqual({ ok: null });
    expect(await preset("empty")).toEqual({ localnetSubnet: false });
    expect(((await preset("two-validators")) as { subnets: unknown[] }).subnets).toHaveLength(1);
    expect(await preset(null)).toEqual({});
    expect(await build({})).toEqual({ ok: null });
    expect(await preset("mainnet")).toBeNull();
  });

  it("tries no document of more than a mebibyte", async () => {
    expect(await build("{}".padEnd(1_048_577))).toEqual({ err: expect.stringContaining("1048577 bytes") });
  });

  it("says what is wrong with a document, and changes nothing", async () => {
    const head = (await world.chain.http("chain_getHeader")).result;
    expect(await build({ subnets: [{ netuid: 2 }] })).toEqual({ err: expect.stringContaining("subnets[0]") });
    expect(await build("{")).toEqual({ err: expect.stringContaining("no JSON") });
    expect((await world.chain.http("chain_getHeader")).result).toEqual(head);
  });

  it("answers the new interface too, which waits for the documents as well", async () => {
    const chain = await startTestChain({ mode: "manual" });
    const hash = (await chain.http("chain_getBlockHash")).result;
    const socket = await connectRaw(chain.port);
    const follow = await socket.result("chainHead_v1_follow", true);
    await socket.event(follow, ({ event }) => event === "bestBlockChanged");
    await socket.result("chainHead_v1_call", follow, hash, "GenesisBuilder_preset_names", "0x");
    const done = await socket.event(follow, ({ event }) => String(event).startsWith("operation"));
    expect(done).toMatchObject({ event: "operationCallDone", output: expect.stringMatching(/^0x0c14/) as string });
    socket.close();
    const called = await chain.http("archive_v1_call", [hash, "GenesisBuilder_preset_names", "0x"]);
    expect(called.result).toMatchObject({ success: true });
    await chain.close();
  });
});

describe("EthereumRuntimeRPCApi", () => {
  const address = `0x${"a1".repeat(20)}`;
  const mirror = blake2AsHex(u8aConcat("evm:", address), 256);

  it("reads the chain's id, prices, author, and the account behind an address", async () => {
    expect(await json("EthereumRuntimeRPCApi.chain_id")).toBe(42);
    expect((await world.call("EthereumRuntimeRPCApi.gas_price")).toString()).toBe("20000000000");
    expect(await json("EthereumRuntimeRPCApi.elasticity")).toBe(125_000);
    expect(await json("EthereumRuntimeRPCApi.author")).toBe(`0x${one.aura().slice(10, 50)}`);
    const zero = `0x${"00".repeat(32)}`;
    expect(await json("EthereumRuntimeRPCApi.account_basic", address)).toEqual({ balance: zero, nonce: zero });
    const funded = await world.chain.http("dev_setBalance", [mirror, "3000000500"]);
    expect(funded).not.toHaveProperty("error");
    // 18 decimals, and the existential deposit stays.
    const { balance } = (await world.call("EthereumRuntimeRPCApi.account_basic", address)) as never as {
      balance: { toString(): string };
    };
    expect(balance.toString()).toBe("3000000000000000000");
    expect((await world.call("EthereumRuntimeRPCApi.gas_limit_multiplier_support")).toHex()).toBe("0x");
  });

  it("has no code, no storage and no blocks", async () => {
    expect(await bytesOf("EthereumRuntimeRPCApi.account_code_at", address)).toBe("0x");
    expect(await json("EthereumRuntimeRPCApi.storage_at", address, 5)).toBe(`0x${"00".repeat(32)}`);
    for (const part of ["block", "receipts", "transaction_statuses"])
      expect(await json(`EthereumRuntimeRPCApi.current_${part}`), part).toBeNull();
    expect(await json("EthereumRuntimeRPCApi.current_all")).toEqual([null, null, null]);
    expect(await json("EthereumRuntimeRPCApi.pending_block", [])).toEqual([null, null]);
    const header = (await world.api.rpc.chain.getHeader()).toJSON() as { parentHash: string };
    const begun = await world.callAt(header.parentHash, "EthereumRuntimeRPCApi.initialize_pending_block", header);
    expect(begun.toHex()).toBe("0x");
  });

  it("says that it runs no code, and that nobody is on the list of who may deploy", async () => {
    const gas = [0, 100_000, null, null, null, false, null, null];
    const machine = "the EVM is not built on this chain: balances, nonces and prices can be read, code cannot be run";
    expect(await refused("EthereumRuntimeRPCApi.call", address, address, "0x", ...gas)).toEqual(notBuilt(machine));
    const denied = await json("EthereumRuntimeRPCApi.create", address, "0x60", ...gas);
    expect(denied).toEqual({ err: { module: { index: 22, error: "0x0d000000" } } });
    expect(world.api.errors["evm"]?.["NotAllowed"]?.meta.index.toNumber()).toBe(0x0d);
  });

  it("makes an extrinsic of an Ethereum transaction, and finds it again", async () => {
    const transaction = {
      Legacy: {
        nonce: 1,
        gasPrice: 2,
        gasLimit: 21_000,
        action: { Call: address },
        value: 3,
        input: "0x0102",
        signature: { v: 119, r: `0x${"01".repeat(32)}`, s: `0x${"02".repeat(32)}` },
      },
    };
    const made = await world.raw("ConvertTransactionRuntimeApi.convert_transaction", transaction);
    const { method } = world.api.createType("Extrinsic", made);
    expect(`${method.section}.${method.method}`).toBe("ethereum.transact");
    const remark = world.api.tx["system"]?.["remark"]?.("0x").toU8a();
    const found = await json("EthereumRuntimeRPCApi.extrinsic_filter", [remark, made, remark]);
    expect(found).toEqual([(method.args[0] as { toJSON(): unknown }).toJSON()]);
    expect(found).toMatchObject([
      {
        legacy: {
          gasLimit: `0x${(21_000).toString(16).padStart(64, "0")}`,
          input: "0x0102",
          action: { call: address },
        },
      },
    ]);
    expect((await refused("EthereumRuntimeRPCApi.pending_block", [made])).code).toBe(-32_000);
    const { error } = await world.chain.http("author_submitExtrinsic", [u8aToHex(made)]);
    expect(error).toMatchObject({ code: 1_011, data: "NoUnsignedValidator" });
  });
});

describe("ContractsApi", () => {
  const nothing = { refTime: 0, proofSize: 0 };
  const failed = (error: string) => ({
    gasConsumed: nothing,
    gasRequired: nothing,
    storageDeposit: { charge: 0 },
    debugMessage: "0x",
    result: { err: { module: { index: 29, error } } },
    events: null,
  });
  const wasm = "0x0061736d01000000";

  it("finds no contract and no code", async () => {
    const alice = publicKey("//Alice", "sr25519");
    expect(await json("ContractsApi.get_storage", alice, "0x00")).toEqual({ err: "DoesntExist" });
    const call = (limit: bigint | null) => json("ContractsApi.call", alice, alice, 0, null, limit, "0x");
    expect(await call(null)).toEqual(failed("0x06000000"));
    // ContractNotFound only once the deposit is affordable.
    expect(await call(10n ** 18n)).toEqual(failed("0x18000000"));
    const instantiate = (code: unknown) => json("ContractsApi.instantiate", alice, 0, null, null, code, "0x", "0x");
    expect(await instantiate({ Existing: `0x${"00".repeat(32)}` })).toEqual(failed("0x08000000"));
    expect(await instantiate({ Upload: "0x00" })).toEqual(failed("0x1c000000"));
    expect(await json("ContractsApi.upload_code", alice, "0x00", null, "Enforced")).toEqual({
      err: { module: { index: 29, error: "0x1c000000" } },
    });
    const names = ["ContractNotFound", "StorageDepositNotEnoughFunds", "CodeNotFound", "CodeRejected"];
    expect(names.map((name) => world.api.errors["contracts"]?.[name]?.meta.index.toNumber())).toEqual([6, 24, 8, 28]);
  });

  it("says that it keeps no code", async () => {
    const alice = publicKey("//Alice", "sr25519");
    const why = notBuilt("contracts are not built on this chain: their code cannot be stored or run");
    expect(await refused("ContractsApi.upload_code", alice, wasm, null, "Enforced")).toEqual(why);
    expect(await refused("ContractsApi.instantiate", alice, 0, null, null, { Upload: wasm }, "0x", "0x")).toEqual(why);
  });
});

describe("ShieldApi", () => {
  const sealed = { keyHash: `0x${"01".repeat(16)}`, kemCt: "0x0203", nonce: `0x${"04".repeat(24)}`, aeadCt: "0x05" };
  const ciphertext = `0x${"01".repeat(16)}02000203${"04".repeat(24)}05`;
  /** A transaction of Bob's. */
  const signed = (pallet: string, name: string, argument: string, genesisHash = world.api.genesisHash.toHex()) => {
    const tx = world.api.tx[pallet]?.[name]?.(argument);
    const bob = new Keyring({ type: "sr25519" }).addFromUri("//Bob");
    const { runtimeVersion } = world.api;
    const options = { nonce: 0, era: "0x00", genesisHash, blockHash: genesisHash, runtimeVersion };
    return tx?.sign(bob, options as never).toU8a();
  };

  it("takes a sealed transaction apart whose signature holds", async () => {
    const decode = async (uxt: unknown) => json("ShieldApi.try_decode_shielded_tx", uxt);
    expect(await decode(signed("mevShield", "submitEncrypted", ciphertext))).toEqual(sealed);
    expect(await decode(signed("mevShield", "submitEncrypted", ciphertext.slice(0, 60)))).toBeNull();
    expect(await decode(signed("system", "remark", ciphertext))).toBeNull();
    const otherChain = signed("mevShield", "submitEncrypted", ciphertext, `0x${"ab".repeat(32)}`);
    expect(await decode(otherChain)).toBeNull();
  });

  it("knows the key of the next block's author, and opens nothing", async () => {
    const key = `0x${"07".repeat(1_184)}`;
    const using = (hash: string) => json("ShieldApi.is_shielded_using_current_key", hash);
    expect(await using(xxhashAsHex(key, 128))).toBe(false);
    expect(await world.chain.http("dev_setStorage", [{ MevShield: { PendingKey: key } }])).not.toHaveProperty("error");
    expect([await using(xxhashAsHex(key, 128)), await using(xxhashAsHex("0x00", 128))]).toEqual([true, false]);
    expect(await isNone("ShieldApi.try_unshield_tx", "0x00", sealed)).toBe(true);
    const whole = { ...sealed, kemCt: `0x${"00".repeat(1_088)}` };
    expect(await refused("ShieldApi.try_unshield_tx", `0x${"00".repeat(2_400)}`, whole)).toEqual(
      notBuilt("opening shielded transactions (ML-KEM-768) is not built on this chain"),
    );
  });
});
