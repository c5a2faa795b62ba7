/**
 * What breaks stock clients, in raw frames over a real socket: the points of spec/json-rpc.md 9, in its order. Each was measured or read in polkadot-api,
 * polkadot.js, async-substrate-interface or subxt.
 */
import type { ApiPromise } from "@polkadot/api";
import { decAnyMetadata, unifyMetadata } from "@polkadot-api/substrate-bindings";
import { Keyring } from "@polkadot/keyring";
import { compactToU8a, hexToU8a, u8aConcat, u8aToHex } from "@polkadot/util";
import { blake2AsHex, cryptoWaitReady } from "@polkadot/util-crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type Event, type RawSocket } from "./raw-socket.ts";

const CODE = "0x3a636f6465";
const SYSTEM = "0x26aa394eea5630e07c48ae0c9558cef7";
const EVENTS = `${SYSTEM}80d41e5e16056765bc8461851072c9d7`;
const NUMBER = `${SYSTEM}02a5c1b19ab7a04f536c519aca4983ac`;
const ACCOUNTS = `${SYSTEM}b99d880ec681799c0cf30e8886371da9`;
const UNKNOWN = `0x${"ab".repeat(32)}`;

let chain: TestChain;
let api: ApiPromise;
let socket: RawSocket;
let nonce = 0;

beforeAll(async () => {
  await cryptoWaitReady();
  chain = await startTestChain({ mode: "manual" });
  api = await connectApi(chain.port);
});
afterAll(async () => {
  await api.disconnect();
  await chain.close();
  expect(chain.faults).toEqual([]);
});
beforeEach(async () => {
  socket = await connectRaw(chain.port);
});
afterEach(() => {
  vi.useRealTimers();
  socket.close();
});

const head = (): string => chain.node.chain.head.hash;
const mine = (): Promise<unknown> => chain.http("dev_newBlock");
/** A follow whose opening events are taken. */
async function follow(withRuntime = true): Promise<{ id: string; hashes: string[]; opening: Event }> {
  const id = String(await socket.result("chainHead_v1_follow", withRuntime));
  const opening = await socket.event(id);
  await socket.event(id, ({ event }) => event === "bestBlockChanged");
  return { id, hashes: opening["finalizedBlockHashes"] as string[], opening };
}
/** Runs an operation; its events up to the last one. */
async function operation(id: string, method: string, ...params: unknown[]): Promise<Event[]> {
  const reply = (await socket.result(`chainHead_v1_${method}`, id, ...params)) as Event;
  expect(reply["result"]).toBe("started");
  const events: Event[] = [];
  do events.push(await socket.event(id, (event) => event["operationId"] === reply["operationId"]));
  while (events.at(-1)?.["event"] === "operationStorageItems");
  return events;
}
async function signedRemark(at: number = nonce++): Promise<string> {
  const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
  const remark = api.tx["system"]?.["remark"]?.("0x01");
  return (await remark?.signAsync(alice, { nonce: at }))?.toHex() ?? "";
}
const metadata = (hex: string): ReturnType<typeof unifyMetadata> => unifyMetadata(decAnyMetadata(hexToU8a(hex)));
/** Strips `01`, the length and what a state_call puts in front of metadata. */
const inner = (hex: string): string => `0x${hex.slice(hex.indexOf("6d657461"))}`;

