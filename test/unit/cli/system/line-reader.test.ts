import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createLineReader } from "@subnetkit/cli/system/line-reader";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "subnetkit-lines-"));
  file = path.join(folder, "a.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("reading along in a file", () => {
  it("gives each line once, when it is whole, and begins anew with a file that is shorter", () => {
    const added = createLineReader(file);
    expect(added()).toEqual([]);
    writeFileSync(file, "one\ntw");
    expect(added()).toEqual(["one"]);
    appendFileSync(file, "o\n\nthree\n");
    expect(added()).toEqual(["two", "three"]);
    expect(added()).toEqual([]);
    writeFileSync(file, "new\n");
    expect(added()).toEqual(["new"]);
  });

  it("leaves out what was there before, where that is wanted", () => {
    writeFileSync(file, "old\n");
    const added = createLineReader(file, { fromEnd: true });
    appendFileSync(file, "new\n");
    expect(added()).toEqual(["new"]);
  });

  it("gives no rest of a line whose beginning was left out as too much", () => {
    const added = createLineReader(file);
    writeFileSync(file, `${"x".repeat(70_000)}\nlast\n`);
    expect(added()).toEqual(["last"]);
    appendFileSync(file, "y".repeat(70_000));
    expect(added()).toEqual([]);
    appendFileSync(file, "y\nnext\n");
    expect(added()).toEqual(["next"]);
  });
});
