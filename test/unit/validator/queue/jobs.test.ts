import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cappedBackoff, jobId } from "../../../../validator/src/queue/jobs.ts";

describe("job ids", () => {
  it("follow from chain facts, hold no colon, are no number, and differ", () => {
    const task = fc.constantFrom("classify", "sum");
    fc.assert(
      fc.property(fc.nat(65_535), fc.nat(1e9), task, fc.nat(200), (netuid, round, taskId, chunk) => {
        const ids = [
          jobId.plan(netuid, round),
          jobId.query(netuid, round, taskId, chunk),
          jobId.settle(netuid, round),
          jobId.lateSettle(netuid, round),
        ];
        for (const id of ids) expect(id).toMatch(/^v1-\d+-\d+-[a-zA-Z0-9-]+$/);
        expect(new Set(ids).size).toBe(ids.length);
        expect(jobId.query(netuid, round, taskId, chunk)).toBe(ids[1]);
      }),
    );
  });
});

describe("the pause before another attempt", () => {
  it("grows and stays within five seconds however many attempts there were", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, luck) => {
          const ms = cappedBackoff(attempts, () => luck);
          expect(ms).toBeGreaterThanOrEqual(250);
          expect(ms).toBeLessThanOrEqual(5_000);
        },
      ),
    );
    expect([1, 2, 3, 4, 5].map((attempts) => cappedBackoff(attempts, () => 0))).toEqual([
      250, 500, 1_000, 2_000, 2_500,
    ]);
  });
});
