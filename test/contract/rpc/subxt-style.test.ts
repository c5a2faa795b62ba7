/**
 * What subxt asks, in raw frames, in its order: archive first, then chainHead, legacy last (spec/json-rpc.md 7). No Rust client runs here; subxt 0.51.1
 * itself, with each of its backends, was run by hand and asks just this. Its types are strict: a field of another type or a missing tag is an error for it.
 */
import { type ApiPromise, Keyring } from "@polkadot/api";
import { cryptoWaitReady } from "@polkadot/util-crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectApi, startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const HASH = /^0x[0-9a-f]{64}$/;
const EVENTS = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
const ALICE = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

let chain: TestChain;
let api: ApiPromise;
let socket: RawSocket;

beforeAll(async () => {
  await cryptoWaitReady();
  chain = await startTestChain({ mode: "instant" });
  api = await connectApi(chain.port);
  socket = await connectRaw(chain.port);
});
afterAll(async () => {
  socket.close();
  await api.disconnect();
  await chain.close();
});

/** A follow with runtime: its id and its first event. */
async function follow(): Promise<{ id: string; initialized: Record<string, unknown> }> {
  const id = String(await socket.result("chainHead_v1_follow", true));
  return { id, initialized: await socket.event(id) };
}

/** A runtime call by archive, which answers with a tagged object. */
async function archiveCall(at: unknown, method: string, args: string): Promise<string> {
  const answer = (await socket.result("archive_v1_call", at, method, args)) as { success: unknown; value: string };
  expect(answer.success).toBe(true);
  return answer.value;
}

describe("subxt's way in", () => {
  it("finds all three families in rpc_methods by their prefixes", async () => {
    const { methods } = (await socket.result("rpc_methods")) as { methods: string[] };
    for (const prefix of ["archive_v1_", "chainHead_v1_", "chainSpec_v1_", "transactionWatch_v1_"])
      expect(
        methods.some((name) => name.startsWith(prefix)),
        prefix,
      ).toBe(true);
    expect(methods).toEqual(expect.arrayContaining(["chain_getBlockHash", "state_getRuntimeVersion", "state_call"]));
  });

  it("gets one genesis hash from each family", async () => {
    const genesis = await socket.result("archive_v1_genesisHash");
    expect(genesis).toMatch(HASH);
    expect(await socket.result("chainSpec_v1_genesisHash")).toBe(genesis);
    expect(await socket.result("chain_getBlockHash", 0)).toBe(genesis);
  });

  it("reads the runtime's version and metadata of versions 14 to 16 by runtime calls at the final block", async () => {
    const height = Number(await socket.result("archive_v1_finalizedHeight"));
    const [at] = (await socket.result("archive_v1_hashByHeight", height)) as string[];
    expect(await archiveCall(at, "Core_version", "0x")).toMatch(/^0x386e6f64652d73756274656e736f72/);
    expect(await archiveCall(at, "Metadata_metadata_versions", "0x")).toBe("0x0c0e0000000f00000010000000");
    for (const version of ["0e", "0f", "10"])
      expect(await archiveCall(at, "Metadata_metadata_at_version", `0x${version}000000`)).toMatch(/^0x01/);
    expect(await archiveCall(at, "Metadata_metadata_at_version", "0x63000000")).toBe("0x00");
    const legacy = (await socket.result("state_getRuntimeVersion")) as Record<string, unknown>;
    expect(legacy).toMatchObject({ specVersion: 424, transactionVersion: 1, specName: "node-subtensor" });
  });
});

describe("subxt's follow", () => {
  it("gets a tagged runtime, string ids, and takes back its pins one hash at a time", async () => {
    const { id, initialized } = await follow();
    expect(initialized["event"]).toBe("initialized");
    const hashes = initialized["finalizedBlockHashes"] as string[];
    expect(hashes.every((hash) => HASH.test(hash))).toBe(true);
    const runtime = initialized["finalizedBlockRuntime"] as { type: string; spec: Record<string, unknown> };
    expect(runtime.type).toBe("valid");
    expect(runtime.spec).toMatchObject({ specVersion: 424, transactionVersion: expect.any(Number) });
    const last = hashes.at(-1);
    expect(await socket.result("chainHead_v1_header", id, last)).toMatch(/^0x[0-9a-f]+$/);
    const started = (await socket.result(
      "chainHead_v1_call",
      id,
      last,
      "AccountNonceApi_account_nonce",
      `0x${ALICE}`,
    )) as {
      result: string;
      operationId: unknown;
    };
    expect(started).toEqual({ result: "started", operationId: expect.any(String) });
    const done = await socket.event(id, (event) => event["operationId"] === started.operationId);
    expect(done).toMatchObject({ event: "operationCallDone", output: "0x00000000" });
    for (const hash of hashes) expect(await socket.result("chainHead_v1_unpin", id, hash)).toBeNull();
    expect((await socket.call("chainHead_v1_unpin", id, last)).error?.code).toBe(-32_801);
    expect(await socket.result("chainHead_v1_unfollow", id)).toBeNull();
  });
});

