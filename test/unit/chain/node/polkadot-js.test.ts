import type { ApiPromise } from "@polkadot/api";
import type { SubmittableExtrinsic } from "@polkadot/api/types";
import { Keyring } from "@polkadot/keyring";
import type { ISubmittableResult } from "@polkadot/types/types";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectApi, startTestChain, type TestChain } from "./test-chain.ts";

type Tx = SubmittableExtrinsic<"promise">;

let chain: TestChain;
let api: ApiPromise;
let alice: ReturnType<Keyring["addFromUri"]>;
let bob: typeof alice;
let dave: typeof alice;

beforeAll(async () => {
  await cryptoWaitReady();
  const keyring = new Keyring({ type: "sr25519" });
  [alice, bob, dave] = ["//Alice", "//Bob", "//Dave"].map((uri) => keyring.addFromUri(uri)) as [
    typeof alice,
    typeof alice,
    typeof alice,
  ];
  chain = await startTestChain();
  api = await connectApi(chain.port);
});

afterAll(async () => {
  await api?.disconnect();
  await chain?.close();
  expect(chain.faults).toEqual([]);
});

/** Signs, sends and waits for finality. */
function send(tx: Tx, signer: typeof alice, options: Record<string, unknown> = {}): Promise<ISubmittableResult> {
  return new Promise((resolve, reject) => {
    tx.signAndSend(signer, options, (result) => {
      if (result.isFinalized || result.isError) resolve(result);
    }).catch(reject);
  });
}

const names = (result: ISubmittableResult): string[] =>
  result.events.map(({ event }) => `${event.section}.${event.method}`);
/** The client without its generated types: what a stock build offers for a chain it has never seen. */
interface Loose {
  readonly query: Record<string, Record<string, LooseItem>>;
  readonly tx: Record<string, Record<string, (...args: unknown[]) => Tx>>;
  readonly call: Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;
}
interface LooseItem {
  (...keys: unknown[]): Promise<unknown>;
  entries(): Promise<[{ args: unknown[] }, unknown][]>;
  multi(keys: string[]): Promise<{ nonce: { toNumber(): number } }[]>;
}
function member<T>(table: Record<string, Record<string, T>>, section: string, name: string): T {
  const found = table[section]?.[name];
  if (found === undefined) throw new Error(`no ${section}.${name}`);
  return found;
}
const loose = (of: unknown = api): Loose => of as Loose;
const call = (section: string, method: string, ...args: unknown[]): Tx => member(loose().tx, section, method)(...args);
const query = (section: string, item: string, ...keys: unknown[]): Promise<unknown> =>
  member(loose().query, section, item)(...keys);
const freeOf = async (address: string): Promise<bigint> =>
  ((await query("system", "account", address)) as { data: { free: { toBigInt(): bigint } } }).data.free.toBigInt();

