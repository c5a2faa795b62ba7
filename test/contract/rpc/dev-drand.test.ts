/** The randomness beacon stalled, followed and taken ahead. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { drand } from "../../../chain/src/spec/pallets/drand.ts";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const S = drand.storage;
let chain: TestChain;
let socket: RawSocket;

beforeEach(async () => {
  chain = await startTestChain({ mode: "manual" });
  socket = await connectRaw(chain.port);
});
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const lastRound = (): bigint => chain.node.chain.headState().get(S.LastStoredRound);
const rounds = (): number[] =>
  [...chain.node.chain.headState().iterate(S.Pulses)].map(({ keys }) => Number(keys[0])).sort((a, b) => a - b);
const blocks = (count: number): Promise<unknown> => socket.result("dev_newBlock", { count });
const setDrand = (change: unknown): Promise<unknown> => socket.result("dev_setDrand", change);

describe("dev_setDrand", () => {
  it("stalls, and catches up without holes, a few rounds a block", async () => {
    await blocks(12);
    const before = lastRound();
    expect(before).toBeGreaterThan(0n);
    expect(await setDrand({ stall: true })).toMatchObject({ mode: "stall", lastRound: Number(before) });
    // One that was in the pool already is written.
    await blocks(1);
    const stalled = lastRound();
    await blocks(40);
    expect(lastRound()).toBe(stalled);
    const follow = (await setDrand({ follow: true })) as { lastRound: number; scheduledRound: number };
    expect(follow).toMatchObject({ mode: "follow", lastRound: Number(stalled) });
    expect(follow.scheduledRound - follow.lastRound).toBeGreaterThanOrEqual(9);
    await blocks(2);
    expect(Number(lastRound()) - Number(stalled)).toBeLessThanOrEqual(4);
    await blocks(10);
    const { lastRound: last, scheduledRound } = (await setDrand("follow")) as typeof follow;
    expect(scheduledRound - last).toBeLessThanOrEqual(1);
    const since = rounds().filter((round) => round > Number(stalled));
    expect(since).toEqual(since.map((_, at) => Number(stalled) + 1 + at));
  });

  it("goes ahead to a round, with the last ones before it, and waits there for the clock", async () => {
    await blocks(2);
    const before = Number(lastRound());
    const to = before + 100;
    expect(await setDrand({ round: to })).toMatchObject({ lastRound: to, mode: "follow" });
    expect(rounds().filter((round) => round > before)).toEqual(Array.from({ length: 32 }, (_, at) => to - 31 + at));
    await blocks(8);
    expect(lastRound()).toBe(BigInt(to));
    expect(await socket.result("dev_info")).toMatchObject({ drand: { lastRound: to, mode: "follow" } });
    expect((await socket.call("dev_setDrand", { round: to })).error).toMatchObject({ code: -32_000 });
  });

  it.each([[{}], [{ round: 0 }], [{ round: "7" }], [{ stall: false }], [{ stall: true, follow: true }], ["go"], [[]]])(
    "refuses %j",
    async (params) => {
      const { error } = await socket.call("dev_setDrand", params);
      expect(error).toMatchObject({ code: -32_602 });
      expect(error?.data).toMatch(/takes \{round: n\}/);
    },
  );
});
