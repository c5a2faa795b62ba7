import { cidSha256, sha256Cid } from "@subnetkit/shared/subnet/cid";
import { modelFilesOf, modelsProblem, promisedSha256 } from "@subnetkit/shared/subnet/model-entry";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const sha256 = "ab".repeat(32);
const url = "https://example.org/a.onnx";
/** Of the five bytes "hello", as every IPFS client names them with --cid-version 1 --raw-leaves. */
const hello = "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq";
const dagPb = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

describe("cidSha256", () => {
  test("reads the hash out of a CID of raw bytes", () => {
    expect(cidSha256(hello)).toBe("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  });

  test("and writes the same CID again, for every hash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const hex = Buffer.from(bytes).toString("hex");
        expect(cidSha256(sha256Cid(hex))).toBe(hex);
      }),
      { numRuns: 200 },
    );
  });

  test.each([dagPb, "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", `${hello}a`, hello.slice(0, -1), "b", "", "b0"])(
    "finds none in %s",
    (cid) => {
      expect(cidSha256(cid)).toBeUndefined();
    },
  );
});

describe("modelsProblem", () => {
  test.each([
    [["a.onnx", "folder/b.onnx"]],
    [[{ path: "a.onnx", sha256 }]],
    [[{ path: "a.onnx", url, sha256, batch: 1 }]],
    [[{ path: "a.onnx", url: "http://127.0.0.1:8080/a", sha256 }]],
    [[{ path: "a.onnx", ipfs: hello }]],
    [[{ path: "a.onnx", ipfs: dagPb, sha256 }]],
    [[{ path: "chat", kind: "openai", url: "http://localhost:8000/v1", model: "llama" }]],
  ])("has nothing against %j", (models) => {
    expect(modelsProblem(models)).toBeUndefined();
  });

  test.each([
    ["m.onnx", "no list"],
    [["../m.onnx"], "inside the subnet's folder"],
    [[{ url, sha256 }], "inside the subnet's folder"],
    [["a.onnx", { path: "a.onnx" }], "twice"],
    [[{ path: "a.onnx", url }], "no sha256"],
    [[{ path: "a.onnx", url: "http://example.org/a.onnx", sha256 }], "neither https"],
    [[{ path: "a.onnx", url: "https://user:word@example.org/a", sha256 }], "neither https"],
    [[{ path: "a.onnx", url: "file:///etc/passwd", sha256 }], "neither https"],
    [[{ path: "a.onnx", url, sha256: "ab" }], "64 hex digits"],
    [[{ path: "a.onnx", url, ipfs: hello, sha256 }], "both"],
    [[{ path: "a.onnx", ipfs: dagPb }], "no sha256"],
    [[{ path: "a.onnx", ipfs: hello, sha256 }], "not the one in its CID"],
    [[{ path: "a.onnx", ipfs: "../../etc" }], "not a CID"],
    [[{ path: "a.onnx", batch: 0 }], "batch"],
    [[{ path: "a.onnx", hash: sha256 }], "unknown field hash"],
    [[{ path: "chat", kind: "openai" }], "no url"],
    [[{ path: "chat", kind: "other", url }], "kind"],
    [[{ path: "a.onnx", model: "llama" }], "no kind"],
    [Array.from({ length: 33 }, (_, i) => `${i}.onnx`), "more than 32"],
  ])("refuses %j: %s", (models, problem) => {
    expect(modelsProblem(models)).toContain(problem);
  });
});

test("a source promises its own hash, or the one in its CID, or none", () => {
  expect(promisedSha256({ path: "a", sha256: sha256.toUpperCase() })).toBe(sha256);
  expect(promisedSha256({ path: "a", ipfs: hello })).toBe(cidSha256(hello));
  expect(promisedSha256({ path: "a" })).toBeUndefined();
});

test("only models without an address must lie in the subnet's folder", () => {
  expect(modelFilesOf(["a.onnx", { path: "b.onnx", url, sha256 }, { path: "c.onnx", sha256 }])).toEqual([
    "a.onnx",
    "c.onnx",
  ]);
});
