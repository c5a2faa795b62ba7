/** What no client should send: the real node's codes, bounded memory, and a chain that goes on. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { accountOf, remark, signed } from "./extrinsics.ts";
import { connectRaw, type Frame, type RawSocket } from "./raw-socket.ts";

const MIB = 1024 * 1024;
let chain: TestChain;
let socket: RawSocket;
/** For frames made by hand, whose ids would be mistaken for those of `socket`. */
let raw: RawSocket;

beforeAll(async () => {
  chain = await startTestChain({ mode: "interval", blockMs: 100, maxConnections: 8 });
  socket = await connectRaw(chain.port);
  raw = await connectRaw(chain.port);
});
afterAll(async () => {
  socket.close();
  raw.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const request = (id: unknown, method: unknown, params: unknown = []): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

/** The reply to a text frame that is answered in order. */
async function overSocket(text: string): Promise<Frame> {
  const from = raw.frames.length;
  raw.send(text);
  return raw.frame(({ method }) => method === undefined, from);
}
async function overHttp(body: string): Promise<{ status: number; reply: unknown }> {
  const response = await fetch(`http://127.0.0.1:${chain.port}`, { method: "POST", body });
  const text = await response.text();
  return { status: response.status, reply: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
}
const head = (): number => chain.node.chain.head.number;
async function expectBlocks(): Promise<void> {
  const before = head();
  await expect.poll(head, { timeout: 5_000 }).toBeGreaterThan(before + 1);
}

describe("messages", () => {
  it.each([
    ["", -32_700],
    ["{", -32_700],
    ["nonsense", -32_700],
    [`{"jsonrpc":"2.0","id":1,"method":"system_chain"`, -32_700],
    [`{"jsonrpc":"2.0","id":1,"method":"system_chain"}}`, -32_700],
    ["\u0000\u0001", -32_700],
    ["5", -32_600],
    ["null", -32_600],
    [`"system_chain"`, -32_600],
    ["{}", -32_600],
    ["[]", -32_600],
  ])("%j is answered with %i and no id, the same on both transports", async (text, code) => {
    const reply = await overSocket(text);
    expect(reply).toMatchObject({ jsonrpc: "2.0", id: null, error: { code } });
    expect(await overHttp(text)).toEqual({ status: 200, reply });
  });

  it.each([
    [{ id: 7 }, 7],
    [{ id: "x", jsonrpc: "2.0" }, "x"],
    [{ id: 7, jsonrpc: "1.0", method: "system_chain" }, 7],
    [{ id: 7, method: "system_chain" }, 7],
    [{ id: 7, jsonrpc: "2.0", method: 5 }, 7],
    [{ id: { a: 1 }, jsonrpc: "2.0", method: "system_chain" }, null],
    [{ id: -1, jsonrpc: "2.0", method: "system_chain" }, null],
    [{ id: 1.5, jsonrpc: "2.0", method: "system_chain" }, null],
    [{ id: 2 ** 60, jsonrpc: "2.0", method: "system_chain" }, null],
  ])("%j is no request", async (given, id) => {
    expect(await overSocket(JSON.stringify(given))).toMatchObject({ id, error: { code: -32_600 } });
  });

  it.each(["nothing", "constructor", "__proto__", "toString", "hasOwnProperty", "", "x".repeat(100_000)])(
    "the method %.20s is not found",
    async (method) => {
      expect(await overSocket(request(1, method))).toMatchObject({ id: 1, error: { code: -32_601 } });
    },
  );

  it("batches: each request by itself, too many refused, notifications left out", async () => {
    const mixed = `[1,${request(1, "system_chain")},{"jsonrpc":"2.0","method":"system_chain"},[],${request(2, "no")}]`;
    expect(await overSocket(mixed)).toMatchObject([
      { id: null, error: { code: -32_600 } },
      { id: 1, result: "Bittensor" },
      { id: null, error: { code: -32_600 } },
      { id: 2, error: { code: -32_601 } },
    ]);
    const batch = (count: number): string =>
      `[${Array.from({ length: count }, (_, id) => request(id, "system_chain")).join(",")}]`;
    expect(await overSocket(batch(1_024))).toHaveLength(1_024);
    const refused = { code: -32_010, message: "The batch request was too large", data: "Exceeded max limit of 1024" };
    expect(await overSocket(batch(1_025))).toEqual({ jsonrpc: "2.0", id: null, error: refused });
    expect((await overHttp(batch(50_000))).reply).toMatchObject({ error: refused });
  });

  it("answers no more than 15 MiB", async () => {
    const metadata = Array.from({ length: 200 }, (_, id) => request(id, "state_getMetadata"));
    expect(await overSocket(`[${metadata.join(",")}]`)).toMatchObject({ id: null, error: { code: -32_011 } });
  });

  it.each([10, 200, 100_000, 1_000_000])("nesting %i deep is no way in", async (depth) => {
    const nested = `{"jsonrpc":"2.0","id":1,"method":"system_chain","params":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    const reply = await overSocket(nested);
    if (depth < 120) expect(reply).toMatchObject({ id: 1, result: "Bittensor" });
    else expect(reply).toMatchObject({ id: null, error: { code: -32_700 } });
    const objects = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    expect((await overSocket(objects)).error?.code).toBe(depth < 120 ? -32_600 : -32_700);
  });

  it("refuses more than 15 MiB, and cuts a connection that sends still more", async () => {
    const padding = (bytes: number): string => request(9, "system_chain", ["x".repeat(bytes)]);
    const fits = padding(15 * MIB - 100);
    expect(await overSocket(fits)).toMatchObject({ id: 9, result: "Bittensor" });
    expect(await overSocket(padding(15 * MIB))).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: { code: -32_007, message: "Request is too big", data: "Exceeded max limit of 15728640" },
    });
    expect(await socket.result("system_chain")).toBe("Bittensor");
    const other = await connectRaw(chain.port);
    other.send(padding(17 * MIB));
    expect(await other.closed).toBe(1009);
    const http = await tooLargeOverHttp(padding(16 * MIB));
    expect(http).toBe(413);
    await expectBlocks();
  });

  it("says over HTTP what it takes", async () => {
    const get = await fetch(`http://127.0.0.1:${chain.port}`);
    expect(get.status).toBe(405);
    expect((await chain.http("chain_subscribeNewHeads")).error).toMatchObject({ code: -32_000 });
  });
});

/** Status of a POST that the server may refuse before it is sent whole. */
function tooLargeOverHttp(body: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const post = httpRequest({ port: chain.port, host: "127.0.0.1", method: "POST" }, (response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    post.on("error", () => undefined);
    post.end(body);
  });
}

describe("transactions", () => {
  const submit = (hex: unknown): ReturnType<RawSocket["call"]> => socket.call("author_submitExtrinsic", hex);
  const node = (): TestChain["node"] => chain.node;
  const alice = "//Alice";
  const goodNonce = (): number => node().pool.nextNonce(accountOf(alice));

  it.each([[undefined], [5], ["x"], ["0x1"], [{}], [["0x00"]]])("%j is no hex", async (given) => {
    expect((await submit(given)).error).toMatchObject({ code: -32_602 });
  });

  it.each(["0x", "0x00", "0x04", "0x1234", `0x${"ff".repeat(200)}`, "0x280403000b9077c1f19b01ff"])(
    "%.20s does not decode",
    async (hex) => {
      const { error } = await submit(hex);
      expect(error?.code).toBe(1_001);
      expect(error?.message).toMatch(/^Extrinsic has invalid format/);
    },
  );

  it("each wrong part has its own answer", async () => {
    const good = (parts = {}): string => signed(node(), alice, remark, { nonce: goodNonce(), ...parts });
    const refusal = async (hex: string): Promise<string | undefined> => {
      const { error } = await submit(hex);
      expect(error).toMatchObject({ code: 1_010, message: "Invalid Transaction" });
      return error?.data;
    };
    const badProof = "Transaction has a bad signature";
    expect(await refusal(good({ signature: new Uint8Array(64) }))).toBe(badProof);
    expect(await refusal(good({ genesisHash: `0x${"11".repeat(32)}` }))).toBe(badProof);
    expect(await refusal(good({ specVersion: 1 }))).toBe(badProof);
    expect(await refusal(good({ account: accountOf("//Bob"), nonce: 0 }))).toBe(badProof);
    expect((await submit(good())).error).toBeUndefined();
    await expect.poll(() => node().pool.size).toBe(0);
    expect(await refusal(good({ nonce: 0 }))).toBe("Transaction is outdated");
    // An era that is over reads as the one that began since: the signature is over another block, or over the one that is to come.
    await expectBlocks();
    const ended = { era: { kind: "mortal", period: 4, phase: 0 }, birthHash: node().chain.hashAt(0) };
    expect(await refusal(good(ended))).toMatch(/bad signature|ancient birth block/);
    expect((await submit(good({ nonce: goodNonce() + 5 }))).error).toBeUndefined();
    expect((await submit(good({ nonce: goodNonce() + 5_000 }))).error?.code).toBe(1_016);
    expect(await refusal(good({ tip: (1n << 64n) - 1n }))).toMatch(/Inability to pay/);
    const poor = signed(node(), "//Nobody", remark, { nonce: 0 });
    expect(await refusal(poor)).toMatch(/Inability to pay/);
    await expectBlocks();
  });

  it("a changed byte anywhere is never accepted and never a fault of the chain", async () => {
    const bytes = Buffer.from(signed(node(), "//Bob", remark, { nonce: 0 }).slice(2), "hex");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 0x41;
      const { error } = await submit(`0x${changed.toString("hex")}`);
      expect([1_001, 1_010, 1_011], `byte ${at}`).toContain(error?.code);
    }
    expect(chain.faults).toEqual([]);
  });

  it("huge hex is answered, not kept", async () => {
    const huge = `0x${"ab".repeat(6 * MIB)}`;
    expect((await submit(huge)).error?.code).toBe(1_001);
    expect(await socket.result("state_getStorage", huge)).toBeNull();
    expect((await socket.call("state_call", "Core_version", huge)).error?.code).toBe(4_003);
    expect((await socket.call("payment_queryInfo", huge)).error?.code).toBe(1);
    expect(await socket.result("state_getKeysPaged", huge, 10)).toEqual([]);
    await expectBlocks();
  });
});

describe("floods", () => {
  it("of subscriptions end at 1,024 on a connection, which goes on", async () => {
    const other = await connectRaw(chain.port);
    const opened: unknown[] = [];
    for (let i = 0; i < 1_024; i++) opened.push(other.result("state_subscribeStorage", ["0x00"]));
    await Promise.all(opened);
    const { error } = await other.call("chain_subscribeNewHeads");
    expect(error).toEqual({
      code: -32_006,
      message: "Too many subscriptions on the connection",
      data: "Exceeded max limit of 1024",
    });
    expect(await other.result("state_unsubscribeStorage", await opened[0])).toBe(true);
    expect((await other.call("chain_subscribeNewHeads")).error).toBeUndefined();
    other.close();
    await expectBlocks();
  });

  it("of connections are turned away with 429, and let in when others have gone", async () => {
    const others: WebSocket[] = [];
    for (let i = 0; i < 6; i++) others.push(await opened());
    const refused = new WebSocket(`ws://127.0.0.1:${chain.port}`);
    const [error] = (await once(refused, "error")) as [Error];
    expect(error.message).toMatch(/429/);
    for (let i = 0; i < 200; i++) {
      const more = new WebSocket(`ws://127.0.0.1:${chain.port}`);
      await once(more, "error");
    }
    expect(await socket.result("system_chain")).toBe("Bittensor");
    for (const one of others) one.terminate();
    await expect
      .poll(async () => {
        const again = new WebSocket(`ws://127.0.0.1:${chain.port}`);
        const event = await Promise.race([
          once(again, "open").then(() => "open"),
          once(again, "error").then(() => "no"),
        ]);
        again.terminate();
        return event;
      })
      .toBe("open");
    await expectBlocks();
  });

  it("of requests leave time for blocks and for others", async () => {
    const busy = await opened();
    let answers = 0;
    busy.on("message", () => answers++);
    const before = head();
    for (let id = 0; id < 3_000; id++) busy.send(request(id, "state_getMetadata"));
    await socket.result("system_chain");
    await expect.poll(head, { timeout: 10_000 }).toBeGreaterThan(before + 1);
    expect(answers).toBeLessThan(3_000);
    busy.terminate();
  });

  it.each(["answers", "events"])("a client that never reads its %s does not grow the node", async (kind) => {
    const deaf = await deafSocket();
    const text = kind === "answers" ? request(1, "state_getMetadata") : request(1, "chain_subscribeAllHeads");
    const frame = maskedFrame(text);
    const before = memory();
    let sent = 0;
    // As much as it can write: the node stops reading, so that stays little.
    for (let i = 0; i < 2_000; i++) {
      if (!deaf.write(Buffer.concat(Array.from({ length: 200 }, () => frame)))) break;
      sent += 200;
    }
    // A thousand subscriptions tell of two hundred blocks.
    await socket.result("dev_newBlock", { count: 200 });
    expect(sent).toBeLessThan(400_000);
    expect(memory() - before).toBeLessThan(96 * MIB);
    expect(await socket.result("system_chain")).toBe("Bittensor");
    deaf.destroy();
  });
});

// Without a collection the garbage of the tests before would be counted.
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const memory = (): number => {
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

async function opened(): Promise<WebSocket> {
  const one = new WebSocket(`ws://127.0.0.1:${chain.port}`);
  await once(one, "open");
  return one;
}

/** A WebSocket whose stream is never read after the handshake. */
async function deafSocket(): Promise<Socket> {
  const stream = connect(chain.port, "127.0.0.1");
  const key = Buffer.alloc(16, 1).toString("base64");
  stream.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  await once(stream, "data");
  stream.pause();
  stream.on("error", () => undefined);
  return stream;
}

/** A text frame of a client below 64 KiB, masked with zeros. */
function maskedFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const length = Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([length, Buffer.alloc(4), body]);
}
