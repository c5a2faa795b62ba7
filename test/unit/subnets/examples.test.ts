import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import { loadSubnetDefinition, loadVariants } from "@subnetkit/shared/subnet/load";
import { describe, expect, it } from "vitest";

const folder = new URL("../../../subnets/examples/", import.meta.url);
const examples = readdirSync(folder).filter((file) => file.endsWith(".ts"));

describe.each(examples)("the example %s", (file) => {
  const path = fileURLToPath(new URL(file, folder));

  it("fits in 60 lines", () => {
    expect(readFileSync(path, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(60);
  });

  it("passes the conformance kit", async () => {
    const subnet = await loadSubnetDefinition(path);
    const variants = await loadVariants(path, subnet);
    for (const report of await checkSubnet(subnet, variants.get("default")!.solvers))
      expect(report.honestScore).toBeGreaterThan(0.9);
  });
});

it("word-sort grades: sorting by more letters scores more", async () => {
  const path = fileURLToPath(new URL("word-sort.ts", folder));
  const subnet = await loadSubnetDefinition(path);
  const variants = await loadVariants(path, subnet);
  const scores: number[] = [];
  for (const name of ["default", "byTwoLetters", "byFirstLetter", "echo"]) {
    const [report] = await checkSubnet(subnet, variants.get(name)!.solvers, { challenges: 40 });
    scores.push(report!.honestScore);
  }
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(scores[0]).toBe(1);
  expect(scores[0]! - scores[1]!).toBeGreaterThan(0.03);
  expect(scores[2]! - scores[3]!).toBeGreaterThan(0.1);
});
