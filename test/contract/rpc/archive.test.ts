/** archive_v1 in raw frames: blocks and states that no follow pins. What polkadot-api asks for `{ at: oldHash }`, recorded with 1.22 and 2.2. */
import { blake2AsHex } from "@polkadot/util-crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type Event, type RawSocket } from "./raw-socket.ts";

const CODE = "0x3a636f6465";
const SYSTEM = "0x26aa394eea5630e07c48ae0c9558cef7";
const NUMBER = `${SYSTEM}02a5c1b19ab7a04f536c519aca4983ac`;
const ACCOUNTS = `${SYSTEM}b99d880ec681799c0cf30e8886371da9`;

let chain: TestChain;
let socket: RawSocket;
let old: string;

beforeAll(async () => {
  chain = await startTestChain({ mode: "manual", history: 64 });
  socket = await connectRaw(chain.port);
  await chain.http("dev_newBlock", [{ count: 10 }]);
  old = chain.node.chain.hashAt(3) ?? "";
});
afterAll(async () => {
  socket.close();
  await chain.close();
});

/** All events of an archive subscription up to the one that ends it. */
async function all(method: string, ...params: unknown[]): Promise<Event[]> {
  const id = await socket.result(method, ...params);
  const events: Event[] = [];
  do events.push(await socket.event(id));
  while (!/(Done|Error)$/.test(String(events.at(-1)?.["event"])));
  return events;
}

describe("archive_v1", () => {
  it("names heights, hashes and blocks of the final chain", async () => {
    expect(await socket.result("archive_v1_genesisHash")).toBe(chain.node.chain.genesis.hash);
    expect(await socket.result("archive_v1_finalizedHeight")).toBe(11);
    expect(await socket.result("archive_v1_hashByHeight", 3)).toEqual([old]);
    expect(blake2AsHex(String(await socket.result("archive_v1_header", old)))).toBe(old);
    expect(await socket.result("archive_v1_body", old)).toHaveLength(chain.node.chain.block(old)?.body.length ?? 0);
  });

  it("reads values, hashes and walks of an old state, one event per item", async () => {
    expect(await all("archive_v1_storage", old, [{ key: NUMBER, type: "value" }], null)).toEqual([
      { event: "storage", key: NUMBER, value: "0x03000000" },
      { event: "storageDone" },
    ]);
    const walked = await all("archive_v1_storage", old, [{ key: ACCOUNTS, type: "descendantsHashes" }], null);
    const keys = walked.slice(0, -1).map((event) => String(event["key"]));
    expect(keys.length).toBeGreaterThanOrEqual(9);
    const rest = await all(
      "archive_v1_storage",
      old,
      [{ key: ACCOUNTS, type: "descendantsValues", paginationStartKey: keys[3] }],
      null,
    );
    expect(rest.slice(0, -1).map((event) => event["key"])).toEqual(keys.slice(4));
    expect((await socket.call("archive_v1_storage", old, [{ key: NUMBER, type: "all" }], null)).error?.code).toBe(
      -32_602,
    );
  });

  it("calls the runtime at an old block and tells a failure as text", async () => {
    expect(await socket.result("archive_v1_call", old, "Metadata_metadata_versions", "")).toMatchObject({
      success: true,
    });
    expect(await socket.result("archive_v1_call", old, "Nothing_there", "0x")).toEqual({
      success: false,
      error: "Client error: Execution failed: Other: Exported method Nothing_there is not found",
    });
  });

  it("tells what a block changed, or what changed since an ancestor, each key once", async () => {
    const changed = await all("archive_v1_storageDiff", old, [{ key: SYSTEM, returnType: "value" }]);
    expect(changed).toContainEqual({ event: "storageDiff", key: NUMBER, value: "0x03000000", type: "modified" });
    expect(changed.slice(0, -1).every(({ key }) => String(key).startsWith(SYSTEM))).toBe(true);
    const since = await all(
      "archive_v1_storageDiff",
      chain.node.chain.hashAt(9),
      [{ key: SYSTEM, returnType: "hash" }],
      old,
    );
    expect(since.filter(({ key }) => key === NUMBER)).toEqual([
      { event: "storageDiff", key: NUMBER, hash: blake2AsHex("0x09000000"), type: "modified" },
    ]);
    expect(since.filter(({ type }) => type === "added").length).toBeGreaterThanOrEqual(6);
    const genesis = await all("archive_v1_storageDiff", chain.node.chain.genesis.hash, [
      { key: CODE, returnType: "hash" },
    ]);
    expect(genesis).toMatchObject([{ key: CODE, type: "added" }, { event: "storageDiffDone" }]);
  });

  it("compares only backwards", async () => {
    expect(await all("archive_v1_storageDiff", old, [], chain.node.chain.hashAt(9))).toMatchObject([
      { event: "storageDiffError" },
    ]);
    expect(await all("archive_v1_storageDiff", old, [], old)).toEqual([{ event: "storageDiffDone" }]);
  });

  it("says so when a state is no longer kept", async () => {
    const short = await startTestChain({ mode: "manual", history: 64 });
    const other = await connectRaw(short.port);
    await short.http("dev_newBlock", [{ count: 70 }]);
    const genesis = short.node.chain.genesis.hash;
    const id = await other.result("archive_v1_storage", genesis, [{ key: CODE, type: "value" }], null);
    expect(await other.event(id)).toMatchObject({ event: "storageError" });
    expect(await other.result("archive_v1_call", genesis, "Core_version", "")).toMatchObject({ success: false });
    expect(blake2AsHex(String(await other.result("archive_v1_header", genesis)))).toBe(genesis);
    other.close();
    await short.close();
  });

  it("frees a subscription that has ended, so that a connection never runs out of them", async () => {
    for (let at = 0; at < 1_100; at++)
      await socket.result("archive_v1_storage", old, [{ key: CODE, type: "hash" }], null);
    expect(await socket.result("archive_v1_stopStorage", "1")).toBeNull();
    expect(await socket.result("archive_v1_stopStorageDiff", "1")).toBeNull();
  });
});
