/** Looking into blocks: dry runs, traces, diffs and decoding, through a real socket. */
import type { ApiPromise } from "@polkadot/api";
import { Keyring } from "@polkadot/keyring";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsJson } from "../../../chain/src/node/rpc/outcome-json.ts";
import { storageKey } from "../../../chain/src/node/storage/keys.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const ALICE_KEY = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const BOB_KEY = "0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48";

interface Change {
  readonly item: string;
  readonly keys: unknown[];
  readonly old: unknown;
  readonly new: unknown;
}
interface Event {
  readonly pallet: string;
  readonly name: string;
  readonly fields: Record<string, unknown>;
}
interface Seen {
  readonly ok: boolean;
  readonly error: Record<string, unknown> | null;
  readonly feeRao: string;
  readonly events: Event[];
  readonly changes: Change[];
}
interface Traced {
  readonly block: number;
  readonly same: boolean;
  readonly phases: (Seen & { readonly phase: unknown; readonly extrinsic?: Record<string, unknown> })[];
  readonly epochs: {
    readonly netuid: number;
    readonly mechanism: number;
    readonly emissionRao: string;
    readonly steps: { readonly columns: string[]; readonly rows: unknown[][] };
    readonly matrices: Record<string, { readonly columns: string[]; readonly rows: number[][] }>;
  }[];
}

let chain: TestChain;
let socket: RawSocket;
/** Signs; connected by the first test that does. */
let api: ApiPromise | undefined;