describe("a stock polkadot.js client", () => {
  it("connects and reads identity, constants and properties", async () => {
    expect(api.runtimeVersion.specName.toString()).toBe("node-subtensor");
    expect(api.runtimeVersion.specVersion.toNumber()).toBe(424);
    expect(api.consts["balances"]?.["existentialDeposit"]?.toString()).toBe("500");
    expect(api.consts["aura"]?.["slotDuration"]?.toString()).toBe("250");
    expect(api.registry.chainTokens).toEqual(["TAO"]);
    expect(api.registry.signedExtensions).toHaveLength(13);
    expect(api.genesisHash.toHex()).toBe(chain.node.chain.genesis.hash);
    expect(api.runtimeMetadata.version).toBe(16);
    expect((await api.rpc.system.chain()).toString()).toBe("Bittensor");
  });

  it("transfers TAO to finality with the events of a real block", async () => {
    const before = await freeOf(bob.address);
    const result = await send(call("balances", "transferKeepAlive", bob.address, 1_000_000_000n), alice);
    expect(result.isFinalized).toBe(true);
    expect(names(result)).toEqual([
      "balances.Withdraw",
      "balances.Transfer",
      "balances.Deposit",
      "transactionPayment.TransactionFeePaid",
      "system.ExtrinsicSuccess",
    ]);
    expect((await freeOf(bob.address)) - before).toBe(1_000_000_000n);
  });

  it("charges the fee it announced", async () => {
    const tx = call("balances", "transferKeepAlive", bob.address, 5n);
    const info = await tx.paymentInfo(alice);
    const before = await freeOf(alice.address);
    await send(tx, alice);
    const paid = before - (await freeOf(alice.address)) - 5n;
    expect(info.partialFee.toBigInt()).toBeGreaterThan(0n);
    expect(paid).toBe(info.partialFee.toBigInt());
  });

  it("counts nonces on chain and in the pool", async () => {
    const before = (await api.rpc.system.accountNextIndex(alice.address)).toNumber();
    const viaApi = (await member(loose().call, "accountNonceApi", "accountNonce")(alice.address)) as {
      toNumber(): number;
    };
    expect(viaApi.toNumber()).toBe(before);
    await send(call("system", "remark", "0x01"), alice);
    expect((await api.rpc.system.accountNextIndex(alice.address)).toNumber()).toBe(before + 1);
  });

  it("holds a transaction with a nonce ahead until its turn", async () => {
    const nonce = (await api.rpc.system.accountNextIndex(dave.address)).toNumber();
    const later = send(call("system", "remark", "0x02"), dave, { nonce: nonce + 1 });
    // The beacon's pulses wait in the pool too.
    const waiting = () => chain.node.pool.pending().filter(({ kind }) => kind === "signed").length;
    await expect.poll(waiting).toBe(1);
    await send(call("system", "remark", "0x01"), dave, { nonce });
    await chain.http("dev_newBlock", [{ count: 1 }]);
    expect((await later).isFinalized).toBe(true);
  });

  it("decodes a failed dispatch and still takes the fee", async () => {
    const before = await freeOf(dave.address);
    const result = await send(call("balances", "transferKeepAlive", bob.address, 10n ** 18n), dave);
    expect(result.isFinalized).toBe(true);
    expect(result.dispatchError?.isToken).toBe(true);
    expect(result.dispatchError?.asToken.toString()).toBe("FundsUnavailable");
    expect(await freeOf(dave.address)).toBeLessThan(before);
    expect(names(result)).not.toContain("balances.Transfer");
  });

  it("decodes a module error by name", async () => {
    const result = await send(call("utility", "batchAll", [call("utility", "batchAll", [])]), alice);
    const failure = result.dispatchError;
    expect(failure?.isModule).toBe(true);
    const { section, name } = api.registry.findMetaError(
      failure?.asModule ?? ({ error: new Uint8Array(4), index: 0 } as never),
    );
    expect(`${section}.${name}`).toBe("system.CallFiltered");
  });

  it("runs a batch to its first failure and keeps what came before", async () => {
    const before = await freeOf(bob.address);
    const good = call("balances", "transferKeepAlive", bob.address, 7n);
    const bad = call("balances", "transferKeepAlive", bob.address, 10n ** 18n);
    const result = await send(call("utility", "batch", [good, bad, good]), dave);
    expect(names(result)).toContain("utility.BatchInterrupted");
    expect(result.dispatchError).toBeUndefined();
    expect((await freeOf(bob.address)) - before).toBe(7n);
  });

  it("rolls batch_all back as a whole", async () => {
    const before = await freeOf(bob.address);
    const good = call("balances", "transferKeepAlive", bob.address, 7n);
    const bad = call("balances", "transferKeepAlive", bob.address, 10n ** 18n);
    const result = await send(call("utility", "batchAll", [good, bad]), dave);
    expect(result.dispatchError).toBeDefined();
    expect(await freeOf(bob.address)).toBe(before);
  });

  it("lets sudo dispatch as root and tells the inner result in the event", async () => {
    const set = await send(
      call("sudo", "sudo", call("balances", "forceSetBalance", dave.address, 5_000_000_000_000n)),
      alice,
    );
    expect(names(set)).toEqual([
      "balances.BalanceSet",
      "sudo.Sudid",
      "transactionPayment.TransactionFeePaid",
      "system.ExtrinsicSuccess",
    ]);
    expect(await freeOf(dave.address)).toBe(5_000_000_000_000n);
    const failed = await send(
      call(
        "sudo",
        "sudo",
        call("sudo", "sudo", call("balances", "forceTransfer", bob.address, dave.address, 10n ** 18n)),
      ),
      alice,
    );
    const sudid = failed.events.filter(({ event }) => event.method === "Sudid");
    expect(failed.dispatchError).toBeUndefined();
    expect(sudid[0]?.event.data[0]?.toHuman()).toEqual({ Err: { Token: "FundsUnavailable" } });
  });

  it("refuses sudo calls of others, spent nonces and empty accounts at the pool, in the real node's words", async () => {
    const remark = call("system", "remark", "0x00");
    await expect(send(call("sudo", "sudo", remark), bob)).rejects.toThrow(
      "1010: Invalid Transaction: Invalid signing address",
    );
    await expect(send(remark, alice, { nonce: 0 })).rejects.toThrow(
      "1010: Invalid Transaction: Transaction is outdated",
    );
    const poor = new Keyring({ type: "sr25519" }).addFromUri("//Nobody");
    await expect(send(remark, poor)).rejects.toThrow("1010: Invalid Transaction: Inability to pay some fees");
    const foreign = remark.sign(bob, {
      nonce: 50,
      blockHash: api.genesisHash,
      genesisHash: bob.publicKey,
      runtimeVersion: api.runtimeVersion,
      era: "0x00",
    } as never);
    await expect(api.rpc.author.submitExtrinsic(foreign as never)).rejects.toThrow(
      "1010: Invalid Transaction: Transaction has a bad signature",
    );
  });

  it("accepts immortal and ed25519-signed transactions", async () => {
    expect((await send(call("system", "remark", "0x0a"), alice, { era: 0 })).isFinalized).toBe(true);
    const signer = new Keyring({ type: "ed25519" }).addFromUri("//Edward");
    await send(call("balances", "transferKeepAlive", signer.address, 10_000_000_000n), alice);
    expect((await send(call("system", "remarkWithEvent", "0x0b"), signer)).isFinalized).toBe(true);
  });

  it("hashes payloads over 256 bytes before checking the signature", async () => {
    const result = await send(call("system", "remarkWithEvent", `0x${"ab".repeat(400)}`), alice);
    expect(names(result)).toContain("system.Remarked");
  });

  it("announces every head once, in order, new and finalised", async () => {
    const seen: number[] = [];
    const finalized: number[] = [];
    const stop = await api.rpc.chain.subscribeNewHeads((header) => void seen.push(header.number.toNumber()));
    const stopFinal = await api.rpc.chain.subscribeFinalizedHeads(
      (header) => void finalized.push(header.number.toNumber()),
    );
    await chain.http("dev_newBlock", [{ count: 5 }]);
    const last = chain.node.chain.head.number;
    await expect.poll(() => [seen.at(-1), finalized.at(-1)]).toEqual([last, last]);
    expect(seen).toEqual(Array.from({ length: 6 }, (_, i) => last - 5 + i));
    expect(finalized).toEqual(seen);
    stop();
    stopFinal();
  });

  it("serves header bytes that hash to the announced hash, genesis included", async () => {
    for (const hash of [api.genesisHash.toHex(), chain.node.chain.head.hash]) {
      const header = await api.rpc.chain.getHeader(hash);
      expect(header.hash.toHex()).toBe(hash);
    }
  });

  it("answers storage at an old hash, entries page by page, and multi subscriptions", async () => {
    const hash = await api.rpc.chain.getBlockHash();
    const before = await freeOf(bob.address);
    await send(call("balances", "transferKeepAlive", bob.address, 11n), alice);
    const at = await api.at(hash);
    const old = (await member(loose(at).query, "system", "account")(bob.address)) as {
      data: { free: { toBigInt(): bigint } };
    };
    expect(old.data.free.toBigInt()).toBe(before);
    expect(await freeOf(bob.address)).toBe(before + 11n);
    const entries = await member(loose().query, "system", "account").entries();
    const accounts = entries.map(([key]) => String(key.args[0]));
    expect(accounts).toContain(alice.address);
    expect(new Set(accounts).size).toBe(accounts.length);
    const multi = await member(loose().query, "system", "account").multi([alice.address, bob.address]);
    expect(multi[0]?.nonce.toNumber()).toBeGreaterThan(0);
  });

  it("tells a storage subscription its first value at once and changes after", async () => {
    const values: bigint[] = [];
    const stop = (await query(
      "balances",
      "totalIssuance",
      (value: { toBigInt(): bigint }) => void values.push(value.toBigInt()),
    )) as () => void;
    await expect.poll(() => values.length).toBe(1);
    await send(call("balances", "burn", 12_345n, true), alice);
    await expect.poll(() => values.length).toBe(2);
    expect((values[0] ?? 0n) - (values[1] ?? 0n)).toBe(12_345n);
    stop();
  });

  it("reaps an account below the existential deposit", async () => {
    const gone = new Keyring({ type: "sr25519" }).addFromUri("//Gone");
    await send(call("balances", "transferAllowDeath", gone.address, 600n), alice);
    expect(await freeOf(gone.address)).toBe(600n);
    const tiny = await send(
      call("balances", "transferAllowDeath", new Keyring({ type: "sr25519" }).addFromUri("//Tiny").address, 499n),
      alice,
    );
    expect(tiny.dispatchError?.asToken.toString()).toBe("BelowMinimum");
    const emptied = await send(call("balances", "transferAll", bob.address, false), dave);
    expect(names(emptied)).toContain("balances.Transfer");
  });
});
