/** Faults on purpose, as a client lives through them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RpcFaults } from "../../../chain/src/node/rpc/faults.ts";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

let chain: TestChain;
let socket: RawSocket;
let control: RawSocket;

beforeEach(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = await connectRaw(chain.port);
  control = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  control.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const set = (fault: Record<string, unknown>): Promise<unknown> => control.result("dev_setFault", fault);
const request = (id: string, method: string, ...params: unknown[]): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });
/** Ids answered so far. */
const answered = (): unknown[] => socket.frames.map(({ id }) => id).filter((id) => typeof id === "string");

describe("dev_setFault", () => {
  it("loses answers of methods that match, and of no others", async () => {
    expect(await set({ drop: true, method: "chain_*" })).toEqual({ id: 1 });
    socket.send(request("lost", "chain_getHeader"));
    socket.send(request("lost too", "chain_subscribeNewHeads"));
    socket.send(request("kept", "system_chain"));
    await socket.frame(({ id }) => id === "kept");
    await socket.result("dev_newBlock");
    expect(answered()).toEqual(["kept"]);
    // Nothing was opened whose id nobody knows.
    expect(socket.frames.filter(({ method }) => method !== undefined)).toEqual([]);
    expect(await control.result("dev_faults")).toEqual([
      { id: 1, kind: "drop", method: "chain_*", rate: 1, seed: 1, hits: 2 },
    ]);
    expect(await control.result("dev_clearFaults")).toEqual({ cleared: 1 });
    expect(await socket.result("chain_getHeader")).toMatchObject({ number: "0x2" });
  });

  it("carries a request out whose answer it loses", async () => {
    await set({ drop: true, method: "engine_createBlock" });
    const before = chain.node.chain.head.number;
    socket.send(request("lost", "engine_createBlock", true, true));
    await socket.result("system_chain");
    await expect.poll(() => chain.node.chain.head.number).toBe(before + 1);
    expect(answered()).toEqual([]);
  });

  it("answers the next n calls with an error and then no more", async () => {
    await set({ error: { code: 4003, message: "Client error: gone" }, method: "state_getStorage", count: 2 });
    const answers = await Promise.all([1, 2, 3].map(() => socket.call("state_getStorage", "0x00")));
    expect(answers.map(({ error }) => error)).toEqual([
      { code: 4003, message: "Client error: gone" },
      { code: 4003, message: "Client error: gone" },
      undefined,
    ]);
    expect(await control.result("dev_faults")).toEqual([]);
    await set({ error: true });
    expect((await socket.call("system_chain")).error).toEqual({ code: -32_000, message: "Injected fault" });
    expect((await chain.http("system_chain")).error).toEqual({ code: -32_000, message: "Injected fault" });
  });

  it("answers late, others overtaking", async () => {
    await set({ delay: true, delayMs: 80, method: "system_chain" });
    const startedAt = performance.now();
    socket.send(request("late", "system_chain"));
    socket.send(request("quick", "system_name"));
    await socket.frame(({ id }) => id === "late");
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(75);
    expect(answered()).toEqual(["quick", "late"]);
  });

  it("cuts the connection, over HTTP too", async () => {
    await set({ close: true, method: "system_health" });
    socket.send(request("never", "system_health"));
    expect(await socket.closed).toBe(1006);
    expect(answered()).toEqual([]);
    await expect(chain.http("system_health")).rejects.toThrow();
    await control.result("dev_clearFaults", { id: 1 });
    expect((await chain.http("system_health")).result).toBeDefined();
  });

  it("leaves a subscription open that says nothing", async () => {
    const heads = await socket.result("chain_subscribeNewHeads");
    await socket.event(heads);
    await set({ mute: true, method: "chain_subscribeNewHeads" });
    const from = socket.frames.length;
    await control.result("dev_newBlock", { count: 3 });
    await socket.result("system_chain");
    expect(socket.frames.slice(from).filter(({ method }) => method !== undefined)).toEqual([]);
    await control.result("dev_clearFaults");
    await control.result("dev_newBlock");
    expect(await socket.event(heads)).toMatchObject({ number: "0x5" });
  });

  it("hits by chance, the same ones for the same seed, and never dev_*", async () => {
    const run = async (seed: number): Promise<string> => {
      const { id } = (await set({ error: true, rate: 0.5, seed })) as { id: number };
      const codes: string[] = [];
      for (let i = 0; i < 40; i++) codes.push((await socket.call("system_chain")).error === undefined ? "." : "x");
      await control.result("dev_clearFaults", { id });
      return codes.join("");
    };
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
    expect(first.split("x").length).toBeGreaterThan(8);
    expect(first.split(".").length).toBeGreaterThan(8);
  });

  it("hits requests inside a batch each by itself", async () => {
    await set({ drop: true, method: "system_chain" });
    socket.send(`[${request("a", "system_chain")},${request("b", "system_name")}]`);
    const batch = (await socket.frame((frame) => Array.isArray(frame))) as unknown as { id: string }[];
    expect(batch.map(({ id }) => id)).toEqual(["b"]);
  });

  it.each([
    [{}],
    [{ drop: true, error: true }],
    [{ drop: 1 }],
    [{ drop: true, delayMs: 5 }],
    [{ delay: 0 }],
    [{ delay: true, delayMs: 1e9 }],
    [{ error: 5 }],
    [{ error: { code: "x" } }],
    [{ error: { message: 5 } }],
    [{ drop: true, rate: 0 }],
    [{ drop: true, rate: 1.1 }],
    [{ drop: true, rate: "1" }],
    [{ drop: true, count: 0 }],
    [{ drop: true, method: "a.*b" }],
    [{ drop: true, method: 5 }],
    [{ drop: true, seed: -1 }],
    [{ drop: true, methods: "x" }],
    [[]],
  ])("refuses %j", async (fault) => {
    const { error } = await control.call("dev_setFault", fault);
    expect(error).toMatchObject({ code: -32_602, message: "Invalid params" });
    expect(error?.data).toBeTruthy();
    expect(await control.result("dev_faults")).toEqual([]);
  });

  it("has room for 64, and says which one is not there", async () => {
    for (let i = 0; i < 64; i++) await set({ drop: true, method: "nothing" });
    expect((await control.call("dev_setFault", { drop: true })).error).toMatchObject({ code: -32_000 });
    expect((await control.call("dev_clearFaults", { id: 99 })).error).toMatchObject({ code: -32_000 });
    expect((await control.call("dev_clearFaults", { id: "x" })).error).toMatchObject({ code: -32_602 });
  });
});

describe("RpcFaults", () => {
  const fault = (method: string): RpcFaults => {
    const faults = new RpcFaults();
    faults.add({ effect: { kind: "close" }, method, rate: 1, seed: 1 });
    return faults;
  };

  it.each([
    ["*", "system_chain", true],
    ["*", "dev_info", false],
    ["dev_*", "dev_info", false],
    ["chain*Head*", "chain_getHeader", true],
    ["chain*Head*", "chainHead_v1_follow", true],
    ["chain_getHeader", "chain_getHeaders", false],
    ["*_v1_*", "archive_v1_body", true],
    ["****************************************_x", "a".repeat(5_000), false],
  ])("matches %s with %s: %s", (pattern, method, hit) => {
    expect(fault(pattern).onRequest(method) !== undefined).toBe(hit);
  });
});
