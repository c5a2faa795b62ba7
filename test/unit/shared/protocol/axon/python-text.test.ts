import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { axonBodyHash, emptyBodyHash, isAxonBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { newestUnicode, printableCodePoints } from "@subnetkit/shared/protocol/axon/printable";
import { pythonText } from "@subnetkit/shared/protocol/axon/python-text";
import { pythonPrintable } from "@subnetkit/shared/protocol/axon/python-printable";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const vectorsOf = <T>(name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../vectors/${name}.json`, import.meta.url), "utf8")) as T;

/** Written by CPython 3.11: `str(json.loads(json))` for each `json`. */
const vectors = vectorsOf<readonly { readonly json: string; readonly text: string }[]>("python-text");

/** The level that a version of Unicode is. */
const levelOf = (version: string): number =>
  pythonPrintable.findIndex(({ unicode }) => version.startsWith(unicode)) + 1;

const nodeOf = (json: string) => readJsonObject(`{"value":${json}}`)?.get("value")?.node;

describe("pythonText", () => {
  it.each(vectors)("writes $json as Python does", ({ json, text }) => {
    const node = nodeOf(json);
    expect(node && pythonText(node)).toBe(text);
  });

  it("writes long values like short ones, whatever was written before", () => {
    const parts = vectors.filter(({ json, text }) => !json.startsWith('"') && !text.includes("\\ud"));
    for (const times of [1, 2_000, 20, 60_000, 1]) {
      const many = Array.from({ length: times }, (_, i) => parts[i % parts.length] ?? { json: "1", text: "1" });
      const node = nodeOf(`[${many.map(({ json }) => json).join(",")}]`);
      expect(node && pythonText(node)).toBe(`[${many.map(({ text }) => text).join(", ")}]`);
    }
    const quotes = nodeOf(JSON.stringify(['"'.repeat(300_000)]));
    expect(quotes && pythonText(quotes)).toBe(`['${'"'.repeat(300_000)}']`);
  });

  it("writes drawn lists and dicts as Python does", () => {
    const { unicode, values } = vectorsOf<{ unicode: string; values: readonly [json: string, text: string][] }>(
      "python-repr",
    );
    const wrong = values.filter(([json, text]) => {
      const node = nodeOf(json);
      return node === undefined || pythonText(node, levelOf(unicode)) !== text;
    });
    expect([wrong, values.length]).toEqual([[], 200]);
  });

  it("prints what each Python prints, of every plane", () => {
    const printable = printableCodePoints();
    const { versions } = vectorsOf<{ versions: readonly { unicode: string; count: number; sha256: string }[] }>(
      "python-printable",
    );
    const made = versions.map(({ unicode }) => {
      const codes: string[] = [];
      for (let code = 0x80; code < printable.length; code++) {
        const level = printable[code] as number;
        if (level !== 0 && level <= levelOf(unicode)) codes.push(code.toString(16));
      }
      return { unicode, count: codes.length, sha256: createHash("sha256").update(codes.join(",")).digest("hex") };
    });
    expect(made).toEqual(versions);
    expect(versions).toHaveLength(newestUnicode);
  });

  it("escapes what its Python does not know yet, but not in a string on its own", () => {
    const pinkHeart = String.fromCodePoint(0x1fa77);
    const node = nodeOf(JSON.stringify([pinkHeart]));
    const alone = nodeOf(JSON.stringify(pinkHeart));
    if (node === undefined || alone === undefined) throw new Error("not read");
    expect([levelOf("14.0"), levelOf("15.0")].map((level) => pythonText(node, level))).toEqual([
      "['\\U0001fa77']",
      `['${pinkHeart}']`,
    ]);
    expect(pythonText(alone, 1)).toBe(pinkHeart);
  });
});