beforeAll(() => cryptoWaitReady());
beforeEach(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  await api?.disconnect();
  api = undefined;
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const head = (): { hash: string; number: number } => chain.node.chain.head;
const names = (events: readonly Event[]): string[] => events.map(({ pallet, name }) => `${pallet}.${name}`);
const changed = (changes: readonly Change[], item: string): Change[] => changes.filter((one) => one.item === item);
const transfer = (rao: number | string): Record<string, unknown> => ({
  pallet: "Balances",
  call: "transfer_keep_alive",
  args: { dest: BOB, value: rao },
});

/** A signed transfer of //Alice to //Bob. */
async function signedTransfer(rao: number, nonce = 0): Promise<string> {
  api ??= await connectApi(chain.port);
  const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
  const signed = await api.tx["balances"]?.["transferKeepAlive"]?.(BOB, rao).signAsync(alice, { nonce, era: 0 });
  return signed?.toHex() ?? "";
}

describe("dev_dryRun", () => {
  it("tells result, events, decoded storage changes and fee of an extrinsic, and changes nothing", async () => {
    const extrinsic = await signedTransfer(1_000_000);
    const before = head().hash;
    const waiting = chain.node.pool.size;
    const seen = (await socket.result("dev_dryRun", { extrinsic })) as Seen;
    expect(seen).toMatchObject({
      ok: true,
      error: null,
      call: "Balances.transfer_keep_alive",
      args: { dest: { Id: BOB }, value: "1000000" },
      signer: ALICE,
      nonce: 0,
    });
    expect(names(seen.events)).toEqual([
      "Balances.Withdraw",
      "Balances.Transfer",
      "Balances.Deposit",
      "TransactionPayment.TransactionFeePaid",
      "System.ExtrinsicSuccess",
    ]);
    const [bob] = changed(seen.changes, "System.Account").filter(({ keys }) => keys[0] === BOB);
    const free = (side: unknown): bigint => BigInt((side as { data: { free: string } }).data.free);
    expect(free(bob?.new) - free(bob?.old)).toBe(1_000_000n);
    expect(head().hash).toBe(before);
    expect(chain.node.pool.size).toBe(waiting);

    await socket.result("author_submitExtrinsic", extrinsic);
    await socket.result("dev_newBlock");
    const paid = eventsJson(chain.node.chain.headState()).find(({ name }) => name === "TransactionFeePaid");
    expect(paid?.fields).toMatchObject({ actual_fee: seen.feeRao });
  });

  it("says what is wrong: a module error by name and in words, an invalid transaction in the node's words", async () => {
    const poor = { call: transfer("99999999999999999"), origin: { Signed: ALICE } };
    expect(await socket.result("dev_dryRun", poor)).toMatchObject({
      ok: false,
      error: { type: "Token", name: "FundsUnavailable", docs: "Funds unavailable" },
      changes: [],
    });
    const unknown = { call: { pallet: "SubtensorModule", call: "start_call", args: { netuid: 99 } }, origin: ALICE };
    expect(await socket.result("dev_dryRun", unknown)).toMatchObject({
      ok: false,
      error: { type: "Module", pallet: "SubtensorModule", name: "SubnetNotExists", docs: "Subnet not exists" },
    });
    await socket.result("author_submitExtrinsic", await signedTransfer(1));
    await socket.result("dev_newBlock");
    expect(await socket.result("dev_dryRun", { extrinsic: await signedTransfer(1) })).toMatchObject({
      ok: false,
      error: { type: "Invalid", code: 1_010, data: "Transaction is outdated" },
      feeRao: "0",
    });
  });

  it("runs a call from any origin, in chopsticks' form too, on the state after an older block", async () => {
    const set = { pallet: "AdminUtils", call: "sudo_set_tempo", args: { netuid: 1, tempo: 77 } };
    const root = (await socket.result("dev_dryRun", { call: set, origin: "Root" })) as Seen;
    expect(root).toMatchObject({ ok: true, feeRao: "0" });
    expect(changed(root.changes, "SubtensorModule.Tempo")).toMatchObject([{ keys: [1], new: 77 }]);
    expect(await socket.result("dev_dryRun", { call: set, origin: { Signed: BOB } })).toMatchObject({ ok: false });
    await socket.result("dev_setBalance", BOB, 5_000);
    const now = { extrinsic: { call: "0x0000086869", address: BOB_KEY } };
    expect(await socket.result("dev_dryRun", now)).toMatchObject({
      ok: true,
      call: "System.remark",
      args: { remark: "0x6869" },
    });
    const pay = { call: transfer(1_000_000), origin: BOB };
    const dest = { ...pay, call: { ...transfer(1_000_000), args: { dest: ALICE, value: 1_000_000 } } };
    expect(await socket.result("dev_dryRun", dest)).toMatchObject({ ok: false });
    expect(await socket.result("dev_dryRun", { ...dest, at: -1 })).toMatchObject({
      ok: true,
      block: head().number - 1,
    });
  });

  it.each([
    [{}],
    [{ extrinsic: "0x00", call: "0x0000086869" }],
    [{ extrinsic: "0x1234" }],
    [{ call: "0xffff", origin: "Root" }],
    [{ call: "0x0000086869" }],
    [{ call: "0x0000086869", origin: "Somebody" }],
    [{ call: "0x0000086869", origin: "Root", at: "latest" }],
  ])("refuses %j and says what is expected", async (request) => {
    const { error } = await socket.call("dev_dryRun", request);
    expect(error?.code).toBe(-32_602);
    expect(String(error?.data).length).toBeGreaterThan(10);
  });
});

describe("dev_traceBlock", () => {
  it("runs a block again: what initialisation, each extrinsic and finalisation did, and it comes out the same", async () => {
    await socket.result("author_submitExtrinsic", await signedTransfer(1_000_000));
    await socket.result("dev_newBlock");
    const trace = (await socket.result("dev_traceBlock", { block: head().number })) as Traced;
    expect(trace.same).toBe(true);
    const bodies = chain.node.chain.block(head().hash)?.body.length ?? 0;
    expect(trace.phases.map(({ phase }) => phase)).toEqual([
      "Initialization",
      ...Array.from({ length: bodies }, (_, index) => ({ ApplyExtrinsic: index })),
      "Finalization",
    ]);
    expect(trace.phases[1]?.extrinsic).toMatchObject({ call: "Timestamp.set", signer: null });
    const paid = trace.phases.find(({ extrinsic }) => extrinsic?.["call"] === "Balances.transfer_keep_alive");
    expect(paid).toMatchObject({ ok: true, error: null });
    expect(changed(paid?.changes ?? [], "System.Account").map(({ keys }) => keys[0])).toEqual(
      expect.arrayContaining([ALICE, BOB]),
    );
    expect(names(trace.phases.flatMap(({ events }) => events))).toEqual(
      names(eventsJson(chain.node.chain.headState()) as unknown as Event[]),
    );
    const index = trace.phases.indexOf(paid as (typeof trace.phases)[number]) - 1;
    const one = (await socket.result("dev_traceBlock", { block: head().hash, index })) as Traced;
    expect(one.phases).toEqual([paid]);
  });

  it("replays every block of a busy stretch to the same storage, changes by verbs and forks included", async () => {
    await socket.result("dev_setFinality", { lag: 4 });
    await socket.result("dev_setBalance", BOB, 5_000_000_000);
    await socket.result("dev_setStorage", { SubtensorModule: { Tempo: [[[1], 5]] } });
    await socket.result("dev_call", {
      origin: "Root",
      call: { pallet: "AdminUtils", call: "sudo_set_kappa", args: { netuid: 1, kappa: 7 } },
    });
    await socket.result("dev_upgradeRuntime", {});
    await socket.result("dev_newBlock", { count: 8 });
    const lost = head().hash;
    await socket.result("dev_reorg", { depth: 2 });
    const blocks = [lost, ...Array.from({ length: head().number }, (_, at) => at + 1)];
    for (const block of blocks) expect(await socket.result("dev_traceBlock", { block })).toMatchObject({ same: true });
  });

  it("gives an epoch as a table of every step of Yuma, equal to what the chain stored", async () => {
    const own = await startTestChain({ mode: "manual", preset: "two-validators" });
    const { result: reached } = await own.http("dev_nextEpoch", [{ netuid: 2, count: 2 }]);
    const { block } = reached as { block: number };
    const { epochs, same } = (await own.http("dev_traceBlock", [{ block }])).result as Traced;
    const state = own.node.chain.headState();
    await own.close();
    expect(same).toBe(true);
    const epoch = epochs.find(({ netuid }) => netuid === 2);
    const { columns, rows } = epoch?.steps ?? { columns: [], rows: [] };
    const column = (name: string): unknown[] => rows.map((row) => row[columns.indexOf(name)]);
    const { storage } = subtensorModule;
    expect(rows).toHaveLength(state.get(storage.SubnetworkN, 2));
    expect(column("uid")).toEqual(rows.map((_, uid) => uid));
    expect(column("emissionRao")).toEqual(state.get(storage.Emission, 2).map(String));
    expect(column("newPermit")).toEqual([...state.get(storage.ValidatorPermit, 2)]);
    expect(column("inactive")).toEqual(state.get(storage.Active, 2).map((active) => !active));
    const u16 = (values: unknown[]): number[] => values.map((value) => Math.floor(Number(value) * 65_535 + 1e-7));
    expect(u16(column("incentive"))).toEqual([...state.get(storage.Incentive, 2)]);
    expect(u16(column("dividends"))).toEqual([...state.get(storage.Dividends, 2)]);
    expect(u16(column("validatorTrust"))).toEqual([...state.get(storage.ValidatorTrust, 2)]);
    expect(Math.max(...u16(column("dividends")))).toBeGreaterThan(0);
    expect(Object.keys(epoch?.matrices ?? {})).toEqual(["weights", "clippedWeights", "bondWeights", "bonds"]);
    for (const matrix of Object.values(epoch?.matrices ?? {})) {
      expect(matrix.rows.length).toBeGreaterThan(0);
      for (const [from = -1, to = -1, value = -1] of matrix.rows) {
        expect(Math.max(from, to)).toBeLessThan(rows.length);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }
  });

  it.each([
    [{ block: 1_000_000 }, -32_000, "No such block"],
    [{ block: 0 }, -32_000, "Genesis"],
    [{ block: "head" }, -32_602, "block must be"],
    [{ block: -1, index: 99 }, -32_000, "extrinsics"],
    [{ block: -1, index: -1 }, -32_602, "index must be"],
  ])("refuses %j", async (request, code, hint) => {
    await socket.result("dev_newBlock", { count: 2 });
    const { error } = await socket.call("dev_traceBlock", request);
    expect(error?.code).toBe(code);
    expect(`${error?.message} ${error?.data ?? ""}`).toContain(hint);
  });
});

describe("dev_diff", () => {
  it("tells what differs between two blocks, in either direction and across a fork", async () => {
    await socket.result("dev_setFinality", { lag: 5 });
    await socket.result("dev_newBlock", { count: 2 });
    const start = head().number;
    await socket.result("dev_setStorage", { SubtensorModule: { Tempo: [[[1], 77]] } });
    const changedAt = head().hash;
    await socket.result("dev_newBlock");
    const { changes } = (await socket.result("dev_diff", { from: start, to: head().number })) as { changes: Change[] };
    const tempo = changed(changes, "SubtensorModule.Tempo");
    expect(tempo).toMatchObject([{ keys: [1], new: 77 }]);
    const back = (await socket.result("dev_diff", { from: head().number, to: start })) as { changes: Change[] };
    expect(changed(back.changes, "SubtensorModule.Tempo")).toMatchObject([{ keys: [1], old: 77, new: tempo[0]?.old }]);
    await socket.result("dev_reorg", { depth: 2 });
    const fork = (await socket.result("dev_diff", { from: changedAt, to: head().hash })) as { changes: Change[] };
    expect(changed(fork.changes, "SubtensorModule.Tempo")).toMatchObject([{ keys: [1], old: 77, new: tempo[0]?.old }]);
    expect(await socket.result("dev_diff", { from: -1, to: -1 })).toMatchObject({ changes: [] });
    expect((await socket.call("dev_diff", {})).error?.code).toBe(-32_602);
  });
});

describe("dev_decode", () => {
  it("reads storage keys, extrinsics, calls and errors", async () => {
    const account = storageKey(system.storage.Account, [ALICE_KEY]);
    expect(await socket.result("dev_decode", { hex: account })).toEqual({
      kind: "storageKey",
      item: "System.Account",
      keys: [ALICE],
    });
    const weights = storageKey(subtensorModule.storage.Weights, [1, 7]);
    expect(await socket.result("dev_decode", weights)).toMatchObject({ item: "SubtensorModule.Weights", keys: [1, 7] });
    expect(await socket.result("dev_decode", weights.slice(0, 34))).toMatchObject({ item: "SubtensorModule" });
    expect(await socket.result("dev_decode", "0x3a636f6465")).toMatchObject({ item: ":code" });
    expect(await socket.result("dev_decode", { hex: await signedTransfer(5) })).toMatchObject({
      kind: "extrinsic",
      signer: ALICE,
      call: "Balances.transfer_keep_alive",
      args: { value: "5" },
    });
    expect(await socket.result("dev_decode", "0x0000086869")).toMatchObject({ kind: "call", call: "System.remark" });
    const error = { kind: "error", type: "Module", pallet: "SubtensorModule", name: subtensorModule.errors[1] };
    const index = subtensorModule.index.toString(16).padStart(2, "0");
    for (const hex of [`0x03${index}01000000`, `0x${index}01000000`, `0x${index}01`])
      expect(await socket.result("dev_decode", { hex })).toMatchObject(error);
    expect((await socket.call("dev_decode", { hex: `0x${"ff".repeat(40)}` })).error?.code).toBe(-32_000);
    expect((await socket.call("dev_decode", { hex: "hello" })).error?.code).toBe(-32_602);
  });
});
