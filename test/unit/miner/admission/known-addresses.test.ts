import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { keepMinutes, knownAddressesInRedis, knownAddressFile } from "@subnetkit/miner/admission/known-addresses";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const today = 29_000_000;
const one = { hotkey: "a", network: "192.0.2.1", minute: today };
const two = { hotkey: "a", network: "2001:db8:0:0::/64", minute: today - 5 };
const old = { hotkey: "b", network: "192.0.2.9", minute: today - keepMinutes - 1 };
const now = (): number => today * 60_000;
const manyPlaces = Array.from({ length: 500 }, (_, i) => ({
  hotkey: "rival",
  network: String(i),
  minute: today - 499 + i,
}));

describe("known addresses in a file", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "known-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const lines: string[] = [];
  const log = createLogger({ name: "test", level: "info", destination: { write: (line) => lines.push(line) } });

  test("outlive the process, for a day, readable by nobody else", async () => {
    const file = path.join(folder, "deep", "known.json");
    const first = knownAddressFile(file, { log, now });
    expect([await first.load(), first.place]).toEqual([[], file]);
    await first.add([two, old]);
    await first.add([one, { ...two, minute: today - 1 }]);
    expect(await knownAddressFile(file, { log, now }).load()).toEqual([{ ...two, minute: today - 1 }, one]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const tomorrow = (): number => (today + keepMinutes) * 60_000;
    expect(await knownAddressFile(file, { log, now: tomorrow }).load()).toEqual([one]);
    expect(lines).toEqual([]);
  });

  test("are kept of every caller, though another asks from ever new places", async () => {
    const store = knownAddressFile(path.join(folder, "rival.json"), { log, now });
    await store.add([one, two]);
    await store.add(manyPlaces);
    const known = await store.load();
    expect(known).toHaveLength(66);
    expect(known).toEqual(expect.arrayContaining([one, two, manyPlaces[499], manyPlaces[436]]));
  });

  test.each(["", "{", '{"known":[["a",1,2]]}', '{"known":[["a","b",-1]]}'])(
    "begin anew where the file is damaged, and say so: %s",
    async (text) => {
      const file = path.join(folder, "damaged.json");
      writeFileSync(file, text);
      lines.length = 0;
      const store = knownAddressFile(file, { log, now });
      expect(await store.load()).toEqual([]);
      expect(lines.join("")).toContain("cannot be read");
      await store.add([one]);
      expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ known: [["a", "192.0.2.1", today]] });
    },
  );
});

describe("known addresses in Redis", () => {
  let fields: Record<string, string>;
  let seconds = 0;
  const redis = {
    hgetall: () => Promise.resolve({ ...fields }),
    hset: (_key: string, more: Record<string, number>) => {
      for (const [name, value] of Object.entries(more)) fields[name] = String(value);
      return Promise.resolve(0);
    },
    hdel: (_key: string, ...names: string[]) => {
      for (const name of names) delete fields[name];
      return Promise.resolve(0);
    },
    expire: (_key: string, s: number) => {
      seconds = s;
      return Promise.resolve(1);
    },
  };
  beforeAll(() => {
    fields = {};
  });

  test("are shared by the processes of a hotkey, for a day", async () => {
    const store = knownAddressesInRedis(redis, { prefix: "p", now });
    await store.add([one, two, old]);
    await store.add([]);
    expect(seconds).toBe(86_400);
    const read = await knownAddressesInRedis(redis, { prefix: "p", now }).load();
    expect(read).toMatchObject([two, one]);
    expect(Object.keys(fields)).toEqual(["a 192.0.2.1", "a 2001:db8:0:0::/64"]);
  });

  test("stay few in a process that never starts again, though one caller asks from ever new places", async () => {
    fields = {};
    let nowMs = now();
    const store = knownAddressesInRedis(redis, { prefix: "p", now: () => nowMs });
    await store.add([one]);
    await store.add(manyPlaces);
    expect(Object.keys(fields)).toHaveLength(501);
    nowMs += 600_000;
    await store.add([{ ...one, network: "192.0.2.2", minute: today + 10 }]);
    expect(Object.keys(fields)).toHaveLength(66);
    expect(fields).toMatchObject({ "a 192.0.2.1": String(today), "rival 499": String(today) });
    nowMs += 24 * 3_600_000;
    await store.add([two]);
    expect(fields).toEqual({ "a 192.0.2.2": String(today + 10) });
  });
});
