import { epochReport, type EpochFlags } from "@subnetkit/cli/preview/epoch-report";
import { parseSnapshot } from "@subnetkit/cli/preview/snapshot";
import { readDocument } from "@subnetkit/cli/preview/read-document";
import { runEpoch } from "@subnetkit/shared/consensus/epoch";
import { runMechanisms } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchFolder, snapshotDocument, stdinOf } from "./epoch-support.ts";

const wide = { width: 10_000, colour: (_: string, text: string) => text };

function report(document: unknown, flags: Partial<EpochFlags> = {}, layout = wide) {
  return epochReport({ input: "-", ...flags }, stdinOf(JSON.stringify(document)), layout);
}

async function json(document: unknown, flags: Partial<EpochFlags> = {}) {
  return JSON.parse((await report(document, { json: true, ...flags })).stdout) as Record<string, unknown>;
}

const refused = (code: string, data: Record<string, unknown> = {}) =>
  expect.objectContaining({ code, data: expect.objectContaining(data) });

describe("epoch --input", () => {
  it("prints the numbers of the reference epoch, one aligned line per uid", async () => {
    const { stdout } = await report(snapshotDocument());
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("subnet 2, epoch at block 7200: 4 uids, Yuma3, emission 1.000000000 alpha");
    expect(lines.slice(2).map((line) => line.split(/ +/).filter(Boolean))).toEqual([
      ["UID", "FLAGS", "STAKE", "CONSENSUS", "INCENTIVE", "DIVIDENDS", "VTRUST", "BONDS", "ALPHA"],
      ["0", "AV", "0.59998", "0.00000", "0.00000", "0.64327", "0.99998", "2", "0.321642812"],
      ["1", "AV", "0.39998", "0.00000", "0.00000", "0.35671", "0.83333", "2", "0.178357187"],
      ["2", "--", "0.00000", "0.66665", "0.64285", "0.00000", "0.00000", "0", "0.321427014"],
      ["3", "--", "0.00000", "0.33333", "0.35714", "0.00000", "0.00000", "0", "0.178572985"],
    ]);
    expect(new Set(lines.slice(2).map((line) => line.length)).size).toBe(1);
  });

  it("gives the outputs of runEpoch field by field as JSON, rao as strings", async () => {
    const { shared, mechanisms } = parseSnapshot(snapshotDocument());
    const output = runEpoch({ ...shared, ...mechanisms[0]! });
    const document = await json(snapshotDocument());
    expect(document).toMatchObject({ v: 1, netuid: 2, block: 7_200, uids: 4, emissionRao: "1000000000" });
    expect(document["neurons"]).toEqual(
      [0, 1, 2, 3].map((uid) => ({
        uid,
        hotkey: null,
        active: output.active[uid],
        permit: output.permits[uid],
        stakeWeight: output.stakeWeight[uid],
        consensus: output.consensus[uid],
        incentive: [output.incentive[uid]],
        dividends: output.dividends[uid],
        validatorTrust: output.validatorTrust[uid],
        bonds: [output.bonds[uid]],
        emissionRao: String(output.emissionRao[uid]),
        serverEmissionRao: String(output.serverEmissionRao[uid]),
        validatorEmissionRao: String(output.validatorEmissionRao[uid]),
      })),
    );
  });

  it("runs several mechanisms and adds them up as the chain does", async () => {
    const { weights, lastUpdate, ...rest } = snapshotDocument();
    const second = { weights: [[[3, 1]], [[3, 1]], [], []], lastUpdate };
    const document = { ...rest, mechanisms: [{ weights, lastUpdate }, second], mechanismSplit: [45_535, 20_000] };
    const { shared, mechanisms, split } = parseSnapshot(document);
    const { aggregate } = runMechanisms(shared, mechanisms, split);
    const answer = await json(document);
    expect(answer["mechanisms"]).toEqual([{ emissionRao: "694819563" }, { emissionRao: "305180437" }]);
    expect((answer["neurons"] as { emissionRao: string }[]).map(({ emissionRao }) => BigInt(emissionRao))).toEqual(
      aggregate.emissionRao,
    );
    const { stdout } = await report(document);
    expect(stdout).toContain("INCENTIVE 0");
    expect(stdout).toContain("INCENTIVE 1");
  });

  it("shows one uid in full with --uid, and finds it by --hotkey", async () => {
    const hotkeys = ["//Alice", "//Bob", "//Charlie", "//Dave"].map((uri) => keypairFromUri(uri).address);
    const { stdout } = await report(snapshotDocument({ hotkeys }), { hotkey: hotkeys[1]! });
    expect(stdout).toContain(`uid 1 ${hotkeys[1]}: active, validator permit from the next epoch on`);
    expect(stdout).toContain("paid for validating  178357187 rao (0.178357187 alpha)");
    expect(stdout).toContain("2:3276 3:2184");
    const document = await json(snapshotDocument({ hotkeys }), { uid: "1" });
    expect((document["neurons"] as { uid: number; hotkey: string }[]).map(({ uid, hotkey }) => [uid, hotkey])).toEqual([
      [1, hotkeys[1]],
    ]);
  });

  it("drops columns instead of lines that are too long, and colours only what it is told to", async () => {
    const { stdout } = await report(snapshotDocument(), {}, { ...wide, width: 50 });
    const table = stdout.split("\n").slice(2);
    for (const line of table) expect(line.length).toBeLessThanOrEqual(50);
    expect(table[0]!.split(/ +/).filter(Boolean)).toEqual(["UID", "INCENTIVE", "DIVIDENDS", "VTRUST", "ALPHA"]);
    const coloured = await report(
      snapshotDocument(),
      { uid: "1" },
      { ...wide, colour: (name, text) => `<${name}>${text}` },
    );
    expect(coloured.stdout.match(/<bold>/g)).toHaveLength(9);
  });

  it("takes amounts as strings or exact numbers, alpha and TAO with the chain's TAO weight", () => {
    const stake = { alphaRao: [1, "2", 0, 0], taoRao: ["18446744073709551615", 0, 0, 0] };
    expect(parseSnapshot(snapshotDocument({ stake })).shared.stake).toEqual({
      kind: "parts",
      alphaRao: [1n, 2n, 0n, 0n],
      taoRao: [2n ** 64n - 1n, 0n, 0n, 0n],
      taoWeight: 971_718_665_099_567_868n,
    });
  });

  it("derives the activity cutoff from the tempo and fills in the production settings", () => {
    const { shared } = parseSnapshot(snapshotDocument());
    expect(shared).toMatchObject({ tempo: 360, activityCutoff: 5_000, kappa: 32_767, bondsPenalty: 65_535 });
    expect(shared).toMatchObject({ bondsMovingAverage: 900_000, yuma3: true, liquidAlpha: null, maxValidators: 64 });
    const slow = parseSnapshot(snapshotDocument({ hyperparameters: { tempo: 720, liquidAlpha: {} } })).shared;
    expect(slow.activityCutoff).toBe(10_000);
    expect(slow.liquidAlpha).toEqual({ low: 45_875, high: 58_982, steepness: 1_000 });
  });

  it("prints an empty subnet", async () => {
    const none = { stake: { totalRao: [] }, registeredAt: [], permits: [], lastUpdate: [], weights: [] };
    expect((await report(snapshotDocument(none))).stdout).toContain("0 uids");
  });
});

