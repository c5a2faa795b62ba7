import { once } from "node:events";
import { Keyring } from "@polkadot/keyring";
import { blake2AsHex, cryptoWaitReady } from "@polkadot/util-crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { connectApi, startTestChain, type TestChain } from "../test-chain.ts";

let chain: TestChain;
let socket: WebSocket;
const inbox: Message[] = [];
let arrived: (() => void) | undefined;
let nextId = 0;

type Event = Record<string, unknown>;
interface Message {
  id?: number;
  result?: unknown;
  error?: { code: number };
  params?: { subscription: string; result: Event };
}

beforeAll(async () => {
  await cryptoWaitReady();
  chain = await startTestChain({ mode: "manual" });
  socket = new WebSocket(`ws://127.0.0.1:${chain.port}`);
  socket.on("message", (data) => {
    inbox.push(JSON.parse(String(data)) as Message);
    arrived?.();
  });
  await once(socket, "open");
});

afterAll(async () => {
  socket.terminate();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

/** Takes the first message that fits out of the inbox, waiting for it. */
async function take(fits: (message: Message) => boolean): Promise<Message> {
  for (;;) {
    const at = inbox.findIndex(fits);
    if (at >= 0) return inbox.splice(at, 1)[0] as Message;
    await new Promise<void>((resolve) => {
      arrived = resolve;
    });
  }
}
async function call(method: string, ...params: unknown[]): Promise<Message> {
  const id = nextId++;
  socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  return take((message) => message.id === id);
}
const event = async (subscription: unknown): Promise<Event> =>
  (await take((message) => message.params?.subscription === subscription)).params?.result as Event;
const follow = async (withRuntime: boolean): Promise<{ id: unknown; initialized: Event }> => {
  const { result: id } = await call("chainHead_v1_follow", withRuntime);
  const initialized = await event(id);
  expect(await event(id)).toMatchObject({ event: "bestBlockChanged", bestBlockHash: chain.node.chain.head.hash });
  return { id, initialized };
};
const operation = async (id: unknown, reply: Message): Promise<Event> => ({
  ...(await event(id)),
  asked: (reply.result as Event)["operationId"],
});

describe("chainHead_v1", () => {
  it("starts with recent final blocks and a typed runtime, then tells each block in the order clients need", async () => {
    const { id, initialized } = await follow(true);
    const { finalizedBlockHashes, finalizedBlockRuntime } = initialized as {
      finalizedBlockHashes: string[];
      finalizedBlockRuntime: unknown;
    };
    expect(finalizedBlockHashes.at(-1)).toBe(chain.node.chain.head.hash);
    expect(finalizedBlockRuntime).toMatchObject({
      type: "valid",
      spec: { specVersion: 424, apis: { "0xdf6acb689907609b": 5 } },
    });
    const parent = chain.node.chain.head.hash;
    await call("dev_newBlock", {});
    const { hash } = chain.node.chain.head;
    expect(await event(id)).toEqual({ event: "newBlock", blockHash: hash, parentBlockHash: parent, newRuntime: null });
    expect(await event(id)).toEqual({ event: "bestBlockChanged", bestBlockHash: hash });
    expect(await event(id)).toEqual({ event: "finalized", finalizedBlockHashes: [hash], prunedBlockHashes: [] });
    await call("chainHead_v1_unfollow", id);
  });

  it("answers header, body, storage and calls of pinned blocks, the reply always first", async () => {
    const { id } = await follow(true);
    const { hash, body } = chain.node.chain.head;
    expect(blake2AsHex(String((await call("chainHead_v1_header", id, hash)).result))).toBe(hash);
    const bodyDone = await operation(id, await call("chainHead_v1_body", id, hash));
    expect(bodyDone).toMatchObject({ event: "operationBodyDone", operationId: bodyDone["asked"] });
    expect(bodyDone["value"]).toHaveLength(body.length);
    const versions = await operation(id, await call("chainHead_v1_call", id, hash, "Metadata_metadata_versions", ""));
    expect(versions).toMatchObject({ event: "operationCallDone", output: "0x0c0e0000000f00000010000000" });
    const missing = await operation(id, await call("chainHead_v1_call", id, hash, "Nothing_there", ""));
    expect(missing["event"]).toBe("operationError");
    const code = await operation(
      id,
      await call("chainHead_v1_storage", id, hash, [{ key: "0x3a636f6465", type: "hash" }], null),
    );
    expect(code).toMatchObject({ event: "operationStorageItems", items: [{ key: "0x3a636f6465" }] });
    expect((await event(id))["event"]).toBe("operationStorageDone");
    await call("chainHead_v1_unfollow", id);
  });

  it("sends no empty items: a missing key is just done", async () => {
    const { id } = await follow(false);
    const { hash } = chain.node.chain.head;
    const reply = await call(
      "chainHead_v1_storage",
      id,
      hash,
      [
        { key: "0xdead", type: "value" },
        { key: "0xdead", type: "closestDescendantMerkleValue" },
      ],
      null,
    );
    expect(reply.result).toMatchObject({ result: "started", discardedItems: 0 });
    expect((await event(id))["event"]).toBe("operationStorageDone");
    const accounts = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
    await call("chainHead_v1_storage", id, hash, [{ key: accounts, type: "descendantsHashes" }], null);
    const { items } = (await event(id)) as { items: { key: string; hash: string }[] };
    expect(items.length).toBeGreaterThanOrEqual(9);
    expect(items.every((item) => item.key.startsWith(accounts) && item.hash.length === 66)).toBe(true);
    await call("chainHead_v1_unfollow", id);
  });

  it("keeps account of pins: all or nothing, and gone means refused", async () => {
    const { id, initialized } = await follow(false);
    const [first] = initialized["finalizedBlockHashes"] as string[];
    const unknown = `0x${"ab".repeat(32)}`;
    expect((await call("chainHead_v1_unpin", id, [first, unknown])).error?.code).toBe(-32_801);
    expect((await call("chainHead_v1_unpin", id, [first, first])).error?.code).toBe(-32_804);
    expect((await call("chainHead_v1_header", id, first)).error).toBeUndefined();
    expect((await call("chainHead_v1_unpin", id, first)).result).toBeNull();
    expect((await call("chainHead_v1_header", id, first)).error?.code).toBe(-32_801);
    expect((await call("chainHead_v1_call", id, chain.node.chain.head.hash, "Core_version", "")).error?.code).toBe(
      -32_802,
    );
    await call("chainHead_v1_unfollow", id);
  });

  it("treats a dead follow as quiet, not as an error", async () => {
    expect((await call("chainHead_v1_header", "999", chain.node.chain.head.hash)).result).toBeNull();
    expect((await call("chainHead_v1_body", "999", chain.node.chain.head.hash)).result).toEqual({
      result: "limitReached",
    });
    expect((await call("chainHead_v1_unfollow", "999")).result).toBeNull();
  });

  it("stops a follow whose pins leave the history, and lets it follow again", async () => {
    const short = await startTestChain({ mode: "manual", history: 64 });
    const other = new WebSocket(`ws://127.0.0.1:${short.port}`);
    await once(other, "open");
    const events: string[] = [];
    other.on("message", (data) => {
      const message = JSON.parse(String(data)) as Message;
      const name = message.params?.result["event"];
      if (name !== undefined) events.push(String(name));
    });
    other.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "chainHead_v1_follow", params: [false] }));
    await expect.poll(() => events.length).toBe(2);
    await short.http("dev_newBlock", [{ count: 80 }]);
    await expect.poll(() => events.at(-1)).toBe("stop");
    await short.http("dev_newBlock", [{ count: 5 }]);
    expect(events.filter((name) => name === "stop")).toHaveLength(1);
    expect(events.at(-1)).toBe("stop");
    other.terminate();
    await short.close();
  });
});