describe("subxt's submission", () => {
  it("is watched to a final block that its follow names too, and whose events it reads from the archive", async () => {
    const { id } = await follow();
    const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
    const bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    const signed = await api.tx["balances"]?.["transferKeepAlive"]?.(bob, 1_000_000_000).signAsync(alice);
    const bytes = String(signed?.toHex());
    const watch = await socket.result("transactionWatch_v1_submitAndWatch", bytes);
    expect(await socket.event(watch)).toEqual({ event: "validated" });
    const included = await socket.event(watch);
    expect(included).toMatchObject({
      event: "bestChainBlockIncluded",
      block: { hash: expect.stringMatching(HASH), index: expect.any(Number) },
    });
    const final = await socket.event(watch);
    expect(final).toEqual({ event: "finalized", block: included["block"] });
    const { hash, index } = final["block"] as { hash: string; index: number };
    const followed = await socket.event(
      id,
      (event) => event["event"] === "finalized" && (event["finalizedBlockHashes"] as string[]).includes(hash),
    );
    expect(followed["prunedBlockHashes"]).toEqual([]);
    expect(((await socket.result("archive_v1_body", hash)) as string[])[index]).toBe(bytes);
    const stored = await socket.result("archive_v1_storage", hash, [{ key: EVENTS, type: "value" }], null);
    const item = await socket.event(stored);
    expect(item).toMatchObject({ event: "storage", key: EVENTS, value: expect.stringMatching(/^0x[0-9a-f]+$/) });
    expect(await socket.event(stored)).toEqual({ event: "storageDone" });
  });

  it("learns of a bad transaction by an event, not by an error", async () => {
    const watch = await socket.result("transactionWatch_v1_submitAndWatch", `0x2d0284${"00".repeat(140)}`);
    const told = await socket.event(watch);
    expect(told["event"]).toBe("invalid");
    expect(typeof told["error"]).toBe("string");
  });
});

/** A small signed call of //Bob. */
async function signedRemark(text: string): Promise<string> {
  const bob = new Keyring({ type: "sr25519" }).addFromUri("//Bob");
  const signed = await api.tx["system"]?.["remark"]?.(text).signAsync(bob);
  return String(signed?.toHex());
}

describe("subxt's way out", () => {
  it("ends what has ended already, as it does after each answer, without an error", async () => {
    const height = Number(await socket.result("archive_v1_finalizedHeight"));
    const [at] = (await socket.result("archive_v1_hashByHeight", height)) as string[];
    const stored = await socket.result("archive_v1_storage", at, [{ key: EVENTS, type: "value" }], null);
    await socket.event(stored, ({ event }) => event === "storageDone");
    expect((await socket.call("archive_v1_stopStorage", stored)).error).toBeUndefined();

    const watch = await socket.result("transactionWatch_v1_submitAndWatch", await signedRemark("new"));
    await socket.event(watch, ({ event }) => event === "finalized");
    expect((await socket.call("transactionWatch_v1_unwatch", watch)).error).toBeUndefined();

    const legacy = await socket.result("author_submitAndWatchExtrinsic", await signedRemark("old"));
    await socket.event(legacy, (status) => typeof status === "object" && "finalized" in status);
    expect((await socket.call("author_unwatchExtrinsic", legacy)).error).toBeUndefined();
  });
});

describe("subxt's legacy backend", () => {
  it("pages through a map, and reads the entries of a page in one request at a block", async () => {
    const at = await socket.result("chain_getFinalizedHead");
    const accounts = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
    const keys = (await socket.result("state_getKeysPaged", accounts, 2, null, at)) as string[];
    expect(keys).toHaveLength(2);
    const more = (await socket.result("state_getKeysPaged", accounts, 64, keys.at(-1), at)) as string[];
    expect(more.length).toBeGreaterThan(0);
    expect(more).not.toContain(keys.at(-1));
    const changes = (await socket.result("state_queryStorageAt", keys, at)) as { block: string; changes: string[][] }[];
    expect(changes.map(({ block }) => block)).toEqual([at]);
    expect(changes[0]?.changes.map(([key]) => key)).toEqual(keys);
  });

  it("follows all three kinds of heads, each with a header whose number is a hexadecimal text", async () => {
    const heads: unknown[] = [];
    for (const kind of ["AllHeads", "NewHeads", "FinalizedHeads"])
      heads.push(await socket.result(`chain_subscribe${kind}`));
    await socket.result("author_submitExtrinsic", await signedRemark("heads"));
    for (const head of heads)
      expect(await socket.event(head)).toMatchObject({
        number: expect.stringMatching(/^0x[0-9a-f]+$/),
        parentHash: expect.stringMatching(HASH),
        digest: { logs: expect.any(Array) },
      });
  });
});
