import { sr25519Backend } from "@subnetkit/shared/crypto/sr25519";
import { describe, expect, test } from "vitest";
import { fuzzAdmission } from "../../../fuzz/miner/admission.ts";
import { fuzzMiner } from "../../../fuzz/miner/run.ts";
import { startVictim } from "./support.ts";

/** Another one every day, the same for everyone on that day. */
const seed = new Date().toISOString().slice(0, 10);

describe("mutated requests in every dialect", () => {
  test("a hundred thousand of them at admission: only what somebody permitted signed gets in, and only once", async () => {
    const victim = await startVictim();
    const { admitted, faults } = await fuzzAdmission({ seed, cases: 100_000 }, victim);
    await victim.close();
    expect(faults, `seed ${seed}`).toEqual([]);
    // A fuzzer whose requests never get in would find nothing.
    expect(admitted).toBeGreaterThan(2_000);
    expect([victim.unverifiedBytes(), sr25519Backend(), victim.lines]).toEqual([0, "wasm", []]);
  }, 300_000);

  test("ten thousand over sockets: no crash and no server error, whatever is sent", async () => {
    // `npm run fuzz -- --seed <day> --cases 10000` repeats these, and `npm run fuzz` makes a million of another seed.
    const { cases, accepted, statuses, faults } = await fuzzMiner({ seed, cases: 10_000 });
    expect(faults, `seed ${seed}`).toEqual([]);
    expect([cases, accepted > 1_000, (statuses.get(401) ?? 0) > 1_000]).toEqual([10_000, true, true]);
  }, 300_000);
});
