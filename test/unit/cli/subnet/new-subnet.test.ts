import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { compileSubnet, findSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { listExamples, newSubnet } from "@subnetkit/cli/subnet/new-subnet";
import { cloneRoot } from "@subnetkit/cli/system/clone-root";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = cloneRoot();
let inside: string;
let outside: string;
beforeEach(() => {
  mkdirSync(path.join(root, ".subnetkit", "tmp"), { recursive: true });
  inside = mkdtempSync(path.join(root, ".subnetkit", "tmp", "new-"));
  outside = mkdtempSync(path.join(tmpdir(), "subnetkit-new-"));
});
afterEach(() => {
  rmSync(inside, { recursive: true, force: true });
  rmSync(outside, { recursive: true, force: true });
});

const errorOf = (work: () => unknown): { code: string; text: string } => {
  try {
    work();
  } catch (error) {
    if (isAppError(error)) return { code: error.code, text: `${error.message} ${JSON.stringify(error.data)}` };
    throw error;
  }
  return { code: "none", text: "" };
};

/** The least of a clone: the tests' own folder for what is temporary may lie in the real one. */
function smallClone(): string {
  const clone = path.join(inside, "clone");
  mkdirSync(path.join(clone, "subnets", "examples"), { recursive: true });
  writeFileSync(path.join(clone, "subnets", "examples", "word-sort.ts"), `defineSubnet({ name: "word-sort" })`);
  return clone;
}

describe("subnetkit new", () => {
  it.each(listExamples(root))("copies $name to where it compiles and holds under its own name", async (example) => {
    // One in the clone, the others not: where it lies makes no difference to a file, and compiling costs.
    const cwd = example.name === "word-sort" ? inside : outside;
    newSubnet("my-subnet", { from: example.name }, { root, cwd });
    const source = findSubnet(example.isFolder ? "./my-subnet" : "my-subnet.ts", { root, cwd });
    const { definition, variants } = await compileSubnet(source, { root, buildDir: path.join(outside, "build") });
    expect(definition.name).toBe("my-subnet");
    expect(readFileSync(source.definition, "utf8")).not.toContain(path.relative(root, example.source));
    const { solvers, models = [] } = variants.get("default")!;
    // With models, compiling has found their files; running them is the miner's.
    if (models.length === 0) await checkSubnet(definition, solvers, { challenges: 2 });
  });

  it("prints the next two commands, as they run in the clone's own folder", () => {
    const { lines, json } = newSubnet("my-subnet", {}, { root, cwd: inside });
    const file = `./${path.relative(root, inside)}/my-subnet.ts`;
    const next = [`cd ${root}`, `npx subnetkit subnet check ${file}`, `npm start -- --subnet ${file}`];
    expect(json).toMatchObject({ v: 1, name: "my-subnet", from: "word-sort", next });
    expect(lines.slice(-3)).toEqual([`next  ${next[0]}`, `      ${next[1]}`, `      ${next[2]}`]);
    expect(lines.join("\n")).toContain("`npm run typecheck` looks at");
  });

  it("says what is different outside of the clone, and nothing where nothing is", () => {
    const own = smallClone();
    const { lines, json } = newSubnet("my-subnet", {}, { root: own, cwd: outside });
    expect(lines.join("\n")).toContain("outside of the clone");
    expect(json).toMatchObject({
      next: [expect.anything(), expect.stringContaining(path.join(outside, "my-subnet.ts")), expect.anything()],
    });
    expect(newSubnet("my-subnet", {}, { root: own, cwd: own })).toMatchObject({
      lines: [
        "./my-subnet.ts is the subnet my-subnet, made from word-sort",
        "",
        "next  npx subnetkit subnet check ./my-subnet.ts",
        "      npm start -- --subnet ./my-subnet.ts",
      ],
      json: { note: null },
    });
  });

  it("prints commands that a shell takes as they are meant, wherever they are about", () => {
    const cwd = path.join(outside, "it's mine");
    mkdirSync(cwd);
    const { json } = newSubnet("my-subnet", {}, { root: smallClone(), cwd });
    const word = `'${outside}/it'\\''s mine/my-subnet.ts'`;
    expect(json).toMatchObject({
      next: [expect.anything(), `npx subnetkit subnet check ${word}`, `npm start -- --subnet ${word}`],
    });
  });

  it("writes over nothing", () => {
    writeFileSync(path.join(outside, "my-subnet.ts"), "mine");
    expect(errorOf(() => newSubnet("my-subnet", {}, { root, cwd: outside })).code).toBe("E_SUBNET_EXISTS");
    expect(readFileSync(path.join(outside, "my-subnet.ts"), "utf8")).toBe("mine");
    mkdirSync(path.join(outside, "my-digits"));
    expect(errorOf(() => newSubnet("my-digits", { from: "digits" }, { root, cwd: outside })).code).toBe(
      "E_SUBNET_EXISTS",
    );
    expect(existsSync(path.join(outside, "my-digits", "index.ts"))).toBe(false);
    symlinkSync(path.join(outside, "nowhere"), path.join(outside, "link.ts"));
    expect(errorOf(() => newSubnet("link", {}, { root, cwd: outside })).code).toBe("E_SUBNET_EXISTS");
    expect(existsSync(path.join(outside, "nowhere"))).toBe(false);
  });

  it("refuses names that a subnet may not have, with one that it may", () => {
    for (const [name, near] of [
      ["My Subnet.ts", "npx subnetkit new my-subnet"],
      ["../up", "npx subnetkit new up"],
      ["9lives", "npx subnetkit new lives"],
      ["a".repeat(33), `npx subnetkit new ${"a".repeat(32)}`],
    ] as const) {
      const { code, text } = errorOf(() => newSubnet(name, {}, { root, cwd: outside }));
      expect(code).toBe("E_SUBNET_NAME");
      expect(text).toContain(near);
    }
    expect(errorOf(() => newSubnet("..", {}, { root, cwd: outside })).text).not.toContain("npx");
    expect(errorOf(() => newSubnet("digits", {}, { root, cwd: outside })).text).toContain("my-digits");
    const { code, text } = errorOf(() => newSubnet("mine", { from: "wordsort" }, { root, cwd: outside }));
    expect([code, text]).toEqual(["E_USAGE", expect.stringContaining("did you mean word-sort?")]);
  });
});
