import type { NetworkState, NeuronView } from "@subnetkit/cli/local/observe/network-state";
import { buildFrame, type FrameOptions } from "@subnetkit/cli/local/view/frame";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const neuron = (uid: number, change: Partial<NeuronView> = {}): NeuronView => ({
  uid,
  role: uid < 2 ? "validator" : "miner",
  hotkey: `5Grw${"x".repeat(40)}utQ${uid % 10}`,
  model: uid < 2 ? "6/6 last round" : "mlp-large cpu",
  score: uid < 2 ? null : 0.981,
  weight: uid < 2 ? null : 0.2104,
  incentive: uid < 2 ? 0 : 0.2391,
  dividends: uid < 2 ? 0.521 : 0,
  emissionRao: "980000000",
  p50Ms: 3.2,
  state: "ok",
  permit: uid < 2,
  lastUpdate: uid < 2 ? 1040 : 0,
  process: uid < 2 ? `validator-${uid}` : `miner-${uid - 2}`,
  ...change,
});

const state = (count: number, change: Partial<NetworkState> = {}): NetworkState => ({
  subnet: "digits",
  netuid: 2,
  block: 1044,
  blockMs: 250,
  tempo: 20,
  epoch: 104,
  blocksIntoEpoch: 8,
  epochsSinceReady: 4,
  blocksSinceReady: 80,
  paused: false,
  readyAt: 0,
  neurons: Array.from({ length: count }, (_, uid) => neuron(uid)),
  processes: [{ name: "miner-0", kind: "miner", state: "running", restarts: 0, maxRestarts: 5 }],
  urls: { chain: "ws://127.0.0.1:9944", metrics: "http://127.0.0.1:10000/metrics" },
  ...change,
});

const options = (change: Partial<FrameOptions> = {}): FrameOptions => ({
  columns: 100,
  rows: 40,
  sortByScore: false,
  wide: false,
  keys: true,
  notice: undefined,
  version: "0.1.0",
  now: 262_000,
  ...change,
});

describe("the live region", () => {
  it("shows who, the market and the health in a hundred columns", () => {
    const lines = buildFrame(state(3), options());
    expect(lines).toEqual([
      " subnetkit 0.1.0   local   subnet 2 digits   block 1,044   0.25 s a block   up 4:22",
      " epoch 104 [############------------------]  8 of 20 blocks, next in 3.0 s         1 of 1 healthy",
      "",
      "  UID ROLE  HOTKEY     MODEL / DEVICE     SCORE WEIGHT INCENT  DIVID EMIT/EP     P50 STATE",
      "    0 vali  5Grw..utQ0 6/6 last round         -      -      - 0.5210   0.980    3 ms weights @1,040",
      "    1 vali  5Grw..utQ1 6/6 last round         -      -      - 0.5210   0.980    3 ms weights @1,040",
      "    2 miner 5Grw..utQ2 mlp-large cpu      0.981 0.2104 0.2391      -   0.980    3 ms ok",
      "",
      " chain ws://127.0.0.1:9944   metrics http://127.0.0.1:10000/metrics",
      expect.stringContaining(" next: npx subnetkit new my-subnet, docs/guides/first-subnet.md"),
      " q quit   p pause chain   n next epoch   k kill a miner   r restart   l logs   u urls   ? help",
    ]);
  });

  it("never is wider or higher than the window, whatever the window and the network", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 240 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 256 }),
      (columns, rows, count) => {
        const lines = buildFrame(state(count), options({ columns, rows }));
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(0, columns - 1));
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it("leaves what is not known yet blank and what does not apply at a dash, never at zero", () => {
    const unknown = neuron(2, {
      score: null,
      weight: null,
      incentive: null,
      emissionRao: null,
      p50Ms: null,
      state: "starting",
      model: null,
    });
    const lines = buildFrame(state(0, { neurons: [unknown] }), options());
    expect(lines[4]?.trimStart().split(/ {1,}/)).toEqual(["2", "miner", "5Grw..utQ2", "-", "-", "starting"]);
  });

  it.each([
    [99, "DIVID"],
    [91, "WEIGHT"],
    [83, "EMIT/EP"],
  ])("drops columns as it gets narrower: at %i there is no %s", (columns, title) => {
    expect(buildFrame(state(3), options({ columns })).join("\n")).not.toContain(title);
  });

  it("keeps three columns below sixty cells and one line below forty", () => {
    expect(buildFrame(state(3), options({ columns: 59 }))[3]).toBe("  UID SCORE STATE");
    expect(buildFrame(state(3), options({ columns: 39 }))).toEqual(["e104 8/20 blk 1,044 1/1 ok best uid2 0"]);
  });

  it("shows the six best and the four worst of many", () => {
    const text = buildFrame(state(256), options()).join("\n");
    expect(text).toContain("... 246 more");
  });

  it("takes rows from the middle of the table in a low window, and keeps head, bar and keys", () => {
    const lines = buildFrame(state(12), options({ rows: 10 }));
    expect(lines).toHaveLength(9);
    expect(lines[0]).toContain("subnetkit 0.1.0");
    expect(lines.join("\n")).toContain("more");
    expect(lines.at(-1)).toContain("q quit");
  });

  it("says that the chain is paused, and what goes on", () => {
    expect(buildFrame(state(3, { paused: true }), options())[1]).toContain(
      "paused at block 1,044: p to go on, n for one epoch",
    );
  });

  it("counts the restarts of a process that keeps dying", () => {
    const processes = [{ name: "miner-0", kind: "miner", state: "waiting", restarts: 2, maxRestarts: 5 }] as const;
    const lines = buildFrame(state(0, { neurons: [neuron(2, { state: "restart" })], processes }), options());
    expect(lines[4]).toMatch(/restart 2\/5$/);
  });

  it("lets nothing through that a miner could draw with", () => {
    const hostile = neuron(2, { model: "\u001b[2J\u001b]0;title\u0007evil\r\n\u202Ename that is far too long" });
    const lines = buildFrame(state(0, { neurons: [hostile] }), options());
    expect(lines[4]).toContain("evilname that is f");
    expect(lines.join("")).not.toMatch(/[^\x20-\x7e]/);
  });

  it("sorts by score when asked, and by uid otherwise", () => {
    const neurons = [neuron(2, { score: 0.1 }), neuron(3, { score: 0.9 })];
    const uids = (sortByScore: boolean): string[] =>
      buildFrame(state(0, { neurons }), options({ sortByScore }))
        .slice(4, 6)
        .map((line) => line.trim().slice(0, 1));
    expect(uids(false)).toEqual(["2", "3"]);
    expect(uids(true)).toEqual(["3", "2"]);
  });
});
