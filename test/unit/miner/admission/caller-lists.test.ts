import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followCallerLists, parseCallerLists } from "@subnetkit/miner/admission/caller-lists";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../../support/until.ts";

const alice = keypairFromUri("//Alice").address;
const bob = keypairFromUri("//Bob").address;

describe("parseCallerLists", () => {
  test("understands hotkeys, addresses, networks, comments and empty lines", () => {
    const lists = parseCallerLists(
      `# ours\nallow ${alice}\n\ndeny ${bob} # copies weights\ndeny 203.0.113.0/24\ndeny 2001:db8::/32\r\ndeny 192.0.2.7`,
      "lists",
    );
    expect([lists.allows(alice), lists.allows(bob)]).toEqual([true, false]);
    expect([lists.deniesHotkey(alice), lists.deniesHotkey(bob)]).toEqual([false, true]);
    expect(
      ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "192.0.2.7"].map((address) => lists.deniesAddress(address)),
    ).toEqual([true, true, true, true]);
    expect(
      ["203.0.114.9", "2001:db9::1", "192.0.2.8", "", "nonsense"].map((address) => lists.deniesAddress(address)),
    ).toEqual([false, false, false, false, false]);
  });

  test("lets a denial win over a permission", () => {
    expect(parseCallerLists(`allow ${alice}\ndeny ${alice}`, "lists").allows(alice)).toBe(false);
  });

  test.each([
    ["allow", 1],
    [`# x\nallow 5Grw`, 2],
    [`allow ${alice.slice(0, -1)}x`, 1],
    ["allow 192.0.2.1", 1],
    ["permit 192.0.2.1", 1],
    ["deny 192.0.2.1/33", 1],
    ["deny 192.0.2.1/x", 1],
    [`deny ${bob} and more`, 1],
  ])("refuses %j, naming the line", (text, line) => {
    expect(() => parseCallerLists(text, "lists")).toThrowError(
      expect.objectContaining({ code: "E_CALLER_LISTS", data: expect.objectContaining({ line }) }),
    );
  });
});

describe("followCallerLists", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "subnetkit-lists-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("takes up a new version, keeps the last good one when the next is broken, and says both", async () => {
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line) => lines.push(line) } });
    const file = join(folder, "callers");
    const replace = async (text: string) => {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    };
    await replace(`deny ${bob}`);
    const lists = await followCallerLists(file, { log }, 100);
    try {
      expect(lists.deniesHotkey(bob)).toBe(true);
      await replace(`deny ${alice}`);
      await until("the new list", () => lists.deniesHotkey(alice));
      expect(lists.deniesHotkey(bob)).toBe(false);
      await replace("nonsense");
      await until("the complaint", () => lines.some((line) => line.includes("the last good ones hold")));
      expect(lists.deniesHotkey(alice)).toBe(true);
    } finally {
      lists.close();
    }
  });

  test("reads no version while it is being written, says that a file has gone, and keeps what it knew", async () => {
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line) => lines.push(line) } });
    const complaints = () => lines.filter((line) => line.includes("the last good ones hold")).length;
    const file = join(folder, "written");
    await writeFile(file, `deny ${bob}`);
    const lists = await followCallerLists(file, { log }, 200);
    // For longer than it takes to look twice, never twice the same: each version alone would be understood, and deny half of everybody.
    let length = 0;
    const writer = setInterval(() => void appendFile(file, `\n# ${++length}\ndeny 128.0.0.0/1`), 30);
    try {
      await new Promise((resolve) => setTimeout(resolve, 900));
      expect(lists.deniesAddress("192.0.2.1")).toBe(false);
      clearInterval(writer);
      await until("the new list", () => lists.deniesAddress("192.0.2.1"));
      await rm(file);
      await until("the complaint", () => complaints() === 1);
      expect([lists.deniesHotkey(bob), lists.deniesAddress("192.0.2.1")]).toEqual([true, true]);
      await writeFile(file, `deny ${alice}`);
      await until("the list that is there again", () => lists.deniesHotkey(alice));
      expect([lists.deniesHotkey(bob), complaints()]).toEqual([false, 1]);
    } finally {
      clearInterval(writer);
      lists.close();
    }
  }, 20_000);

  test("refuses to begin without a file that it understands, with one that never ends and with one that is too long", async () => {
    const log = createLogger({ name: "test", destination: { write: () => undefined } });
    const huge = join(folder, "huge");
    await writeFile(huge, "");
    await truncate(huge, 2 ** 40);
    for (const file of [join(folder, "missing"), "/dev/zero", folder, huge])
      await expect(followCallerLists(file, { log })).rejects.toMatchObject({ code: "E_CALLER_LISTS" });
  });

  test("answers requests while it reads a long list, and finds an address in it as soon as in a short one", async () => {
    const log = createLogger({ name: "test", destination: { write: () => undefined } });
    const file = join(folder, "long");
    const rules = Array.from({ length: 60_000 }, (_, i) => `deny ${20 + (i >> 14)}.${(i >> 6) & 255}.${i & 63}.0/24`);
    await writeFile(file, rules.join("\n"));
    let longestMs = 0;
    let lastMs = performance.now();
    const watch = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }, 1);
    const lists = await followCallerLists(file, { log });
    clearInterval(watch);
    lists.close();
    const startedMs = performance.now();
    for (let i = 0; i < 10_000; i++) lists.deniesAddress(`203.0.113.${i & 255}`);
    // A look at every rule would take a minute, and reading them in one go a second.
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(longestMs).toBeLessThan(250);
    expect([lists.deniesAddress("20.0.1.9"), lists.deniesAddress("203.0.113.9")]).toEqual([true, false]);
  });
});