describe("transactions in the new interface", () => {
  it("validates, includes and finalises what was broadcast or watched", async () => {
    const api = await connectApi(chain.port);
    const alice = new Keyring({ type: "sr25519" }).addFromUri("//Alice");
    const signed = async (nonce: number): Promise<string> =>
      (await api.tx["system"]?.["remark"]?.("0x01").signAsync(alice, { nonce }))?.toHex() ?? "";
    const { id } = await follow(true);
    const first = await signed(0);
    const validate = `0x02${first.slice(2)}${chain.node.chain.head.hash.slice(2)}`;
    const validity = await operation(
      id,
      await call(
        "chainHead_v1_call",
        id,
        chain.node.chain.head.hash,
        "TaggedTransactionQueue_validate_transaction",
        validate,
      ),
    );
    expect(String(validity["output"])).toMatch(/^0x000100000000000000/);
    const broadcast = (await call("transaction_v1_broadcast", first)).result;
    expect(broadcast).toEqual(expect.any(String));
    const watched = (await call("transactionWatch_v1_submitAndWatch", await signed(1))).result;
    expect(await event(watched)).toEqual({ event: "validated" });
    await call("dev_newBlock", {});
    const { hash, body } = chain.node.chain.head;
    const index = body.length - 1;
    expect(await event(watched)).toEqual({ event: "bestChainBlockIncluded", block: { hash, index } });
    expect(await event(watched)).toEqual({ event: "finalized", block: { hash, index } });
    expect(`0x${Buffer.from(body[index - 1] ?? []).toString("hex")}`).toBe(first);
    expect((await call("transaction_v1_stop", broadcast)).result).toBeNull();
    expect((await call("transaction_v1_stop", broadcast)).error?.code).toBe(-32_602);
    await api.disconnect();
  });

  it("tells a bad transaction by an event, never by an error", async () => {
    const watched = (await call("transactionWatch_v1_submitAndWatch", "0x1234")).result;
    expect((await event(watched))["event"]).toBe("invalid");
    expect((await call("transaction_v1_broadcast", "0x1234")).result).toEqual(expect.any(String));
    expect((await call("transactionWatch_v1_submitAndWatch", "zz")).error?.code).toBe(-32_602);
  });
});