describe("what breaks stock clients", () => {
  it("tells the best block again while nothing happens, so that no 40 s pass without a text frame", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const { id } = await follow();
    for (let quietMs = 0; quietMs < 60_000; quietMs += 20_000) {
      vi.advanceTimersByTime(20_000);
      expect(await socket.event(id)).toEqual({ event: "bestBlockChanged", bestBlockHash: head() });
    }
  });

  it("has a value and a hash under :code, the runtime's identity", async () => {
    const { id } = await follow();
    const [value, done] = await operation(id, "storage", head(), [{ key: CODE, type: "value" }], null);
    const [hash] = await operation(id, "storage", head(), [{ key: CODE, type: "hash" }], null);
    const { items } = value as unknown as { items: [{ value: string }] };
    expect(hash?.["items"]).toEqual([{ key: CODE, hash: blake2AsHex(items[0].value) }]);
    expect(done?.["event"]).toBe("operationStorageDone");
  });

  it("serves headers that hash to the block's hash on every path, the genesis included", async () => {
    const { id, hashes } = await follow();
    const genesis = await socket.result("chainSpec_v1_genesisHash");
    expect(hashes[0]).toBe(genesis);
    for (const hash of hashes) {
      expect(blake2AsHex(String(await socket.result("chainHead_v1_header", id, hash)))).toBe(hash);
      expect(blake2AsHex(String(await socket.result("archive_v1_header", hash)))).toBe(hash);
      expect(blake2AsHex(scaleHeader((await socket.result("chain_getHeader", hash)) as JsonHeader))).toBe(hash);
    }
  });

  it("tells every follow newBlock, bestBlockChanged and finalized, in this order, for each block", async () => {
    const follows = [await follow(true), await follow(false)];
    for (let block = 0; block < 3; block++) {
      const parentBlockHash = head();
      await mine();
      for (const { id } of follows) {
        expect(await socket.event(id)).toEqual({
          event: "newBlock",
          blockHash: head(),
          parentBlockHash,
          newRuntime: null,
        });
        expect(await socket.event(id)).toEqual({ event: "bestBlockChanged", bestBlockHash: head() });
        expect(await socket.event(id)).toEqual({
          event: "finalized",
          finalizedBlockHashes: [head()],
          prunedBlockHashes: [],
        });
      }
    }
  });

  it("sends the reply with the id before its first event, in batches too", async () => {
    const { id } = await follow();
    const request = (number: number, method: string, ...params: unknown[]): unknown => ({
      jsonrpc: "2.0",
      id: number,
      method,
      params,
    });
    const from = socket.frames.length;
    socket.send(
      JSON.stringify([
        request(900, "chainHead_v1_body", id, head()),
        request(901, "chain_subscribeNewHeads"),
        request(902, "archive_v1_storage", head(), [{ key: CODE, type: "hash" }], null),
        request(903, "dev_newBlock"),
      ]),
    );
    const batch = (await socket.frame(Array.isArray, from)) as unknown as [
      { result: Event },
      { result: string },
      { result: string },
    ];
    const batchAt = socket.frames.indexOf(batch as never);
    for (const subscription of [batch[1].result, batch[2].result]) {
      await socket.event(subscription);
      expect(socket.frames.findIndex((frame) => frame.params?.subscription === subscription)).toBeGreaterThan(batchAt);
    }
    const { operationId } = batch[0].result;
    await socket.event(id, (event) => event["operationId"] === operationId);
    expect(socket.frames.findIndex((frame) => frame.params?.result["operationId"] === operationId)).toBeGreaterThan(
      batchAt,
    );
  });

  it("sends no empty list of storage items and no null in one", async () => {
    const { id } = await follow();
    const items = [
      { key: "0xdead", type: "value" },
      { key: CODE, type: "hash" },
      { key: "0xdead", type: "hash" },
      { key: "0xdead", type: "descendantsValues" },
      { key: "0xdead", type: "closestDescendantMerkleValue" },
      { key: ACCOUNTS, type: "descendantsHashes" },
    ];
    const events = await operation(id, "storage", head(), items, null);
    for (const { items: sent } of events.slice(0, -1)) {
      expect(sent).not.toEqual([]);
      expect(sent).not.toContain(null);
    }
    expect(events.at(-1)).toEqual({ event: "operationStorageDone", operationId: expect.any(String) });
  });

  it("starts every operation it is asked for: limitReached is for a follow that is gone", async () => {
    const { id } = await follow();
    const replies = await Promise.all(
      Array.from({ length: 64 }, () =>
        socket.result("chainHead_v1_storage", id, head(), [{ key: ACCOUNTS, type: "descendantsValues" }], null),
      ),
    );
    expect(new Set(replies.map((reply) => (reply as Event)["result"]))).toEqual(new Set(["started"]));
    for (const reply of replies)
      await socket.event(
        id,
        ({ event, operationId }) => event === "operationStorageDone" && operationId === (reply as Event)["operationId"],
      );
    expect(await socket.result("chainHead_v1_body", "no follow", head())).toEqual({ result: "limitReached" });
  });

  it.each([[""], ["0x"]])("takes %j for no call parameters", async (none) => {
    const { id } = await follow();
    const [done] = await operation(id, "call", head(), "Metadata_metadata_versions", none);
    expect(done).toMatchObject({ event: "operationCallDone", output: "0x0c0e0000000f00000010000000" });
    expect(await socket.result("archive_v1_call", head(), "Metadata_metadata_versions", none)).toEqual({
      success: true,
      value: "0x0c0e0000000f00000010000000",
    });
    expect(await socket.result("state_call", "Metadata_metadata_versions", none)).toBe("0x0c0e0000000f00000010000000");
  });

  it("lists every group of the new interface whole, and answers each name it lists", async () => {
    const { methods } = (await socket.result("rpc_methods")) as { methods: string[] };
    const groups = {
      chainSpec_v1: ["chainName", "genesisHash", "properties"],
      chainHead_v1: [
        ...["follow", "unfollow", "header", "body", "call", "storage", "unpin", "continue", "stopOperation"],
      ],
      transaction_v1: ["broadcast", "stop"],
      transactionWatch_v1: ["submitAndWatch", "unwatch"],
      archive_v1: [
        ...["genesisHash", "finalizedHeight", "hashByHeight", "header", "body", "call", "storage", "stopStorage"],
        ...["storageDiff", "stopStorageDiff", "storageDiff_stopStorageDiff"],
      ],
    };
    for (const [group, names] of Object.entries(groups))
      expect(methods.filter((name) => name.startsWith(`${group}_`)).sort()).toEqual(
        names.map((name) => `${group}_${name}`).sort(),
      );
    for (const method of methods.filter((name) => !name.startsWith("dev_")))
      expect([method, (await socket.call(method)).error?.code]).not.toEqual([method, -32_601]);
  });

  it("validates a transaction as source, bytes and block hash, and names what is wrong with it", async () => {
    const { id } = await follow();
    const validate = async (extrinsic: string): Promise<string> => {
      const args = `0x02${extrinsic.slice(2)}${head().slice(2)}`;
      const [done] = await operation(id, "call", head(), "TaggedTransactionQueue_validate_transaction", args);
      return String(done?.["output"] ?? done?.["error"]);
    };
    expect(await validate(await signedRemark(nonce))).toMatch(/^0x00/);
    await chain.http("author_submitExtrinsic", [await signedRemark()]);
    await mine();
    // Err(Invalid(Stale)): what polkadot-api shows as {"type":"Invalid","value":{"type":"Stale"}}.
    expect(await validate(await signedRemark(0))).toBe("0x010003");
  });

  it("keeps submitted bytes as they came, at the index the watcher is told, with the inherents in front", async () => {
    const { id } = await follow();
    const extrinsic = await signedRemark();
    const watch = await socket.result("transactionWatch_v1_submitAndWatch", extrinsic);
    await mine();
    const { block } = (await socket.event(watch, ({ event }) => event === "finalized")) as {
      block: { hash: string; index: number };
    };
    const [done] = await operation(id, "body", block.hash);
    const body = done?.["value"] as string[];
    expect(body[block.index]).toBe(extrinsic);
    expect(block.index).toBeGreaterThan(0);
    expect(await socket.result("archive_v1_body", block.hash)).toEqual(body);
  });

  it("stores events whose phases follow the body and end every extrinsic with success or failure", async () => {
    await socket.result("author_submitExtrinsic", await signedRemark());
    await mine();
    const body = (await socket.result("archive_v1_body", head())) as string[];
    const raw = await socket.result("state_getStorage", EVENTS, head());
    const records = api.createType("Vec<FrameSystemEventRecord>", raw) as unknown as {
      phase: { isApplyExtrinsic: boolean; asApplyExtrinsic: { toNumber(): number } };
      event: { section: string; method: string };
    }[];
    const applied = records.filter(({ phase }) => phase.isApplyExtrinsic);
    const indices = applied.map(({ phase }) => phase.asApplyExtrinsic.toNumber());
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
    body.forEach((_, index) => {
      const last = applied[indices.lastIndexOf(index)];
      expect(`${last?.event.section}.${last?.event.method}`).toMatch(/^system\.Extrinsic(Success|Failed)$/);
    });
  });

  it("asks nothing of a signer that stock clients do not know: unknown extensions are empty on both sides", async () => {
    const known = new Set([
      ...["CheckNonce", "CheckMortality", "ChargeTransactionPayment", "ChargeAssetTxPayment", "CheckGenesis"],
      ...["CheckMetadataHash", "CheckSpecVersion", "CheckTxVersion"],
    ]);
    const { lookup, extrinsic } = metadata(inner(String(await socket.result("state_getMetadata"))));
    const isEmpty = (type: number): boolean => {
      const { def } = lookup[type] ?? {};
      if (def?.tag === "tuple") return def.value.every(isEmpty);
      return def?.tag === "composite" && def.value.every((field) => isEmpty(field.type));
    };
    const extensions = Object.values(extrinsic.signedExtensions).flat();
    const others = extensions.filter(({ identifier }) => !known.has(identifier));
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter(({ type, additionalSigned }) => !isEmpty(type) || !isEmpty(additionalSigned))).toEqual([]);
  });

  it("says the same versions in System.Version, Core_version and state_getRuntimeVersion", async () => {
    const { pallets } = metadata(inner(String(await socket.result("state_getMetadata"))));
    const constant = pallets
      .find(({ name }) => name === "System")
      ?.constants.find(({ name }) => name === "Version")?.value;
    expect(constant).toBe(await socket.result("state_call", "Core_version", "0x"));
    const decoded = api.createType("RuntimeVersion", constant).toJSON() as Event;
    const legacy = (await socket.result("state_getRuntimeVersion")) as Event;
    for (const field of ["specName", "specVersion", "transactionVersion", "implVersion", "apis"])
      expect(decoded[field]).toEqual(legacy[field]);
  });

  it("puts the Option byte on metadata_at_version and on nothing else", async () => {
    for (const version of ["0e", "0f", "10"]) {
      const asked = String(await socket.result("state_call", "Metadata_metadata_at_version", `0x${version}000000`));
      expect(asked.slice(0, 4)).toBe("0x01");
      expect(asked.slice(12, 22)).toBe(`6d657461${version}`);
    }
    const plain = String(await socket.result("state_call", "Metadata_metadata", "0x"));
    expect(plain.slice(10, 20)).toBe("6d6574610e");
    expect(await socket.result("state_call", "Metadata_metadata_at_version", "0x0d000000")).toBe("0x00");
  });

  it("serves metadata 14, 15 and 16, and 14 to who asks for no version", async () => {
    expect(await socket.result("state_call", "Metadata_metadata_versions", "0x")).toBe("0x0c0e0000000f00000010000000");
    expect(String(await socket.result("state_getMetadata")).slice(0, 12)).toBe("0x6d6574610e");
    expect(String(await socket.result("state_getMetadata", head())).slice(0, 12)).toBe("0x6d6574610e");
  });

  it("types the runtime of a follow and gives its APIs as an object, but as pairs to the legacy methods", async () => {
    const { opening } = await follow(true);
    expect(opening["finalizedBlockRuntime"]).toMatchObject({
      type: "valid",
      spec: { specName: "node-subtensor", specVersion: 424, apis: { "0xdf6acb689907609b": 5 } },
    });
    expect((await follow(false)).opening).not.toHaveProperty("finalizedBlockRuntime");
    const { apis } = (await socket.result("state_getRuntimeVersion")) as { apis: unknown };
    expect(apis).toContainEqual(["0xdf6acb689907609b", 5]);
    const pushed = await socket.event(await socket.result("state_subscribeRuntimeVersion"));
    expect(pushed["apis"]).toEqual(apis);
  });

  it("unpins one hash or a list, and refuses a list whole", async () => {
    await mine();
    await mine();
    const { id, hashes } = await follow();
    const [first, second, third] = hashes;
    expect((await socket.call("chainHead_v1_unpin", id, [second, UNKNOWN])).error?.code).toBe(-32_801);
    expect((await socket.call("chainHead_v1_unpin", id, [second, second])).error?.code).toBe(-32_804);
    expect(await socket.result("chainHead_v1_unpin", id, first)).toBeNull();
    expect(await socket.result("chainHead_v1_unpin", id, [second, third])).toBeNull();
    expect((await socket.call("chainHead_v1_unpin", id, first)).error?.code).toBe(-32_801);
  });

  it.each([["1-1"], ["aB17"], [0], [7]])("echoes the id %j with its type", async (id) => {
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method: "system_chain", params: [] }));
    expect(await socket.frame((frame) => frame.id === id)).toEqual({ jsonrpc: "2.0", id, result: "Bittensor" });
  });

  it("knows and lists the aliases that clients look up by name", async () => {
    const { methods } = (await socket.result("rpc_methods")) as { methods: string[] };
    expect(await socket.result("chain_getHead")).toBe(await socket.result("chain_getBlockHash"));
    expect(await socket.result("state_getStorageAt", NUMBER)).toBe(await socket.result("state_getStorage", NUMBER));
    const alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    expect(await socket.result("account_nextIndex", alice)).toBe(await socket.result("system_accountNextIndex", alice));
    for (const name of ["chain_subscribeNewHead", "chain_subscribeNewHeads", "chain_subscribeAllHeads"]) {
      const id = await socket.result(name);
      expect(await socket.event(id)).toHaveProperty("parentHash");
      expect(methods).toContain(name);
      expect(await socket.result(name.replace("subscribe", "unsubscribe"), id)).toBe(true);
    }
    expect(methods).toEqual(expect.arrayContaining(["chain_getHead", "state_getStorageAt", "account_nextIndex"]));
  });

  it("begins a storage subscription at once with all keys, then tells only what changed", async () => {
    const id = await socket.result("state_subscribeStorage", [NUMBER, "0xdead", CODE]);
    const first = await socket.event(id);
    expect(first["block"]).toBe(head());
    expect((first["changes"] as [string, string | null][]).map(([key, value]) => [key, value === null])).toEqual([
      [NUMBER, false],
      ["0xdead", true],
      [CODE, false],
    ]);
    await mine();
    expect(((await socket.event(id))["changes"] as [string][]).map(([key]) => key)).toEqual([NUMBER]);
  });

  it("reports a transaction's block only when it can be read and every follow has heard of it", async () => {
    const { id } = await follow();
    const watch = await socket.result("transactionWatch_v1_submitAndWatch", await signedRemark());
    const legacy = await socket.result("author_submitAndWatchExtrinsic", await signedRemark());
    const statuses: unknown[] = [];
    for (let status = 0; status < 2; status++) statuses.push(await socket.event(legacy));
    expect(statuses).toEqual(["ready", { broadcast: [] }]);
    await mine();
    expect(await socket.event(legacy)).toEqual({ inBlock: head() });
    expect(await socket.event(legacy)).toEqual({ finalized: head() });
    expect(await socket.result("chain_getBlock", head())).not.toBeNull();
    await socket.event(watch, ({ event }) => event === "finalized");
    const at = (fits: (subscription: string, event: Event) => boolean): number =>
      socket.frames.findIndex(({ params }) => params !== undefined && fits(params.subscription, params.result));
    const followed = at((one, event) => one === id && event["event"] === "finalized");
    expect(followed).toBeGreaterThan(0);
    expect(followed).toBeLessThan(at((one, event) => one === watch && event["event"] === "bestChainBlockIncluded"));
    expect(followed).toBeLessThan(at((one, event) => one === legacy && event["inBlock"] !== undefined));
  });

  it("gives every broadcast an id, a bad one too, and ends lasting errors as errors", async () => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, at) => socket.result("transaction_v1_broadcast", `0x${at}${at}`)),
    );
    expect(new Set(ids).size).toBe(8);
    for (const id of ids) expect(await socket.result("transaction_v1_stop", id)).toBeNull();
    const { id } = await follow();
    for (const [name, args] of [
      ["Nothing_there", "0x"],
      ["AccountNonceApi_account_nonce", "0x01"],
    ])
      expect((await operation(id, "call", head(), name, args))[0]?.["event"]).toBe("operationError");
  });

  it("answers for a block it does not know with null or an error, never with another block's state", async () => {
    const { id } = await follow();
    const items = [{ key: CODE, type: "value" }];
    for (const method of ["archive_v1_header", "archive_v1_body", "chain_getHeader", "chain_getBlock"])
      expect([method, await socket.result(method, UNKNOWN)]).toEqual([method, null]);
    expect(await socket.result("archive_v1_call", UNKNOWN, "Core_version", "0x")).toBeNull();
    expect(await socket.result("archive_v1_hashByHeight", 1_000_000)).toEqual([]);
    expect(await socket.event(await socket.result("archive_v1_storage", UNKNOWN, items, null))).toMatchObject({
      event: "storageError",
    });
    expect(await socket.event(await socket.result("archive_v1_storageDiff", UNKNOWN))).toMatchObject({
      event: "storageDiffError",
    });
    for (const [method, ...params] of [
      ["header"],
      ["body"],
      ["call", "Core_version", "0x"],
      ["storage", items, null],
      ["unpin"],
    ])
      expect([
        method,
        (await socket.call(`chainHead_v1_${String(method)}`, id, UNKNOWN, ...params)).error?.code,
      ]).toEqual([method, -32_801]);
    for (const [method, ...params] of [
      ["state_getStorage", CODE, UNKNOWN],
      ["state_queryStorageAt", [CODE], UNKNOWN],
      ["state_getKeysPaged", "0x", 10, null, UNKNOWN],
      ["state_call", "Core_version", "0x", UNKNOWN],
      ["state_getRuntimeVersion", UNKNOWN],
      ["state_getMetadata", UNKNOWN],
    ])
      expect([method, (await socket.call(String(method), ...params)).error?.code]).toEqual([method, 4_003]);
    expect(await socket.result("chain_getBlockHash", 0)).toBe(await socket.result("chainSpec_v1_genesisHash"));
  });

  it("lets a hash mean one block and one state for as long as it answers", async () => {
    await mine();
    const hash = head();
    const height = Number(await socket.result("archive_v1_finalizedHeight"));
    const told = async (): Promise<unknown[]> => [
      await socket.result("archive_v1_header", hash),
      await socket.result("chain_getBlock", hash),
      await socket.result("state_getStorage", EVENTS, hash),
      await socket.result("state_call", "SubnetInfoRuntimeApi_get_metagraph", "0x0100", hash),
    ];
    const before = await told();
    await chain.http("author_submitExtrinsic", [await signedRemark()]);
    await chain.http("dev_newBlock", [{ count: 12 }]);
    expect(await told()).toEqual(before);
    expect(await socket.result("archive_v1_hashByHeight", height)).toEqual([hash]);
    expect(await socket.result("archive_v1_finalizedHeight")).toBe(height + 12);
    expect((await follow()).hashes.at(-1)).toBe(head());
  });
});

