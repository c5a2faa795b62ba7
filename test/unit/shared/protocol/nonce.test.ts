import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { afterEach, describe, expect, it, vi } from "vitest";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("nextNonceNs", () => {
  const at = (ms: number): bigint => {
    vi.spyOn(Date, "now").mockReturnValue(ms);
    return nextNonceNs();
  };
  const msOf = (nonce: bigint): number => Number(nonce / 1_000_000n);

  it("is the time, and greater than the last while the clock stands still or goes back a little", () => {
    const start = Date.now();
    const nonces = [start, start, start, start - 500, start - 900, start + 1].map(at);
    expect(nonces.every((nonce, i) => i === 0 || nonce > (nonces[i - 1] as bigint))).toBe(true);
    expect(nonces.map((nonce) => msOf(nonce) - start).every((late) => late >= 0 && late <= 1)).toBe(true);
  });

  it("follows a clock that is put back, so that nobody is from the future for as long as his clock was wrong", () => {
    const start = Date.now();
    at(start + 3_600_000);
    expect(msOf(at(start))).toBe(start);
    expect(msOf(at(start + 5))).toBe(start + 5);
  });
});
