/** Scheduler and preimages: calls for a later block, and bytes by their hash (upstream pallets). */
import { blake2AsHex } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, TAO, type Tx } from "./harness.ts";
import { lift, people } from "./world.ts";

covers("Scheduler.schedule", "BadOrigin", "TargetBlockNumberInPast", "Exhausted");
covers("Scheduler.schedule_after", "BadOrigin");
covers("Scheduler.schedule_named", "BadOrigin", "FailedToSchedule", "TargetBlockNumberInPast");
covers("Scheduler.schedule_named_after", "BadOrigin", "FailedToSchedule");
covers("Scheduler.cancel", "BadOrigin", "NotFound");
covers("Scheduler.cancel_named", "BadOrigin", "NotFound");
covers("Scheduler.set_retry", "BadOrigin", "NotFound");
covers("Scheduler.set_retry_named", "BadOrigin", "NotFound");
covers("Scheduler.cancel_retry", "BadOrigin", "NotFound");
covers("Scheduler.cancel_retry_named", "BadOrigin", "NotFound");
covers("Preimage.note_preimage", "AlreadyNoted", "Token.FundsUnavailable", "TooBig");
covers("Preimage.unnote_preimage", "NotNoted", "NotAuthorized");
covers("Preimage.request_preimage", "BadOrigin");
covers("Preimage.unrequest_preimage", "BadOrigin", "NotRequested");
covers("Preimage.ensure_updated", "TooFew", "TooMany");

const { stranger, owner } = people;
const h = harness(lift);
const tempo = (value: number): Tx => h.tx("AdminUtils.sudo_set_tempo", 1, value);
const ID = `0x${"11".repeat(32)}`;
const told = async () => (await h.hookEvents()).filter(([name]) => name.startsWith("Scheduler"));

describe("a scheduled call", () => {
  it("runs as root when its block begins", async () => {
    const when = (await h.height()) + 3;
    expect(await h.root("Scheduler.schedule", when, null, 0, tempo(77))).toEqual([["Scheduler.Scheduled", when, 0]]);
    await h.nextIs(when);
    await h.blocks(1);
    expect(await told()).toEqual([["Scheduler.Dispatched", [when, 0], null, { ok: null }]]);
    expect(await h.get("SubtensorModule.Tempo", 1)).toBe(77);
    expect(await h.get("Scheduler.Agenda", when)).toEqual([]);
  });

  it("runs as often as it is told, in the order of priorities, and tells failures", async () => {
    const when = (await h.height()) + 4;
    await h.root("Scheduler.schedule", when, [2, 2], 5, tempo(5));
    await h.root("Scheduler.schedule", when, null, 1, h.tx("AdminUtils.sudo_set_tempo", 99, 1));
    await h.nextIs(when);
    await h.blocks(1);
    expect(await told()).toEqual([
      ["Scheduler.Dispatched", [when, 1], null, { err: { module: { index: 19, error: "0x00000000" } } }],
      ["Scheduler.Dispatched", [when, 0], null, { ok: null }],
      ["Scheduler.Scheduled", when + 2, 0],
    ]);
    await h.blocks(2);
    expect(await told()).toEqual([["Scheduler.Dispatched", [when + 2, 0], null, { ok: null }]]);
    await h.blocks(2);
    expect(await told()).toEqual([]);
  });

  it("is tried again where it failed and a retry is set", async () => {
    const when = (await h.height()) + 4;
    await h.root("Scheduler.schedule_named", ID, when, null, 0, h.tx("AdminUtils.sudo_set_tempo", 99, 1));
    expect(await h.root("Scheduler.set_retry", [when, 0], 3, 2)).toEqual([
      ["Scheduler.RetrySet", [when, 0], null, 2, 3],
    ]);
    await h.nextIs(when + 1);
    expect(await h.get("Scheduler.Retries", [when + 2, 0])).toEqual({ totalRetries: 3, remaining: 2, period: 2 });
    await h.blocks(2);
    expect((await told())[0]).toEqual([
      "Scheduler.Dispatched",
      [when + 2, 0],
      null,
      { err: { module: { index: 19, error: "0x00000000" } } },
    ]);
  });

  it("comes so many blocks after", async () => {
    const [event] = await h.root("Scheduler.schedule_after", 2, null, 0, tempo(5));
    expect(event).toEqual(["Scheduler.Scheduled", (await h.height()) + 3, 0]);
    const [named] = await h.root("Scheduler.schedule_named_after", ID, 2, null, 0, tempo(6));
    expect(named?.[0]).toBe("Scheduler.Scheduled");
    await h.rootFails("FailedToSchedule", "Scheduler.schedule_named_after", ID, 2, null, 0, tempo(6));
  });

  it("is refused for the past, a name in use and a full agenda", async () => {
    const now = await h.height();
    await h.rootFails("TargetBlockNumberInPast", "Scheduler.schedule", now + 1, null, 0, tempo(5));
    await h.root("Scheduler.schedule_named", ID, now + 50, null, 0, tempo(5));
    await h.rootFails("FailedToSchedule", "Scheduler.schedule_named", ID, 1, null, 0, tempo(5));
    const other = `0x${"22".repeat(32)}`;
    await h.rootFails("TargetBlockNumberInPast", "Scheduler.schedule_named", other, 1, null, 0, tempo(5));
    const full = Array.from({ length: 50 }, () => h.tx("Scheduler.schedule", now + 60, null, 0, tempo(5)));
    await h.root("Utility.batch_all", full);
    await h.rootFails("Exhausted", "Scheduler.schedule", now + 60, null, 0, tempo(5));
  });

  it("is cancelled by its place or its name, with its retry", async () => {
    const when = (await h.height()) + 50;
    await h.root("Scheduler.schedule", when, null, 0, tempo(5));
    await h.root("Scheduler.schedule_named", ID, when, null, 0, tempo(5));
    expect(await h.root("Scheduler.set_retry_named", ID, 3, 2)).toEqual([["Scheduler.RetrySet", [when, 1], ID, 2, 3]]);
    expect(await h.root("Scheduler.cancel_retry_named", ID)).toEqual([["Scheduler.RetryCancelled", [when, 1], ID]]);
    expect(await h.root("Scheduler.cancel_retry", [when, 0])).toEqual([["Scheduler.RetryCancelled", [when, 0], null]]);
    expect(await h.root("Scheduler.cancel", when, 0)).toEqual([["Scheduler.Canceled", when, 0]]);
    expect(await h.root("Scheduler.cancel_named", ID)).toEqual([["Scheduler.Canceled", when, 1]]);
    expect(await h.get("Scheduler.Agenda", when)).toEqual([]);
    await h.rootFails("NotFound", "Scheduler.cancel", when, 0);
    await h.rootFails("NotFound", "Scheduler.cancel_named", ID);
    await h.rootFails("NotFound", "Scheduler.set_retry", [when, 0], 1, 1);
    await h.rootFails("NotFound", "Scheduler.set_retry_named", ID, 1, 1);
    await h.rootFails("NotFound", "Scheduler.cancel_retry", [when, 0]);
    await h.rootFails("NotFound", "Scheduler.cancel_retry_named", ID);
  });

  it("is root's business", async () => {
    const call = tempo(5);
    const cases: [string, ...unknown[]][] = [
      ["Scheduler.schedule", 9999, null, 0, call],
      ["Scheduler.schedule_after", 5, null, 0, call],
      ["Scheduler.schedule_named", ID, 9999, null, 0, call],
      ["Scheduler.schedule_named_after", ID, 5, null, 0, call],
      ["Scheduler.cancel", 9999, 0],
      ["Scheduler.cancel_named", ID],
      ["Scheduler.set_retry", [9999, 0], 1, 1],
      ["Scheduler.set_retry_named", ID, 1, 1],
      ["Scheduler.cancel_retry", [9999, 0]],
      ["Scheduler.cancel_retry_named", ID],
    ];
    for (const [name, ...args] of cases) await h.fails("BadOrigin", stranger, name, ...args);
  });

  it("too long for an agenda lies in a preimage while it waits", async () => {
    const when = (await h.height()) + 4;
    const long = h.tx("System.set_storage", [["0xabcd", `0x${"ff".repeat(300)}`]]);
    const events = await h.root("Scheduler.schedule", when, null, 0, long);
    expect(events.map(([name]) => name)).toEqual(["Preimage.Noted", "Scheduler.Scheduled"]);
    await h.nextIs(when + 1);
    expect(await h.rpc("state_getStorage", "0xabcd")).toBe(`0x${"ff".repeat(300)}`);
    expect(await h.get("Preimage.RequestStatusFor", blake2AsHex(long.method.toU8a()))).toBeNull();
  });
});