describe("what stock clients showed when they were run", () => {
  it("leaves polkadot.js time to look a block up between inBlock and finalized", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const watch = await socket.result("author_submitAndWatchExtrinsic", await signedRemark());
    await mine();
    await socket.event(watch, (status) => status["inBlock"] === head());
    for (const [method, ...params] of [
      ["chain_getHeader", head()],
      ["state_getRuntimeVersion", head()],
      ["chain_getBlock", head()],
      ["state_getStorage", EVENTS, head()],
    ])
      expect(await socket.result(String(method), ...params)).not.toBeNull();
    const statuses = socket.frames.filter(({ params }) => params?.subscription === watch);
    expect(statuses.map(({ params }) => params?.result)).toEqual(["ready", { broadcast: [] }, { inBlock: head() }]);
    vi.advanceTimersByTime(1_000);
    await socket.event(watch, (status) => status["finalized"] === head());
    expect(await socket.result("author_unwatchExtrinsic", watch)).toBe(false);
  });
});

interface JsonHeader {
  parentHash: string;
  number: string;
  stateRoot: string;
  extrinsicsRoot: string;
  digest: { logs: string[] };
}

/** The SCALE bytes of a legacy JSON header, as polkadot-api's legacy path makes them. */
function scaleHeader({ parentHash, number, stateRoot, extrinsicsRoot, digest }: JsonHeader): string {
  const logs = digest.logs.map((log) => hexToU8a(log));
  return u8aToHex(
    u8aConcat(
      hexToU8a(parentHash),
      compactToU8a(Number(number)),
      hexToU8a(stateRoot),
      hexToU8a(extrinsicsRoot),
      compactToU8a(logs.length),
      ...logs,
    ),
  );
}
