/** Acting as someone else, in raw frames. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { afterEach, describe, expect, it } from "vitest";
import { runtimeCall } from "../../../chain/src/spec/call.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { accountOf, mockSignature, remark, signed } from "./extrinsics.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const NOBODY = `0x${"5a".repeat(32)}`;
const junk = new Uint8Array(64).fill(7);

let chain: TestChain;
let socket: RawSocket;

async function start(options: Parameters<typeof startTestChain>[0] = {}): Promise<void> {
  chain = await startTestChain({ mode: "manual", ...options });
  socket = await connectRaw(chain.port);
}
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const submit = (hex: string): ReturnType<RawSocket["call"]> => socket.call("author_submitExtrinsic", hex);
const nonceOf = (account: string): number => chain.node.chain.headState().get(system.storage.Account, account).nonce;

describe("dev_impersonate", () => {
  it("accepts any signature of an account, in the pool, at inclusion and in the runtime API, until it is stopped", async () => {
    await start();
    const bob = accountOf("//Bob");
    const asBob = (nonce: number): string =>
      signed(chain.node, "//Alice", remark, { account: bob, signature: junk, nonce });
    expect((await submit(asBob(0))).error).toMatchObject({ code: 1010, data: "Transaction has a bad signature" });
    expect(await socket.result("dev_impersonate", { address: BOB })).toEqual([BOB]);
    expect((await submit(asBob(0))).error).toBeUndefined();
    await socket.result("dev_newBlock");
    expect(nonceOf(bob)).toBe(1);
    const validity = `0x02${asBob(1).slice(2)}${"00".repeat(32)}`;
    const validate = (): Promise<unknown> =>
      socket.result("state_call", "TaggedTransactionQueue_validate_transaction", validity);
    expect(await validate()).toMatch(/^0x00/);
    expect(await socket.result("payment_queryInfo", asBob(1))).toMatchObject({ class: "normal" });
    expect(await socket.result("dev_info")).toMatchObject({ impersonated: [BOB] });
    expect((await submit(asBob(1))).error).toBeUndefined();
    expect(await socket.result("dev_stopImpersonating", { address: BOB })).toEqual([]);
    await socket.result("dev_newBlock");
    expect(nonceOf(bob)).toBe(1);
    expect(await validate()).toMatch(/^0x01/);
    expect((await submit(asBob(1))).error?.code).toBe(1012);
  });

  it("serves the new interface too, and leaves nonce, fee and era to the rules", async () => {
    await start();
    await socket.result("dev_impersonate", BOB);
    await socket.result("dev_impersonate", NOBODY);
    const from = (account: string, nonce: number, birthHash?: string): string =>
      signed(chain.node, "//Alice", remark, {
        account,
        signature: junk,
        nonce,
        ...(birthHash === undefined ? {} : { birthHash, era: { kind: "mortal", period: 4, phase: 2 } }),
      });
    const bob = accountOf("//Bob");
    const watch = await socket.result("transactionWatch_v1_submitAndWatch", from(bob, 0));
    expect(await socket.event(watch)).toMatchObject({ event: "validated" });
    await socket.result("dev_newBlock");
    expect((await submit(from(bob, 0))).error).toMatchObject({ data: "Transaction is outdated" });
    expect((await submit(from(NOBODY, 0))).error?.data).toMatch(/Inability to pay some fees/);
    await socket.result("dev_newBlock", { count: 4 });
    // The era of the next block, 7, began with block 6; in block 10 it is another one, whose first block is not there yet.
    expect((await submit(from(bob, 1, NOBODY))).error).toBeUndefined();
    await socket.result("dev_newBlock", { count: 3 });
    expect((await submit(from(bob, 2, NOBODY))).error?.data).toBe("Transaction has an ancient birth block");
  });

  it("says what it takes, and whom it does not know", async () => {
    await start();
    for (const bad of [[], [{}], [{ address: 5 }], ["nobody"], [[BOB]]]) {
      const { error } = await socket.call("dev_impersonate", ...bad);
      expect(error).toMatchObject({ code: -32_602 });
    }
    const { error } = await socket.call("dev_impersonate", { address: "x" });
    expect(error?.data).toMatch(/address must be an SS58 address/);
    expect((await socket.call("dev_stopImpersonating", BOB)).error).toMatchObject({ code: -32_000 });
  });

  it("is not there without development verbs, and the flags are refused there", async () => {
    await start({ devVerbs: false });
    expect((await socket.call("dev_impersonate", BOB)).error?.code).toBe(-32_601);
    await expect(startTestChain({ devVerbs: false, mockSignatures: true })).rejects.toThrow(/mockSignatures/);
    await expect(startTestChain({ devVerbs: false, relaxed: true })).rejects.toThrow(/relaxed/);
  });
});

describe("mockSignatures", () => {
  const mocked = (): string =>
    signed(chain.node, "//Alice", remark, { account: accountOf("//Bob"), signature: mockSignature });

  it("accepts chopsticks' form for everyone and nothing like it", async () => {
    await start({ mockSignatures: true });
    const almost = mockSignature.slice();
    almost[63] = 0xcc;
    const close = signed(chain.node, "//Alice", remark, { account: accountOf("//Bob"), signature: almost });
    expect((await submit(close)).error?.data).toBe("Transaction has a bad signature");
    expect((await submit(mocked())).error).toBeUndefined();
    await socket.result("dev_newBlock");
    expect(nonceOf(accountOf("//Bob"))).toBe(1);
    expect(await socket.result("dev_info")).toMatchObject({ mockSignatures: true });
  });

  it("takes what a stock polkadot.js signs the way chopsticks' users do", async () => {
    await start({ mockSignatures: true });
    const api = await connectApi(chain.port);
    const send = api.tx["balances"]?.["transferKeepAlive"]?.(accountOf("//Alice"), 1_000_000_000n);
    if (send === undefined) throw new Error("no transfer in the metadata");
    const { genesisHash, runtimeVersion } = api;
    send.signFake(BOB, { nonce: 0, blockHash: genesisHash, genesisHash, runtimeVersion });
    send.signature.set(mockSignature);
    const before = chain.node.chain.headState().get(system.storage.Account, accountOf("//Bob")).data.free;
    await send.send();
    await socket.result("dev_newBlock");
    const { free } = chain.node.chain.headState().get(system.storage.Account, accountOf("//Bob")).data;
    expect(before - free).toBeGreaterThan(1_000_000_000n);
    await api.disconnect();
  });

  it("is off by itself", async () => {
    await start();
    expect((await submit(mocked())).error?.data).toBe("Transaction has a bad signature");
  });
});

describe("dev_call", () => {
  const tempo = (): number => chain.node.chain.headState().get(subtensorModule.storage.Tempo, 1);

  it("runs a call as root in a block of its own and tells the events", async () => {
    await start();
    await socket.result("dev_setLimits", { adminWindow: false });
    const before = chain.node.chain.head.number;
    const answer = await socket.result("dev_call", {
      origin: "Root",
      call: { pallet: "AdminUtils", call: "sudo_set_tempo", args: { netuid: 1, tempo: 77 } },
    });
    expect(answer).toMatchObject({
      ok: true,
      error: null,
      block: before + 1,
      hash: chain.node.chain.head.hash,
      events: [{ pallet: "SubtensorModule", name: "TempoSet", fields: [1, 77] }],
    });
    expect(tempo()).toBe(77);
  });

  it("takes hex, polkadot.js's names, lists of arguments and calls inside calls", async () => {
    await start();
    const bob = accountOf("//Bob");
    const hex = bytesToHex(
      runtimeCall().enc({
        pallet: "Balances",
        name: "transfer_keep_alive",
        args: { dest: { type: "Id", value: bob }, value: 5n },
      }),
    );
    const free = (): bigint => chain.node.chain.headState().get(system.storage.Account, bob).data.free;
    const was = free();
    const alice = accountOf("//Alice");
    const send = { section: "balances", method: "transferKeepAlive", args: [BOB, "10"] };
    for (const call of [hex, send, { pallet: "Utility", call: "batch_all", args: { calls: [hex, send] } }])
      expect(await socket.result("dev_call", { origin: { Signed: alice }, call })).toMatchObject({ ok: true });
    expect(free() - was).toBe(30n);
    const answer = await socket.result("dev_call", { origin: alice, call: send });
    expect(answer).toMatchObject({
      events: [{ pallet: "Balances", name: "Transfer", fields: { to: BOB, amount: "10" } }],
    });
  });

  it("answers a failed call with its error, guards and limits included, and changes nothing", async () => {
    await start();
    const call = { pallet: "AdminUtils", call: "sudo_set_rho", args: { netuid: 1, rho: 3 } };
    const signedCall = await socket.result("dev_call", { origin: { Signed: BOB }, call });
    expect(signedCall).toMatchObject({ ok: false, error: { type: "BadOrigin" }, events: [] });
    chain.node.producer.produceEdited(({ state }) => state.put(subtensorModule.storage.AdminFreezeWindow, [], 65_535));
    const asRoot = { origin: "Root", call };
    expect(await socket.result("dev_call", asRoot)).toMatchObject({
      ok: false,
      error: { type: "Module", pallet: "SubtensorModule", name: "AdminActionProhibitedDuringWeightsWindow" },
    });
    expect(await socket.result("dev_call", { ...asRoot, ignoreLimits: true })).toMatchObject({ ok: true });
    expect(await socket.result("dev_call", asRoot)).toMatchObject({ ok: false });
    const serve = { pallet: "SubtensorModule", call: "set_weights", args: [1, [], [], 0] };
    expect(await socket.result("dev_call", { origin: { Signed: NOBODY }, call: serve })).toMatchObject({ ok: false });
    const none = { origin: "None", call: { pallet: "System", call: "remark", args: { remark: "0x" } } };
    expect(await socket.result("dev_call", none)).toMatchObject({ ok: false, error: { type: "BadOrigin" } });
  });

  it("refuses what it does not understand, and older blocks", async () => {
    await start();
    const call = { pallet: "System", call: "remark", args: { remark: "0x00" } };
    const bad: [Record<string, unknown>, RegExp][] = [
      [{}, /origin must be/],
      [{ origin: "Root" }, /call must be SCALE hex or/],
      [{ origin: "God", call }, /origin must be/],
      [{ origin: { Signed: 1 }, call }, /origin must be/],
      [{ origin: "Root", call: "0x1" }, /call must be/],
      [{ origin: "Root", call: "0xffff" }, /does not decode/],
      [{ origin: "Root", call: { pallet: "Nothing", call: "x" } }, /no pallet Nothing/],
      [{ origin: "Root", call: { pallet: "System", call: "x" } }, /System has no call x/],
      [{ origin: "Root", call: { ...call, args: {} } }, /needs remark/],
      [{ origin: "Root", call: { ...call, args: { remark: "0x", more: 1 } } }, /no argument more/],
      [{ origin: "Root", call: { ...call, args: [] } }, /takes 1 arguments/],
      [{ origin: "Root", call, at: 5 }, /at must be a block hash/],
      [{ origin: "Root", call, ignoreLimits: 1 }, /ignoreLimits/],
    ];
    const { number } = chain.node.chain.head;
    for (const [params, why] of bad) {
      const { error } = await socket.call("dev_call", params);
      expect(error).toMatchObject({ code: -32_602, message: "Invalid params" });
      expect(error?.data).toMatch(why);
    }
    const old = { origin: "Root", call, at: chain.node.chain.genesis.hash };
    expect((await socket.call("dev_call", old)).error).toMatchObject({ code: -32_000 });
    expect(chain.node.chain.head.number).toBe(number);
  });
});