describe("epoch --weights", () => {
  let folder: ReturnType<typeof scratchFolder>;
  beforeEach(() => {
    folder = scratchFolder();
  });
  afterEach(() => folder.remove());

  it("compares with the epoch in which the scaled row is stored", async () => {
    const weights = folder.file("mine.json", [
      [2, 1],
      [3, 5],
    ]);
    const changed = snapshotDocument();
    (changed["weights"] as unknown[])[1] = [
      [2, 13_107],
      [3, 65_535],
    ];
    changed["lastUpdate"] = [7_199, 7_200, 0, 0];
    const answer = await json(snapshotDocument(), { uid: "1", weights });
    expect(answer["weights"]).toEqual({
      uid: 1,
      mechanism: 0,
      stored: [
        [2, 13_107],
        [3, 65_535],
      ],
      notes: [],
    });
    expect(answer["neurons"]).toEqual((await json(changed))["neurons"]);
    const mine = answer["mine"] as Record<"before" | "after" | "delta", Record<string, number | string>>;
    expect(mine.before).toMatchObject({ validatorTrust: 54_612, dividends: 23_377, emissionRao: "178357187" });
    expect(Number(mine.delta["validatorTrust"])).toBe(
      Number(mine.after["validatorTrust"]) - Number(mine.before["validatorTrust"]),
    );
    expect(BigInt(mine.delta["emissionRao"]!)).toBe(
      BigInt(mine.after["emissionRao"]!) - BigInt(mine.before["emissionRao"]!),
    );
  });

  it("prints before, after and change of mine, and of every uid that differs", async () => {
    const weights = folder.file("mine.json", { uids: [3], weights: [5] });
    const { stdout } = await report(snapshotDocument(), { uid: "1", weights });
    expect(stdout).toContain("stored (largest 65535): 3:65535");
    expect(stdout).toMatch(/validator trust +0\.83333 +0\.33333 +-0\.49999/);
    expect(stdout).toMatch(/dividends +0\.35671 +0\.16393 +-0\.19278/);
    expect(stdout).toMatch(/emission \(alpha\) +0\.178357187 +0\.081967951 +-0\.096389236/);
    const painted = await report(
      snapshotDocument(),
      { uid: "1", weights },
      { ...wide, colour: (name, text) => `<${name}>${text.trim()}` },
    );
    expect(painted.stdout).toContain("<red>-0.096389236");
    expect(painted.stdout).toContain("<green>+0.096389236");
  });

  it("says that nothing changes when the same weights are set again", async () => {
    const weights = folder.file("same.json", [
      [2, 65_535],
      [3, 65_535],
    ]);
    expect((await report(snapshotDocument(), { uid: "1", weights })).stdout).toContain("no uid changes");
  });

  it("notes why weights do not count", async () => {
    const weights = folder.file("mine.json", [[2, 0]]);
    const { notes } = await report(snapshotDocument(), { uid: "2", weights });
    expect(notes).toEqual([
      "uid 2 holds no validator permit: its weights do not count in this epoch",
      "uid 2 has no stake weight: its weights move nothing but its own trust",
      "the weight of uid 2 on itself does not count: only the owner's does",
      "the row holds no positive weight",
    ]);
  });

  it("sets the weights of the mechanism that is named", async () => {
    const { weights: row, lastUpdate, ...rest } = snapshotDocument();
    const document = { ...rest, mechanisms: [1, 2].map(() => ({ weights: row, lastUpdate })) };
    const weights = folder.file("mine.json", [[3, 5]]);
    const answer = await json(document, { uid: "1", weights, mechanism: "1" });
    const incentive = (answer["neurons"] as { incentive: number[] }[])[3]!.incentive;
    expect(incentive[0]).not.toBe(incentive[1]);
    await expect(report(document, { uid: "1", weights, mechanism: "2" })).rejects.toThrowError(refused("E_USAGE"));
  });

  it.each([
    ["weights.uids[0]", [[4, 1]]],
    [
      "weights.uids[1]",
      [
        [2, 1],
        [2, 1],
      ],
    ],
    ["weights.weights[0]", [[2, 65_536]]],
    ["weights.weights[0]", [[2, -1]]],
    ["weights.weights[0]", [[2, 0.5]]],
    ["weights.weights[0]", [[2, null]]],
    ["weights[0]", [[2]]],
    ["weights.weights", { uids: [1, 2], weights: [1] }],
    ["weights.weight", { uids: [1], weights: [1], weight: 1 }],
    ["weights", 5],
  ])("refuses a bad row and names the field: %s", async (field, content) => {
    const weights = folder.file("bad.json", content);
    await expect(report(snapshotDocument(), { uid: "1", weights })).rejects.toThrowError(
      refused("E_EPOCH_INPUT", { field }),
    );
  });
});

