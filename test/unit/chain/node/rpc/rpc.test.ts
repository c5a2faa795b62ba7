import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startTestChain, type TestChain } from "../test-chain.ts";

let chain: TestChain;
let socket: WebSocket;

beforeAll(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = new WebSocket(`ws://127.0.0.1:${chain.port}`);
  await once(socket, "open");
});

afterAll(async () => {
  socket.terminate();
  await chain.close();
});

interface Message {
  id?: unknown;
  method?: string;
  result?: unknown;
  error?: { code: number; message: string; data?: string };
  params?: { subscription: string; result: unknown };
}

/** Sends one text frame and collects `count` frames that come back. */
async function exchange(text: string, count = 1): Promise<Message[]> {
  const frames: Message[] = [];
  const enough = new Promise<void>((resolve) => {
    const listener = (data: unknown): void => {
      frames.push(JSON.parse(String(data)) as Message);
      if (frames.length === count) {
        socket.off("message", listener);
        resolve();
      }
    };
    socket.on("message", listener);
  });
  socket.send(text);
  await enough;
  return frames;
}
const request = (id: unknown, method: string, params: unknown = []): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });
const head = (): { hash: string; number: number } => chain.node.chain.head;

describe("JSON-RPC", () => {
  it.each([["aB17"], [0], [41]])("echoes the id %s as it came", async (id) => {
    const [reply] = await exchange(request(id, "system_chain"));
    expect(reply).toMatchObject({ id, result: "Bittensor" });
  });

  it("answers batches as batches and notifications not at all", async () => {
    const [reply] = await exchange(
      `[${request(1, "system_chain")},${request(2, "nothing")},{"jsonrpc":"2.0","method":"system_chain"}]`,
    );
    expect(reply).toEqual([
      { jsonrpc: "2.0", id: 1, result: "Bittensor" },
      { jsonrpc: "2.0", id: 2, error: { code: -32_601, message: "Method not found" } },
    ]);
  });

  it.each([
    ["nothing_here", [], -32_601],
    ["state_getStorage", ["0x1"], -32_602],
    ["state_getStorage", { key: "0x" }, -32_602],
    ["chain_getHeader", ["0x12"], -32_602],
    ["state_call", ["Nothing_here", "0x"], 4_003],
    ["state_getStorage", ["0x00", `0x${"ab".repeat(32)}`], 4_003],
    ["author_submitExtrinsic", ["0x1234"], 1_001],
    ["account_nextIndex", ["nobody"], -32_602],
    ["dev_newBlock", [{ count: 0 }], -32_602],
  ])("refuses %s %j with the same error on both transports", async (method, params, code) => {
    const [overSocket] = await exchange(request(1, method, params));
    const overHttp = await chain.http(method, params);
    expect(overSocket?.error?.code).toBe(code);
    expect(overHttp.error).toEqual(overSocket?.error);
  });

  it("survives text that is no JSON and frames that are no request", async () => {
    expect((await exchange("{"))[0]?.error?.code).toBe(-32_700);
    expect((await exchange("[]"))[0]?.error?.code).toBe(-32_600);
    expect((await exchange("{}"))[0]?.error?.code).toBe(-32_600);
    expect((await exchange("7"))[0]?.error?.code).toBe(-32_600);
  });

  it("sends a subscription's id before its first event, and nothing after it is ended", async () => {
    const [reply, event] = await exchange(request(5, "chain_subscribeNewHead"), 2);
    expect(event).toMatchObject({
      method: "chain_newHead",
      params: { subscription: reply?.result, result: { number: `0x${head().number.toString(16)}` } },
    });
    const frames = await exchange(request(6, "dev_newBlock", [{ count: 2 }]), 3);
    expect(frames.map((frame) => frame.method ?? "reply")).toEqual(["chain_newHead", "chain_newHead", "reply"]);
    expect((await exchange(request(7, "chain_unsubscribeNewHead", [reply?.result])))[0]?.result).toBe(true);
    expect((await exchange(request(8, "chain_unsubscribeNewHead", [reply?.result])))[0]?.result).toBe(false);
    expect(await exchange(request(9, "dev_newBlock"))).toHaveLength(1);
  });

  it("offers no subscriptions over HTTP, and only POST", async () => {
    expect((await chain.http("chain_subscribeNewHeads")).error?.code).toBe(-32_000);
    expect((await fetch(`http://127.0.0.1:${chain.port}`)).status).toBe(405);
  });

  it("lists every method it has, aliases included, and has every method it lists", async () => {
    const { methods } = (await chain.http("rpc_methods")).result as { methods: string[] };
    expect(methods).toEqual(
      expect.arrayContaining([
        "chain_getHead",
        "state_getStorageAt",
        "account_nextIndex",
        "chain_subscribeNewHead",
        "chain_subscribeAllHeads",
        "rpc_methods",
        "dev_nextEpoch",
      ]),
    );
    for (const method of methods) {
      if (method.startsWith("dev_")) continue;
      expect([method, (await chain.http(method)).error?.code]).not.toEqual([method, -32_601]);
    }
  });

  it("hides the dev verbs when they are off", async () => {
    const plain = await startTestChain({ mode: "manual", devVerbs: false });
    expect(
      ((await plain.http("rpc_methods")).result as { methods: string[] }).methods.filter((name) =>
        name.startsWith("dev_"),
      ),
    ).toEqual([]);
    expect((await plain.http("dev_newBlock")).error?.code).toBe(-32_601);
    await plain.close();
  });

  it("reads old state at old hashes and pages keys after the start key", async () => {
    const system = "0x26aa394eea5630e07c48ae0c9558cef7";
    const number = `${system}02a5c1b19ab7a04f536c519aca4983ac`;
    const before = head().hash;
    await chain.http("dev_newBlock");
    const at = (hash: string | null): Promise<unknown> =>
      chain.http("state_getStorageAt", [number, hash]).then((reply) => reply.result);
    expect(await at(before)).not.toBe(await at(null));
    const accounts = `${system}b99d880ec681799c0cf30e8886371da9`;
    const all = (await chain.http("state_getKeys", [accounts])).result as string[];
    const paged: string[] = [];
    for (let start: string | null = accounts; ; start = paged.at(-1) ?? null) {
      const page = (await chain.http("state_getKeysPaged", [accounts, 4, start])).result as string[];
      paged.push(...page);
      if (page.length < 4) break;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThanOrEqual(9);
    expect((await chain.http("state_getKeysPaged", [accounts, 1_001, null])).error?.code).toBe(4_002);
    const [{ changes }] = (await chain.http("state_queryStorageAt", [[all[0], "0xdead"], before])).result as [
      { changes: [string, string | null][] },
    ];
    expect(changes.map(([, value]) => value === null)).toEqual([false, true]);
  });

  it("answers null for blocks it does not know", async () => {
    const unknown = `0x${"ab".repeat(32)}`;
    expect((await chain.http("chain_getHeader", [unknown])).result).toBeNull();
    expect((await chain.http("chain_getBlock", [unknown])).result).toBeNull();
    expect((await chain.http("chain_getBlockHash", [1_000_000])).result).toBeNull();
    expect((await chain.http("chain_getBlockHash", ["0x00000000"])).result).toBe(chain.node.chain.genesis.hash);
    expect((await chain.http("chain_getBlockHash", [[0, 1]])).result).toEqual([
      chain.node.chain.genesis.hash,
      chain.node.chain.hashAt(1),
    ]);
  });

  it("gives metadata in three versions and says which", async () => {
    const call = (name: string, data: string): Promise<unknown> =>
      chain.http("state_call", [name, data]).then((reply) => reply.result);
    expect(await call("Metadata_metadata_versions", "")).toBe("0x0c0e0000000f00000010000000");
    expect(String(await call("Metadata_metadata_at_version", "0x0f000000"))).toMatch(/^0x01.{8}6d6574610f/);
    expect(await call("Metadata_metadata_at_version", "0x0d000000")).toBe("0x00");
    expect((await chain.http("state_getMetadata")).result).toMatch(/^0x6d6574610e/);
    expect((await chain.http("state_call", ["Core_missing", "0x"])).error?.message).toBe(
      "Client error: Execution failed: Other: Exported method Core_missing is not found",
    );
  });

  it("has some bytes under :code, for clients that take their hash for the runtime's identity", async () => {
    expect((await chain.http("state_getStorage", ["0x3a636f6465"])).result).toMatch(/^0x[0-9a-f]+$/);
    expect((await chain.http("state_getStorageHash", ["0x3a636f6465"])).result).toMatch(/^0x[0-9a-f]{64}$/);
  });

  it("pauses, resumes and describes itself", async () => {
    await chain.http("dev_pause");
    expect((await chain.http("dev_info")).result).toMatchObject({
      paused: true,
      mode: "manual",
      specVersion: 424,
      block: head().number,
    });
    await chain.http("dev_resume");
    expect((await chain.http("dev_info")).result).toMatchObject({ paused: false });
    const accounts = (await chain.http("dev_accounts")).result as { uri: string; address: string; freeRao: string }[];
    expect(accounts[0]).toMatchObject({
      uri: "//Alice",
      address: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
      freeRao: "1000000000000000",
    });
  });

  it("cuts a message that is too big", async () => {
    const other = new WebSocket(`ws://127.0.0.1:${chain.port}`);
    await once(other, "open");
    other.send("x".repeat(17 * 1024 * 1024));
    const [code] = (await once(other, "close")) as [number];
    expect(code).toBe(1009);
  });
});