describe("a preimage", () => {
  const bytes = `0x${"07".repeat(10)}`;
  const hash = blake2AsHex(bytes);

  it("is noted for a deposit and taken back", async () => {
    expect(await h.ok(stranger, "Preimage.note_preimage", bytes)).toEqual([["Preimage.Noted", hash]]);
    expect((await h.account(stranger)).reserved).toBe(114_000_000n);
    await h.fails("AlreadyNoted", owner, "Preimage.note_preimage", bytes);
    await h.fails("NotAuthorized", owner, "Preimage.unnote_preimage", hash);
    expect(await h.ok(stranger, "Preimage.unnote_preimage", hash)).toEqual([["Preimage.Cleared", hash]]);
    expect((await h.account(stranger)).reserved).toBe(0n);
    await h.fails("NotNoted", stranger, "Preimage.unnote_preimage", hash);
    await h.fund(stranger, TAO / 20n);
    await h.fails("Token.FundsUnavailable", stranger, "Preimage.note_preimage", bytes);
  });

  it("has at most 4 MiB", async () => {
    await h.fails("TooBig", stranger, "Preimage.note_preimage", `0x${"00".repeat(4_194_305)}`);
  });

  it("is requested and released by root", async () => {
    expect(await h.root("Preimage.request_preimage", hash)).toEqual([["Preimage.Requested", hash]]);
    expect(await h.root("Preimage.request_preimage", hash)).toEqual([]);
    expect(await h.root("Preimage.note_preimage", bytes)).toEqual([["Preimage.Noted", hash]]);
    expect(await h.root("Preimage.unrequest_preimage", hash)).toEqual([]);
    expect(await h.root("Preimage.unrequest_preimage", hash)).toEqual([["Preimage.Cleared", hash]]);
    await h.rootFails("NotRequested", "Preimage.unrequest_preimage", hash);
    await h.fails("BadOrigin", stranger, "Preimage.request_preimage", hash);
    await h.fails("BadOrigin", stranger, "Preimage.unrequest_preimage", hash);
  });

  it("of the old kind is looked for in lists of 1 to 1024", async () => {
    await h.fails("TooFew", stranger, "Preimage.ensure_updated", []);
    await h.fails("TooMany", stranger, "Preimage.ensure_updated", new Array(1025).fill(hash));
    expect(await h.ok(stranger, "Preimage.ensure_updated", [hash])).toEqual([]);
  });
});
