import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const second = 1_000_000_000n;
const boot = 1_752_076_800n * second;
const start = boot + 10n * second;
const used = (hotkey: string, nonce: bigint) => ({ hotkey, replayId: nonce.toString(), issuedNs: nonce });

describe("createMemoryReplayStore", () => {
  it("admits every pair of hotkey and nonce once", () => {
    const store = createMemoryReplayStore({ bootNs: boot });
    expect([
      store.claim(used("a", start)),
      store.claim(used("a", start)),
      store.claim(used("b", start)),
      store.claim(used("a", start + 1n)),
    ]).toEqual([true, false, true, true]);
  });

  it("knows what was used, and takes nothing else for it, whatever its time", () => {
    const store = createMemoryReplayStore({ bootNs: boot });
    const at = (issuedNs: bigint) => ({ hotkey: "a", replayId: "same", issuedNs });
    expect(store.isUsed(at(start))).toBe(false);
    expect(store.claim(at(start))).toBe(true);
    const seconds = Array.from({ length: 61 }, (_, i) => i - 30).filter((i) =>
      store.isUsed(at(start + BigInt(i) * second)),
    );
    // Up to the floor, which is two seconds after boot, everything counts as used.
    expect(seconds.filter((i) => i > -8)).toEqual([0]);
    expect(seconds.filter((i) => i <= -8)).toHaveLength(23);
    expect(store.isUsed({ ...at(start), hotkey: "b" })).toBe(false);
  });

  it("admits nothing that could have been accepted before the restart: up to boot plus the allowed skew", () => {
    const store = createMemoryReplayStore({ bootNs: boot, skewMs: 2_000 });
    expect(store.floorNs).toBe(boot + 2n * second);
    expect([
      store.claim(used("a", boot - second)),
      store.claim(used("a", boot)),
      store.claim(used("a", store.floorNs)),
      store.claim(used("a", store.floorNs + 1n)),
    ]).toEqual([false, false, false, true]);
  });

  it("admits nothing that somebody else may have accepted until a later time, once it is told of it", () => {
    const store = createMemoryReplayStore({ bootNs: boot, skewMs: 2_000 });
    const early = used("a", boot + 3n * second);
    expect(store.claim(early)).toBe(true);
    store.forgetUntil(boot + 5n * second);
    expect(store.floorNs).toBe(boot + 7n * second);
    expect(store.claim(used("b", boot + 7n * second))).toBe(false);
    expect(store.claim(used("b", boot + 7n * second + 1n))).toBe(true);
    store.forgetUntil(boot);
    expect(store.floorNs).toBe(boot + 7n * second);
  });

  it("accepts nothing twice across a restart, whatever the time of the crash", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -10_000, max: 2_000 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 5_000 }),
        (offsetsMs, downMs) => {
          const nonces = offsetsMs.map((ms) => start + BigInt(ms) * 1_000_000n);
          const before = createMemoryReplayStore({ bootNs: 0n });
          const accepted = nonces.filter((nonce) => before.claim(used("a", nonce)));
          const after = createMemoryReplayStore({ bootNs: start + BigInt(downMs) * 1_000_000n });
          expect(accepted.filter((nonce) => after.claim(used("a", nonce)))).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("admits nothing twice when the clock is set back, however often, and goes on two seconds later", () => {
    const step = fc.record({ back: fc.boolean(), ms: fc.integer({ min: 1, max: 60_000 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const store = createMemoryReplayStore({ bootNs: boot });
        let now = start;
        const admitted: bigint[] = [];
        for (const { back, ms } of steps) {
          now += (back ? -1n : 1n) * BigInt(ms) * 1_000_000n;
          if (back) store.beginAnew(now, boot);
          const fresh = [now - 5n * second, now, now + second, ...admitted.slice(-3)];
          admitted.push(...fresh.filter((ns) => store.claim(used("a", ns))));
          expect(store.usedUntilNs).toBe(admitted.reduce((top, ns) => (ns > top ? ns : top), 0n));
        }
        expect(new Set(admitted).size).toBe(admitted.length);
        store.beginAnew(now, boot);
        expect(store.claim(used("a", store.floorNs + 1n))).toBe(true);
      }),
      { numRuns: 200 },
    );
    const store = createMemoryReplayStore({ bootNs: boot });
    store.beginAnew(boot - 3_600n * second, boot - 7_200n * second);
    expect(store.floorNs).toBe(boot - 3_598n * second);
    expect(store.claim(used("a", boot - 3_597n * second))).toBe(true);
  });

  it("never admits a pair twice, in whatever order and time they come", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.nat(60_000)), { maxLength: 300 }), (claims) => {
        const store = createMemoryReplayStore({ bootNs: boot });
        const admitted = claims
          .filter(([hotkey, ms]) => store.claim(used(hotkey, start + BigInt(ms) * 1_000_000n)))
          .map(String);
        expect(new Set(admitted).size).toBe(admitted.length);
      }),
      { numRuns: 200 },
    );
  });

  it("admits every fresh pair of an honest stream that stays within the window", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -10_000, max: 2_000 }), { maxLength: 200 }), (offsetsMs) => {
        const store = createMemoryReplayStore({ bootNs: 0n });
        const nonces = new Set(offsetsMs.map((ms, i) => start + BigInt(ms + i * 100) * 1_000_000n));
        expect([...nonces].map((nonce) => store.claim(used("a", nonce)))).not.toContain(false);
      }),
      { numRuns: 200 },
    );
  });

  it("forgets whole seconds as time goes on, without a timer", () => {
    const store = createMemoryReplayStore({ bootNs: boot });
    for (let i = 0n; i < 1_000n; i++) store.claim(used("a", start + i * second));
    expect(store.size).toBeLessThanOrEqual(14);
    expect(store.claim(used("a", start))).toBe(false);
    store.claim(used("a", start + 1_000_000n * second));
    expect(store.size).toBe(1);
  });

  it("refuses rather than grow without bound", () => {
    const store = createMemoryReplayStore({ bootNs: boot, maxPerSecond: 3 });
    expect([0n, 1n, 2n, 3n].map((i) => store.claim(used("a", start + i)))).toEqual([true, true, true, false]);
    expect(store.claim(used("a", start + second))).toBe(true);
  });
});
