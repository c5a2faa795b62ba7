import { readFileSync } from "node:fs";
import { axonBodyHash, emptyBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { printableCodePoints } from "@subnetkit/shared/protocol/axon/printable";
import { pythonText } from "@subnetkit/shared/protocol/axon/python-text";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Written by CPython 3.11: `str(json.loads(json))` for each `json`. */
const vectors = JSON.parse(
  readFileSync(new URL("../../../../vectors/python-text.json", import.meta.url), "utf8"),
) as readonly { readonly json: string; readonly text: string }[];

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

  it("prints what Python prints, of every plane", () => {
    const printable = printableCodePoints();
    const engine = (code: number): boolean => !/[\p{C}\p{Z}]/u.test(String.fromCodePoint(code));
    const wrong = Array.from({ length: 0x11_0000 / 37 }, (_, i) => 0x80 + 37 * i).filter(
      (code) => code < 0x11_0000 && (printable[code] === 1) !== engine(code),
    );
    expect(wrong).toEqual([]);
    expect(
      [0xd7ff, 0xd800, 0xdfff, 0xe000, 0xfdf0, 0xfffe, 0x1_0000, 0x10_ffff].map((code) => printable[code]),
    ).toEqual(
      [0xd7ff, 0xd800, 0xdfff, 0xe000, 0xfdf0, 0xfffe, 0x1_0000, 0x10_ffff].map((code) => (engine(code) ? 1 : 0)),
    );
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
