import { diffMetagraph, metagraphOf, neuronOf } from "@subnetkit/chain/client/metagraph";
import { describe, expect, test } from "vitest";

const hotkeys = ["hot-a", "hot-b", "hot-c"];
const axon = (port: number) => ({ block: 5, version: 1, ip: 1, port, ipType: 4, protocol: 4 });

/** What polkadot.js makes of the runtime's Metagraph: small numbers as numbers, large ones as hex text. */
function runtimeJson(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    netuid: 2,
    name: [...Buffer.from("digits")],
    networkRegisteredAt: 3,
    ownerHotkey: "hot-a",
    ownerColdkey: "cold-a",
    block: 100,
    tempo: 20,
    lastStep: 90,
    blocksSinceLastStep: 10,
    alphaIn: "0x0011c37937e08000",
    alphaOut: 0,
    taoIn: 1_000,
    kappa: 32767,
    minAllowedWeights: 1,
    weightsVersion: 0,
    weightsRateLimit: 0,
    activityCutoff: 277,
    maxValidators: 64,
    maxUids: 256,
    burn: 1_000_000_000,
    registrationAllowed: true,
    immunityPeriod: 5000,
    servingRateLimit: 0,
    commitRevealWeightsEnabled: true,
    commitRevealPeriod: 1,
    hotkeys,
    coldkeys: ["cold-a", "cold-b", "cold-c"],
    axons: [axon(0), axon(8091), axon(8092)],
    active: [true, true, true],
    validatorPermit: [true, false, false],
    lastUpdate: [3, 4, 5],
    emission: [1, "0xffffffffffffffff", 0],
    dividends: [65535, 0, 0],
    incentives: [0, 40000, 25535],
    consensus: [0, 40000, 25535],
    blockAtRegistration: [3, 4, 5],
    alphaStake: [7, 0, 0],
    taoStake: [8, 0, 0],
    totalStake: [9, 0, 0],
    somethingNew: { ignored: true },
    ...overrides,
  };
}

describe("metagraphOf", () => {
  test("reshapes the runtime's vectors into neurons with exact amounts", () => {
    const metagraph = metagraphOf(runtimeJson(), [65535, 0, 0], 2);
    expect(metagraph).toMatchObject({
      netuid: 2,
      name: "digits",
      block: 100,
      tempo: 20,
      alphaInRao: 0x0011c37937e08000n,
    });
    expect(metagraph.neurons).toHaveLength(3);
    expect(metagraph.neurons[0]).toMatchObject({ uid: 0, axon: undefined, validatorTrust: 65535, totalStakeRao: 9n });
    expect(metagraph.neurons[1]).toMatchObject({
      uid: 1,
      hotkey: "hot-b",
      coldkey: "cold-b",
      emissionRao: 0xffffffffffffffffn,
      incentive: 40000,
      axon: { ip: "0.0.0.1", port: 8091, protocol: 4, version: 1 },
    });
    expect(neuronOf(metagraph, "hot-c")?.uid).toBe(2);
    expect(neuronOf(metagraph, "hot-z")).toBeUndefined();
  });

  test("takes vectors that are shorter than the neuron list, as before the first epoch", () => {
    const metagraph = metagraphOf(runtimeJson({ incentives: [], dividends: [], validatorPermit: [] }), [], 2);
    expect(metagraph.neurons.map(({ incentive, validatorPermit }) => [incentive, validatorPermit])).toEqual([
      [0, false],
      [0, false],
      [0, false],
    ]);
  });

  test("says which subnet does not exist, and which field does not fit", () => {
    expect(() => metagraphOf(null, [], 9)).toThrowError(expect.objectContaining({ code: "E_SUBNET_UNKNOWN" }));
    const { tempo: _tempo, ...withoutTempo } = runtimeJson();
    expect(() => metagraphOf(withoutTempo, [], 2)).toThrowError(expect.objectContaining({ code: "E_CHAIN_SHAPE" }));
    expect(() => metagraphOf(withoutTempo, [], 2)).toThrowError(/tempo/);
  });
});

describe("diffMetagraph", () => {
  const before = metagraphOf(runtimeJson(), [], 2);

  test("finds nothing between equals", () => {
    expect(diffMetagraph(before, before)).toEqual({
      joined: [],
      left: [],
      moved: [],
      readdressed: [],
      permitChanged: [],
    });
  });

  test("treats a uid that changed hands as one neuron gone and another come", () => {
    const after = metagraphOf(runtimeJson({ hotkeys: ["hot-a", "hot-new", "hot-c"] }), [], 2);
    const diff = diffMetagraph(before, after);
    expect(diff.joined.map(({ hotkey, uid }) => [hotkey, uid])).toEqual([["hot-new", 1]]);
    expect(diff.left.map(({ hotkey }) => hotkey)).toEqual(["hot-b"]);
    expect(diff.moved).toEqual([]);
  });

  test("finds moved uids, new addresses and changed permits by hotkey", () => {
    const after = metagraphOf(
      runtimeJson({
        hotkeys: ["hot-a", "hot-c", "hot-b"],
        axons: [axon(0), axon(8092), axon(9999)],
        validatorPermit: [false, false, false],
      }),
      [],
      2,
    );
    const diff = diffMetagraph(before, after);
    expect(diff.moved).toEqual([
      { hotkey: "hot-c", from: 2, to: 1 },
      { hotkey: "hot-b", from: 1, to: 2 },
    ]);
    expect(diff.readdressed.map(({ hotkey }) => hotkey)).toEqual(["hot-b"]);
    expect(diff.permitChanged.map(({ hotkey }) => hotkey)).toEqual(["hot-a"]);
  });

  test("calls everything new without an earlier state", () => {
    expect(diffMetagraph(undefined, before).joined).toHaveLength(3);
  });
});
