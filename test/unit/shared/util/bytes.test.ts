import { bareHex, bytesEqual, bytesToHex, concatBytes, hexToBytes, isHex, utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("hex", () => {
  it("survives a round trip with and without a prefix, in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(hexToBytes(bytesToHex(bytes))).toEqual(bytes);
        expect(hexToBytes(bareHex(bytes).toUpperCase())).toEqual(bytes);
      }),
      { numRuns: 200 },
    );
  });

  it.each(["0", "0x0", "zz", "0x12 ", "0X12", "12\n", "٣٣"])("refuses %j", (text) => {
    expect(isHex(text)).toBe(false);
    expect(() => hexToBytes(text)).toThrowError(expect.objectContaining({ code: "E_BAD_HEX" }));
  });

  it("reads the window of a view, not its whole buffer", () => {
    expect(bytesToHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe("0x0203");
  });
});

describe("byte arrays", () => {
  it("concatenate in order", () => {
    expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    expect(concatBytes()).toEqual(new Uint8Array());
  });

  it("compare by content", () => {
    expect(bytesEqual(Uint8Array.of(1, 2), Buffer.from([1, 2]))).toBe(true);
    expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });

  it("encode text as UTF-8", () => {
    expect(utf8("τ")).toEqual(Uint8Array.of(0xcf, 0x84));
  });
});
