import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
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
    const lists = await followCallerLists(file, { log });
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

  test("refuses to begin without a file that it understands", async () => {
    const log = createLogger({ name: "test", destination: { write: () => undefined } });
    await expect(followCallerLists(join(folder, "missing"), { log })).rejects.toMatchObject({ code: "E_CALLER_LISTS" });
  });
});
