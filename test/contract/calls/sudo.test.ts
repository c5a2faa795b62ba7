/** Sudo: one key dispatches as root; the result of what it dispatches is told, not returned (spec/subtensor-interface.md 1.3, 2.5). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { lift, people } from "./world.ts";

covers("Sudo.sudo", "RequireSudo");
covers("Sudo.sudo_unchecked_weight", "RequireSudo");
covers("Sudo.sudo_as", "RequireSudo");
covers("Sudo.set_key", "RequireSudo");
covers("Sudo.remove_key", "RequireSudo");

const { sudo, owner, stranger } = people;
const h = harness(lift);
const remark = () => h.tx("System.remark_with_event", "0x01");
const setTempo = (tempo: number) => h.tx("AdminUtils.sudo_set_tempo", 1, tempo);
const cases = () =>
  [
    ["Sudo.sudo", remark()],
    ["Sudo.sudo_unchecked_weight", remark(), { refTime: 0, proofSize: 0 }],
    ["Sudo.sudo_as", owner.address, remark()],
    ["Sudo.set_key", owner.address],
    ["Sudo.remove_key"],
  ] as [string, ...unknown[]][];

it("every call is refused to everyone else: at the pool as a bad signer, inside another call as RequireSudo", async () => {
  for (const [call, ...args] of cases()) {
    expect(await h.submit(stranger, h.tx(call, ...args))).toEqual({
      kind: "invalid",
      code: 1010,
      data: "Invalid signing address",
    });
    await h.nestedFails("RequireSudo", stranger, call, args);
  }
});

describe("Sudo.sudo", () => {
  it("dispatches as root, free of charge", async () => {
    const { free } = await h.account(sudo);
    expect(await h.ok(sudo, "Sudo.sudo", setTempo(77))).toEqual([
      ["SubtensorModule.TempoSet", 1, 77],
      ["Sudo.Sudid", { ok: null }],
    ]);
    expect((await h.account(sudo)).free).toBe(free);
  });

  it("succeeds when what it dispatches fails, and tells why", async () => {
    const events = await h.ok(sudo, "Sudo.sudo", h.tx("AdminUtils.sudo_set_tempo", 99, 1));
    expect(events).toEqual([["Sudo.Sudid", { err: { module: { index: 19, error: "0x00000000" } } }]]);
    expect(await h.ok(sudo, "Sudo.sudo", remark())).toEqual([["Sudo.Sudid", { err: { badOrigin: null } }]]);
  });

  it("takes batches inside batches from root", async () => {
    const inner = h.tx("Utility.batch_all", [setTempo(5)]);
    const events = await h.ok(sudo, "Sudo.sudo", h.tx("Utility.batch_all", [inner]));
    expect(events.at(-1)).toEqual(["Sudo.Sudid", { ok: null }]);
    expect(await h.get("SubtensorModule.Tempo", 1)).toBe(5);
  });
});

it("Sudo.sudo_unchecked_weight does the same", async () => {
  expect(await h.ok(sudo, "Sudo.sudo_unchecked_weight", setTempo(78), { refTime: 0, proofSize: 0 })).toEqual([
    ["SubtensorModule.TempoSet", 1, 78],
    ["Sudo.Sudid", { ok: null }],
  ]);
});

it("Sudo.sudo_as dispatches as another account, whose guards hold", async () => {
  expect(
    await h.ok(sudo, "Sudo.sudo_as", stranger.address, h.tx("Balances.transfer_keep_alive", owner.address, TAO)),
  ).toEqual([
    ["Balances.Transfer", stranger.address, owner.address, 1e9],
    ["Sudo.SudoAsDone", { ok: null }],
  ]);
  const axon = h.tx("SubtensorModule.serve_axon", 1, 1, 1, 1, 4, 0, 0, 0);
  expect(await h.ok(sudo, "Sudo.sudo_as", stranger.address, axon)).toEqual([
    ["Sudo.SudoAsDone", { err: { module: { index: 7, error: "0x06000000" } } }],
  ]);
});

it("Sudo.set_key and Sudo.remove_key hand the power on and end it", async () => {
  expect(await h.ok(sudo, "Sudo.set_key", owner.address)).toEqual([["Sudo.KeyChanged", sudo.address, owner.address]]);
  expect(await h.get("Sudo.Key")).toBe(owner.address);
  expect((await h.submit(sudo, h.tx("Sudo.sudo", remark()))).kind).toBe("invalid");
  expect(await h.ok(owner, "Sudo.remove_key")).toEqual([["Sudo.KeyRemoved"]]);
  expect(await h.get("Sudo.Key")).toBeNull();
  expect((await h.submit(owner, h.tx("Sudo.remove_key"))).kind).toBe("invalid");
  expect(await h.account(key("//Nobody"))).toMatchObject({ nonce: 0 });
});