describe("epoch refuses a bad snapshot and names the field", () => {
  const two = (value: unknown) => [[], [[2, value]], [], []];
  it.each<[string, Record<string, unknown>]>([
    ["permits", { permits: [true] }],
    ["lastUpdate", { lastUpdate: [1, 2, 3] }],
    ["stake.totalRao", { stake: { totalRao: ["1"] } }],
    ["weights", { weights: [[]] }],
    ["weights[0][0].uid", { weights: [[[4, 1]], [], [], []] }],
    ["weights[0][0].uid", { weights: [[[-1, 1]], [], [], []] }],
    ["weights[0][0].uid", { weights: [[["2", 1]], [], [], []] }],
    ["weights[1][0].value", { weights: two(65_536) }],
    ["weights[1][0].value", { weights: two(-1) }],
    ["weights[1][0].value", { weights: two(1.5) }],
    ["weights[1][0].value", { weights: two(null) }],
    ["weights[1][0]", { weights: [[], [[1]], [], []] }],
    ["weights[1]", { weights: [[], 7, [], []] }],
    ["weights", { weights: "none" }],
    ["bonds[3][0].value", { bonds: [[], [], [], [[1, 70_000]]] }],
    ["emissionRao", { emissionRao: "-1" }],
    ["emissionRao", { emissionRao: "NaN" }],
    ["emissionRao", { emissionRao: 1.5 }],
    ["emissionRao", { emissionRao: 2 ** 60 }],
    ["emissionRao", { emissionRao: "18446744073709551616" }],
    ["emissionRao", { emissionRao: undefined }],
    ["stake.totalRao[2]", { stake: { totalRao: ["1", "1", "-5", "1"] } }],
    ["stake.totalRao", { stake: { totalRao: ["1", "1", "1", "1"], taoWeight: "0" } }],
    ["stake.taoRao", { stake: { alphaRao: ["1", "1", "1", "1"] } }],
    ["stake.alphaRao", { stake: {} }],
    ["block", { block: null }],
    ["block", { block: undefined }],
    ["ownerUid", { ownerUid: 4 }],
    ["registeredAt[1]", { registeredAt: [0, -1, 0, 0] }],
    ["permits[0]", { permits: [1, true, true, true] }],
    ["hyperparameters.kappa", { hyperparameters: { kappa: 65_536 } }],
    ["hyperparameters.kapa", { hyperparameters: { kapa: 1 } }],
    ["hyperparameters.liquidAlpha.low", { hyperparameters: { liquidAlpha: { low: 9, high: 8 } } }],
    ["hyperparameters.yuma3", { hyperparameters: { yuma3: 1 } }],
    ["weight", { weight: [] }],
    ["v", { v: 2 }],
    ["hotkeys[0]", { hotkeys: ["a", "b", "c", "d"] }],
    ["weights", { mechanisms: [{ weights: [[], [], [], []], lastUpdate: [0, 0, 0, 0] }] }],
    ["mechanismSplit[0]", { mechanismSplit: [65_536] }],
  ])("%s", async (field, changes) => {
    await expect(report(snapshotDocument(changes))).rejects.toThrowError(refused("E_EPOCH_INPUT", { field }));
  });

  it("names the mechanism of a bad field", async () => {
    const { weights, lastUpdate, ...rest } = snapshotDocument();
    const mechanisms = [
      { weights, lastUpdate },
      { weights, lastUpdate: [1] },
    ];
    await expect(report({ ...rest, mechanisms })).rejects.toThrowError(
      refused("E_EPOCH_INPUT", { field: "mechanisms[1].lastUpdate" }),
    );
  });

  it("guesses a misspelt field", async () => {
    await expect(report(snapshotDocument({ hyperparameters: { kapa: 1 } }))).rejects.toThrowError(
      /did you mean kappa\?/,
    );
  });

  it("refuses text that is not a JSON object", async () => {
    await expect(epochReport({ input: "-" }, stdinOf("{"), wide)).rejects.toThrowError(refused("E_EPOCH_INPUT"));
    await expect(report([])).rejects.toThrowError(refused("E_EPOCH_INPUT", { field: "the document" }));
  });
});

