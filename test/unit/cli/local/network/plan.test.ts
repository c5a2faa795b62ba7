import { planNetwork, stakeTao } from "@subnetkit/cli/local/network/plan";
import { describe, expect, it } from "vitest";

const cast = [
  { variant: "large", label: "big" },
  { variant: "small", label: "tiny\u001b[31m" },
  { variant: "large", label: "gone", offline: true },
];

const plan = (change: { validators?: number; miners?: number } = {}) =>
  planNetwork({ cast, portBase: 9900, validators: 2, ...change });

describe("the plan of a network", () => {
  it("takes the subnet's own cast", () => {
    expect(plan().miners.map(({ name, variant, offline }) => [name, variant, offline])).toEqual([
      ["miner-0", "large", false],
      ["miner-1", "small", false],
      ["miner-2", "large", true],
    ]);
  });

  it("takes the first of the cast for fewer miners and repeats those online for more", () => {
    expect(plan({ miners: 1 }).miners.map(({ variant }) => variant)).toEqual(["large"]);
    expect(plan({ miners: 6 }).miners.map(({ variant, offline }) => `${variant} ${offline}`)).toEqual([
      "large false",
      "small false",
      "large true",
      "large false",
      "small false",
      "large false",
    ]);
  });

  it("gives every neuron a hotkey of its own", () => {
    const { validators, miners } = plan({ validators: 4, miners: 12 });
    expect(new Set([...validators, ...miners].map(({ hotkey }) => hotkey)).size).toBe(16);
  });

  it("stakes every validator differently, the first the most", () => {
    const stakes = [0, 1, 2, 3, 4].map(stakeTao);
    expect(stakes.slice(0, 2)).toEqual([600, 400]);
    expect([...stakes].sort((a, b) => b - a)).toEqual(stakes);
    expect(new Set(stakes).size).toBe(stakes.length);
  });

  it("takes escapes out of a label", () => {
    expect(plan().miners[1]?.label).toBe("tiny");
  });
});
