import { type AddressGuard, type Attempt, createAddressGuard } from "@subnetkit/miner/admission/address-guard";
import { networkOf } from "@subnetkit/miner/admission/network-of";
import { describe, expect, test } from "vitest";

function setup(announced: (hotkey: string) => string | undefined = () => undefined) {
  let nowMs = 0;
  const guard = createAddressGuard(
    { requests: { perSecond: 10, burst: 3 }, failures: { perSecond: 1, burst: 2 } },
    { now: () => nowMs, elapsed: () => nowMs, announced },
  );
  return { guard, pass: (ms: number) => (nowMs += ms) };
}

type Result = Parameters<Attempt["end"]>[0];

/** The milliseconds to wait, 0 for an attempt that ends like this. */
function attempt(guard: AddressGuard, address: string, hotkey: string, result: Result = "unchecked"): number {
  const made = guard.attempt(address, hotkey);
  if (typeof made === "number") return made;
  made.end(result);
  return 0;
}

/** Whether somebody is known to be this hotkey there. */
function knows(guard: AddressGuard, address: string, hotkey: string): boolean {
  const made = guard.attempt(address, hotkey);
  if (typeof made === "number") return false;
  made.end("unchecked");
  return made.known;
}

describe("createAddressGuard", () => {
  test("takes so many requests of one address, then says how long to wait, and takes those of another", () => {
    const { guard, pass } = setup();
    expect([1, 2, 3, 4].map(() => guard.take("192.0.2.1"))).toEqual([0, 0, 0, 100]);
    expect(guard.take("192.0.2.2")).toBe(0);
    pass(100);
    expect(guard.take("192.0.2.1")).toBe(0);
  });

  test("counts the addresses of one IPv6 customer together", () => {
    const { guard } = setup();
    expect([1, 2, 3, 4].map((i) => guard.take(`2001:db8:1:2::${i}`))).toEqual([0, 0, 0, 100]);
    expect(guard.take("2001:db8:1:3::1")).toBe(0);
  });

  test("checks no more signatures of an address after so many wrong ones", () => {
    const { guard, pass } = setup();
    for (const hotkey of ["a", "b"]) attempt(guard, "192.0.2.1", hotkey, "wrong");
    expect(attempt(guard, "192.0.2.1", "c")).toBe(1_000);
    expect(attempt(guard, "192.0.2.2", "c")).toBe(0);
    pass(1_000);
    expect(attempt(guard, "192.0.2.1", "c")).toBe(0);
  });

  test("lets no more attempts wait for their bodies than may fail, and gives back those that do not", () => {
    const { guard } = setup();
    const open = [1, 2, 3].map(() => guard.attempt("192.0.2.1", "c"));
    expect(open.map((made) => typeof made)).toEqual(["object", "object", "number"]);
    const [right, unchecked] = open as Attempt[];
    for (let i = 0; i < 3; i++) right?.end("right");
    unchecked?.end("unchecked");
    unchecked?.end("wrong");
    expect([1, 2, 3].map(() => attempt(guard, "192.0.2.1", "c", "wrong"))).toEqual([0, 0, 1_000]);
    // From elsewhere it is the hotkey's own bound that they meet, and what they took of their address is given back.
    expect([1, 2].map(() => attempt(guard, "192.0.2.2", "c"))).toEqual([8_000, 8_000]);
    expect([1, 2].map(() => attempt(guard, "192.0.2.2", "d", "wrong"))).toEqual([0, 0]);
  });

  test("hears only where it has proven to be, when many addresses forge one hotkey", () => {
    const { guard } = setup();
    guard.proven("192.0.2.1", "honest");
    for (let i = 0; i < 10; i++) attempt(guard, `198.51.100.${i}`, "honest", "wrong");
    expect(attempt(guard, "198.51.100.99", "honest")).toBeGreaterThan(0);
    expect(attempt(guard, "192.0.2.1", "honest")).toBe(0);
    expect(attempt(guard, "198.51.100.99", "another")).toBe(0);
  });

  test("hears a hotkey from most new places while it is forged from one, and checks no more forgeries in the long run", () => {
    const { guard, pass } = setup();
    const elsewhere = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? `${20 + i}.7.0.1` : `2001:${i}::1`));
    let checked = 0;
    const forge = (address: string): void => {
      if (attempt(guard, address, "honest", "wrong") === 0) checked++;
    };
    for (let i = 0; i < 100; i++) forge(`198.51.${i}.1`);
    expect(checked).toBe(2);
    expect(attempt(guard, "198.51.100.99", "honest")).toBeGreaterThan(0);
    const heard = elsewhere.filter((address) => attempt(guard, address, "honest") === 0);
    expect(heard.length).toBeGreaterThan(140);
    // With addresses everywhere they get what eight such places may have at once, and then one a second as ever.
    for (const address of elsewhere) forge(address);
    expect(checked).toBe(16);
    for (let i = 0; i < 80; i++) {
      pass(1_000);
      for (const address of elsewhere) forge(address);
    }
    expect(checked).toBe(16 + 80);
  });

  test("hears what an earlier process has heard, and hands on what it hears itself, once in ten minutes", () => {
    const { guard, pass } = setup();
    guard.learn([{ hotkey: "honest", network: "192.0.2.1", minute: 0 }]);
    for (let i = 0; i < 10; i++) attempt(guard, `198.51.100.${i}`, "honest", "wrong");
    expect(attempt(guard, "198.51.100.99", "honest")).toBeGreaterThan(0);
    expect(attempt(guard, "192.0.2.1", "honest")).toBe(0);
    expect(guard.takeLearnt()).toEqual([]);
    pass(60_000);
    for (let i = 0; i < 3; i++) guard.proven("2001:db8::1", "honest");
    guard.proven("192.0.2.1", "honest");
    expect(guard.takeLearnt()).toEqual([{ hotkey: "honest", network: "2001:db8:0:0::/64", minute: 1 }]);
    pass(600_000);
    guard.proven("192.0.2.1", "honest");
    expect(guard.takeLearnt()).toEqual([{ hotkey: "honest", network: "192.0.2.1", minute: 11 }]);
    expect(guard.takeLearnt()).toEqual([]);
  });

  test("hears a hotkey from where it has announced itself, and nobody else from there in another's name", () => {
    const { guard } = setup((hotkey) => (hotkey === "honest" ? "192.0.2.1" : undefined));
    for (const hotkey of ["honest", "another"])
      for (let i = 0; i < 10; i++) attempt(guard, `192.0.3.${i}`, hotkey, "wrong");
    expect(attempt(guard, "::ffff:192.0.2.1", "honest")).toBe(0);
    expect(knows(guard, "192.0.2.1", "honest")).toBe(true);
    expect(attempt(guard, "192.0.2.1", "another")).toBeGreaterThan(0);
    expect(attempt(guard, "192.0.2.2", "honest")).toBeGreaterThan(0);
    // What is trusted is whom it is from, not that it is right.
    for (let i = 0; i < 2; i++) attempt(guard, "192.0.2.1", "honest", "wrong");
    expect(attempt(guard, "192.0.2.1", "honest")).toBeGreaterThan(0);
  });

  test("knows who has proven to be in a network", () => {
    const { guard } = setup();
    guard.proven("192.0.2.1", "a");
    attempt(guard, "192.0.2.2", "a", "wrong");
    guard.learn([{ hotkey: "b", network: "192.0.2.3", minute: 1 }]);
    guard.proven("192.0.2.3", "a");
    expect(["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((network) => guard.hotkeysIn(network))).toEqual([
      ["a"],
      [],
      ["b", "a"],
    ]);
  });

  test("holds a bounded number of addresses", () => {
    const { guard } = setup();
    for (let i = 0; i < 40_000; i++) guard.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    // The first is long forgotten, so its bucket is full again; the last is not.
    expect(guard.take("10.0.0.0")).toBe(0);
  });

  test("forgets nobody because one caller has proven to be in very many places", () => {
    const { guard } = setup();
    guard.proven("10.0.0.1", "validator");
    for (let i = 0; i < 20_000; i++) guard.proven(`2001:db8:${(i >> 8).toString(16)}:${i & 0xff}::1`, "rival");
    expect(knows(guard, "10.0.0.1", "validator")).toBe(true);
    expect(guard.hotkeysIn("10.0.0.1")).toEqual(["validator"]);
    // Of the rival's own places the first are forgotten, except where somebody else is too.
    expect(
      [0, 19_999].map((i) => guard.hotkeysIn(networkOf(`2001:db8:${(i >> 8).toString(16)}:${i & 0xff}::1`))),
    ).toEqual([[], ["rival"]]);
  });

  test("forgets where somebody was a day ago", () => {
    const { guard, pass } = setup();
    guard.proven("192.0.2.1", "honest");
    for (let i = 0; i < 10; i++) attempt(guard, `198.51.100.${i}`, "honest", "wrong");
    pass(24 * 3_600_000);
    expect(knows(guard, "192.0.2.1", "honest")).toBe(true);
    pass(60_000);
    expect([knows(guard, "192.0.2.1", "honest"), guard.hotkeysIn("192.0.2.1")]).toEqual([false, []]);
    guard.proven("192.0.2.1", "honest");
    expect(knows(guard, "192.0.2.1", "honest")).toBe(true);
  });
});

describe("networkOf", () => {
  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("counts %s under %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