describe("epoch refuses flags that make no sense", () => {
  it.each<Partial<EpochFlags>>([
    { weights: "x.json" },
    { weights: "-", uid: "0" },
    { uid: "0", hotkey: "x" },
    { uid: "4" },
    { uid: "-1" },
    { uid: "one" },
    { mechanism: "0" },
    { hotkey: keypairFromUri("//Alice").address },
  ])("%o", async (flags) => {
    await expect(report(snapshotDocument(), flags)).rejects.toThrowError(refused("E_USAGE"));
  });

  it("refuses an address that is none, and a file that is not there", async () => {
    await expect(report(snapshotDocument(), { hotkey: "5x" })).rejects.toThrowError(refused("E_BAD_ADDRESS"));
    await expect(report(snapshotDocument(), { input: "/nowhere/at.json" })).rejects.toThrowError(
      refused("E_INPUT_FILE", { path: "/nowhere/at.json", flag: "--input" }),
    );
  });
});

describe("readDocument", () => {
  it("refuses a terminal as stdin, and a document larger than its limit", async () => {
    const source = { path: "-", flag: "--input" };
    await expect(readDocument(source, Object.assign(stdinOf("{}"), { isTTY: true }))).rejects.toThrowError(
      refused("E_USAGE"),
    );
    await expect(readDocument(source, stdinOf('{"a": "longer than ten"}'), 12)).rejects.toThrowError(
      refused("E_INPUT_FILE"),
    );
    expect(await readDocument(source, stdinOf('{"a": 1}'))).toEqual({ a: 1 });
  });
});