describe("readJsonObject", () => {
  it("reads what JSON.parse reads, and keeps the very text of each member", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
        fc.constantFrom(0, 2),
        (object, indent) => {
          const text = JSON.stringify(object, null, indent);
          const members = readJsonObject(text);
          const back = Object.fromEntries([...(members ?? [])].map(([key, member]) => [key, JSON.parse(member.text)]));
          expect(back).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it("refuses what JSON.parse refuses, and everything that is no object", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\0.e-1tnu ') }), (text) => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          parsed = undefined;
        }
        const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
        expect(readJsonObject(text) !== undefined).toBe(isObject);
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps the order of keys that look like numbers, and of a repeated key its first place and last value", () => {
    expect([...(readJsonObject('{"2":1,"1":2,"2":3}') ?? [])].map(([key, { text }]) => [key, text])).toEqual([
      ["2", "3"],
      ["1", "2"],
    ]);
  });

  it("refuses deep nesting instead of running out of stack", () => {
    expect(readJsonObject(`{"a":${"[".repeat(100_000)}`)).toBeUndefined();
    expect(readJsonObject(`{"a":"${"\\n".repeat(8 * 1024 * 1024)}"}`)?.size).toBe(1);
    expect(readJsonObject(`{"a":"${"\\\\".repeat(1024 * 1024)}`)).toBeUndefined();
    expect(readJsonObject(`{"a":${"[".repeat(100)}${"]".repeat(100)}}`)).toBeUndefined();
  });
});

describe("axonBodyHash", () => {
  it("joins the digests of the declared fields in their order", () => {
    const members = readJsonObject('{"numbers":[1,2.5],"name":"X","text":"hello"}') ?? new Map();
    expect(axonBodyHash(members, ["text", "numbers"])).toBe(
      "120ccadbf71cbcfe05418d685cd0ab9c13ef9b26b41f39d07d7633c26814efaa",
    );
    expect(axonBodyHash(members, ["numbers", "text"])).not.toBe(axonBodyHash(members, ["text", "numbers"]));
    expect(axonBodyHash(members, ["missing"])).toBeUndefined();
  });

  it("is the hash of nothing when no field is declared", () => {
    expect(axonBodyHash(new Map(), [])).toBe(emptyBodyHash);
    expect(emptyBodyHash).toBe("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
  });
});

describe("isAxonBodyHash", () => {
  /** The first character that each Python prints and the one before does not. */
  const ofEachVersion = pythonPrintable.map(({ ranges }) => String.fromCodePoint(Number.parseInt(ranges, 16)));
  const members = readJsonObject(JSON.stringify({ plain: "x", items: [...ofEachVersion, "\u00e9"] })) ?? new Map();

  it("takes the text of every Python, whichever came before, and of none that is not there", () => {
    const hashes = Array.from({ length: newestUnicode }, (_, i) => axonBodyHash(members, ["plain", "items"], i + 1)!);
    expect(new Set(hashes).size).toBe(newestUnicode);
    for (const hash of [...hashes, ...hashes.reverse()])
      expect(isAxonBodyHash(members, ["plain", "items"], hash)).toBe(true);
    expect(isAxonBodyHash(members, ["items", "plain"], hashes[0]!)).toBe(false);
    expect(isAxonBodyHash(members, ["plain", "missing"], hashes[0]!)).toBe(false);
    expect(isAxonBodyHash(new Map(), [], emptyBodyHash)).toBe(true);
  });

  it("does not hash a long text for one Python after the other, however long the fields are that are the same for all", () => {
    const pinkHeart = String.fromCodePoint(0x1fa77);
    const hashed = (items: readonly string[], text: string) => {
      const long = readJsonObject(JSON.stringify({ text, items })) ?? new Map();
      const ofEach = [1, 5].map((level) => axonBodyHash(long, ["text", "items"], level)!);
      return ofEach.map((hash) => isAxonBodyHash(long, ["text", "items"], hash));
    };
    expect(hashed([pinkHeart], "x".repeat(600_000))).toEqual([true, true]);
    // The last one that was right is still asked first.
    expect(hashed(["x".repeat(300_000), pinkHeart], "x")).toEqual([false, true]);
  });
});
