import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { splitWords } from "@subnetkit/cli/chain/call/split-words";
import { chainVerbs } from "@subnetkit/cli/chain/verbs";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChainCli, remarkOf, runChain, startChainCli } from "./support.ts";

const HASH = /^0x[0-9a-f]{64}$/;
const address = (uri: string): string => keypairFromUri(uri).address;

let cli: ChainCli;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "chain-cli-"));
  cli = await startChainCli();
});
afterAll(async () => {
  await cli.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("subnetkit chain: blocks", () => {
  it("mines one block, several, and up to a number", async () => {
    const { block } = await cli.json("info");
    expect(await cli.json("mine")).toMatchObject({
      block: Number(block) + 1,
      hash: expect.stringMatching(HASH) as string,
    });
    expect(await cli.json("mine", "3")).toMatchObject({ block: Number(block) + 4 });
    expect(await cli.json("mine", "--to", String(Number(block) + 10))).toMatchObject({ block: Number(block) + 10 });
    expect(await cli.text("mine")).toMatch(/^block \d+ {2}0x[0-9a-f]{64}\n$/);
    expect((await cli.fails("mine", "2", "--to", "9")).exitCode).toBe(2);
    expect((await cli.fails("mine", "none")).message).toContain("whole number");
  });

  it("runs to the end of an epoch of the newest subnet, or of a given one", async () => {
    expect(await cli.json("epoch")).toMatchObject({ netuid: 2 });
    expect(await cli.json("epoch", "2", "--netuid", "1")).toMatchObject({ netuid: 1 });
    const refusal = await cli.fails("epoch", "--netuid", "77");
    expect(refusal).toMatchObject({ code: "E_CHAIN_RPC", exitCode: 4 });
    expect(refusal.message).toContain("No subnet 77");
  });

  it("sets when blocks come", async () => {
    expect(await cli.json("mode", "interval", "10m")).toMatchObject({ mode: "interval", blockMs: 600_000 });
    expect(await cli.text("pause")).toContain("paused at block");
    expect(await cli.json("info")).toMatchObject({ paused: true, mode: "interval" });
    expect(await cli.text("resume")).toContain("resumed");
    expect(await cli.text("mode", "manual")).toBe("blocks only on request\n");
    expect((await cli.fails("mode", "interval", "5ms")).message).toContain("10ms to 10m");
    expect((await cli.fails("mode", "sometimes")).message).toContain("instant, manual, interval");
  });

  it("changes the spec version, which only goes up", async () => {
    const { specVersion } = await cli.json("upgrade");
    expect(await cli.json("info")).toMatchObject({ specVersion });
    expect(await cli.fails("upgrade", "1")).toMatchObject({ exitCode: 4 });
  });
});

describe("subnetkit chain: time travel", () => {
  it("goes back to snapshots, by name or to the newest, and lists them", async () => {
    const here = await cli.json("snapshot", "here");
    await cli.json("mine", "5");
    const { name } = await cli.json("snapshot");
    expect(await cli.text("snapshots")).toContain("here");
    await cli.json("mine", "2");
    expect(await cli.json("revert")).toMatchObject({ name });
    expect(await cli.json("revert", "here")).toEqual(here);
    const { snapshots } = await cli.json("snapshots");
    expect(snapshots).toEqual([here]);
    const refusal = await cli.fails("revert", "nowhere");
    expect(refusal.data["remedies"]).toEqual(["npx subnetkit chain snapshots --help"]);
  });

  it("goes back to a block by number, by -n and by hash", async () => {
    const start = await cli.json("mine");
    const before = Number(start["block"]);
    await cli.json("mine", "6");
    expect(await cli.json("head", "-2")).toMatchObject({ block: before + 4, dropped: 2 });
    expect(await cli.json("head", String(before + 2))).toMatchObject({ block: before + 2 });
    expect(await cli.json("head", String(start["hash"]))).toMatchObject(start);
    expect((await cli.fails("head", "back")).message).toContain("-n");
  });

  it("reorganises what is not final", async () => {
    expect((await cli.fails("reorg", "2")).data["remedies"]).toEqual(["npx subnetkit chain finality --help"]);
    expect(await cli.json("finality", "5")).toMatchObject({ lag: 5 });
    const { block } = await cli.json("mine", "4");
    const answer = await cli.json("reorg", "2");
    expect(answer["block"]).toBeGreaterThan(Number(block));
    expect(answer["retracted"]).toHaveLength(2);
    expect(await cli.text("finality", "0")).toContain("final at once");
  });

  it("moves the clock, and says whether blocks moved with it", async () => {
    const { timestampMs, block } = await cli.json("info");
    const day = 86_400_000;
    const there = await cli.json("travel", "+1d");
    expect(Number(there["timestampMs"])).toBeGreaterThanOrEqual(Number(timestampMs) + day);
    expect(there["blocks"]).toBe(0);
    expect(await cli.text("info")).toContain("in the next block");
    const further = await cli.json("travel", "+1d");
    expect(Number(further["timestampMs"])).toBeGreaterThanOrEqual(Number(there["timestampMs"]) + day);
    await cli.json("mine");
    expect(await cli.text("travel", "+2s", "--blocks")).toContain("blocks moved: ");
    expect(Number((await cli.json("info"))["block"])).toBeGreaterThan(Number(block) + 1);
    expect((await cli.fails("travel", "tomorrow")).message).toContain("+1d");
    expect(await cli.fails("travel", "2001-01-01")).toMatchObject({ exitCode: 4 });
  });
});

describe("subnetkit chain: state", () => {
  it("writes and removes storage entries", async () => {
    expect(await cli.text("set", "SubtensorModule.Tempo", "2", "30")).toContain("SubtensorModule.Tempo(2) = 30");
    expect(await cli.text("set", "SubtensorModule.Tempo", "2", "--remove")).toContain("removed");
    await cli.text("set", "SubtensorModule.Tempo", "2", "20");
    expect(await cli.fails("set", "SubtensorModule.Tempo", "2", "many")).toMatchObject({
      code: "E_USAGE",
      exitCode: 2,
    });
  });

  it("sets balances in TAO or rao", async () => {
    expect(await cli.json("fund", "//Ferdie", "1,000.5")).toMatchObject({
      address: address("//Ferdie"),
      freeRao: "1000500000000",
    });
    const { accounts } = (await cli.json("accounts")) as { accounts: { uri: string; freeRao: string }[] };
    expect(accounts.find(({ uri }) => uri === "//Ferdie")?.freeRao).toBe("1000500000000");
    expect(await cli.json("fund", "//Ferdie", "700rao")).toMatchObject({ freeRao: "700" });
    expect(await cli.text("fund", "//Ferdie", "1rao")).toContain("has 0 TAO: less than 500 rao");
    expect((await cli.fails("fund", "//Ferdie", "much")).message).toContain("nine decimals");
  });

  it("sets stakes and permits", async () => {
    const hotkey = address("//Miner//1//hot");
    const stake = ["stake", "1000", "--hotkey", hotkey, "--coldkey", "//Bob", "--netuid", "2"];
    expect(await cli.json(...stake)).toMatchObject({ alphaRao: "1000000000000" });
    expect((await cli.fails("stake", "1", "--hotkey", hotkey)).message).toContain("--netuid");
    const { uid } = await cli.json("permit", "2", hotkey);
    expect(await cli.json("permit", "2", String(uid), "--revoke")).toMatchObject({
      uid,
      hotkey: expect.anything() as unknown,
      permit: false,
    });
    expect(await cli.fails("permit", "2", "200")).toMatchObject({ exitCode: 4 });
  });

  it("lifts limits and lets them hold again", async () => {
    expect(await cli.json("limits", "off", "weights", "SERVING")).toMatchObject({ lifted: ["weights", "serving"] });
    expect(await cli.json("limits")).toMatchObject({ lifted: ["weights", "serving"] });
    expect(await cli.json("limits", "on", "serving")).toMatchObject({ lifted: ["weights"] });
    expect(await cli.json("limits", "relaxed")).toMatchObject({ holding: [] });
    expect(await cli.json("limits", "strict")).toMatchObject({ lifted: [] });
    expect((await cli.fails("limits", "off", "wieghts")).message).toContain("did you mean weights?");
    expect(await cli.fails("limits", "off")).toMatchObject({ exitCode: 2 });
  });

  it("steers the beacon", async () => {
    const { lastRound } = await cli.json("drand", "stall");
    const round = Number(lastRound) + 40;
    expect(await cli.json("drand", "round", String(round))).toMatchObject({ lastRound: round });
    expect(await cli.text("drand", "follow")).toContain("the beacon follows the chain's time");
    expect(await cli.fails("drand", "round")).toMatchObject({ exitCode: 2 });
    expect(await cli.fails("drand", "round", "1")).toMatchObject({ exitCode: 4 });
  });

  it("saves the state to a file, loads it, and resets", async () => {
    const file = path.join(folder, "one.state");
    const saved = await cli.json("save", file);
    expect(existsSync(file)).toBe(true);
    await cli.json("mine", "3");
    expect(await cli.json("load", file)).toMatchObject({ path: file, block: saved["block"], hash: saved["hash"] });
    expect(await cli.fails("load", path.join(folder, "none.state"))).toMatchObject({ exitCode: 4 });
    expect(await cli.json("reset")).toMatchObject({ block: 1 });
  });

  it("sets how much history is kept", async () => {
    expect(await cli.json("history", "1,000")).toMatchObject({ history: 1_000 });
    expect(await cli.text("history")).toContain("1,000 blocks are kept");
    expect(await cli.fails("history", "3")).toMatchObject({ exitCode: 2 });
  });
});

describe("subnetkit chain: accounts", () => {
  it("warns before a list of public keys, and after one with secrets too", async () => {
    const lines = (await cli.text("accounts", "--keys")).trimEnd().split("\n");
    expect(lines[0]).toContain("anyone can spend");
    expect(lines.at(-1)).toBe(lines[0]);
    expect(lines.join("\n")).toContain(address("//Alice"));
    const short = await cli.text("accounts");
    expect(short).not.toContain("bottom drive");
    expect(short.split("anyone can spend")).toHaveLength(2);
  });

  it("makes calls as root, as an account and as nobody", async () => {
    expect(await cli.text("sudo", "AdminUtils.sudo_set_tempo", "netuid=2", "tempo=25", "--ignore-limits")).toContain(
      "SubtensorModule.TempoSet [2,25]",
    );
    const transfer = ["Balances.transfer_keep_alive", "dest=//Dave", "value=2tao"];
    const outcome = await cli.json("as", "//Charlie", ...transfer);
    expect(outcome).toMatchObject({ call: transfer[0], ok: true });
    const refusal = await cli.fails("call", ...transfer, "--from", "root");
    expect(refusal).toMatchObject({ code: "E_CHAIN_REFUSED", exitCode: 4 });
    expect(refusal.message).toContain("BadOrigin");
    expect((await cli.fails("call", ...transfer)).message).toContain("--from");
    expect(await cli.text("call", ...transfer, "--encode")).toMatch(/^0x0503/);
  });

  it("says when a call inside a call failed", async () => {
    const text = await cli.text("call", "Sudo.sudo", "call=SubtensorModule.start_call netuid=9", "--from", "//Alice");
    expect(text).toContain("but a call inside it failed");
  });

  it("names the way round a limit", async () => {
    await cli.text("set", "SubtensorModule.AdminFreezeWindow", "1000");
    const sudo = ["sudo", "AdminUtils.sudo_set_tempo", "netuid=2", "tempo=20"];
    const refusal = await cli.fails(...sudo);
    expect(refusal.message).toContain("AdminActionProhibitedDuringWeightsWindow");
    expect(String(refusal.data["remedies"])).toContain("--ignore-limits");
    expect(await cli.text(...sudo, "--ignore-limits")).toContain("ok in block");
    await cli.text("set", "SubtensorModule.AdminFreezeWindow", "0");
  });

  it("impersonates and stops", async () => {
    expect(await cli.json("as", "//Eve")).toMatchObject({ address: address("//Eve"), impersonated: true });
    expect(await cli.json("as", "//Eve", "--stop")).toMatchObject({ impersonated: false, all: [] });
    expect(await cli.fails("as", "//Eve", "--stop")).toMatchObject({ exitCode: 4 });
  });
});

describe("subnetkit chain: inspect", () => {
  it("tells what a call would do, and exits 4 when the chain would refuse it", async () => {
    const register = (netuid: number): string[] => [
      "dry-run",
      "SubtensorModule.burned_register",
      `netuid=${netuid}`,
      "hotkey=//New",
      "--from",
      "//Bob",
    ];
    const before = await cli.json("info");
    expect(await cli.text(...register(2))).toContain("SubtensorModule.NeuronRegistered");
    expect(process.exitCode).toBeUndefined();
    expect(await cli.text(...register(99))).toContain("would fail: SubtensorModule.SubnetNotExists");
    expect(process.exitCode).toBe(4);
    process.exitCode = undefined;
    expect(await cli.json("info")).toMatchObject({ hash: before["hash"] });
    expect((await cli.fails("dry-run")).exitCode).toBe(2);
  });

  it("traces blocks, with every step of an epoch", async () => {
    const { block } = await cli.json("epoch");
    const text = await cli.text("trace", String(block));
    expect(text).toContain("epoch of subnet 2");
    expect(text).toMatch(/uid +hotkey +lastUpdate/);
    expect(await cli.text("trace", `${String(block)}:0`)).toContain("Timestamp.set");
    expect(await cli.fails("trace", `${String(block)}:50`)).toMatchObject({ exitCode: 4 });
    expect(await cli.fails("trace", "last")).toMatchObject({ exitCode: 2 });
  });

  it("compares the states of two blocks", async () => {
    const { block } = await cli.json("mine");
    await cli.json("set", "SubtensorModule.Tempo", "2", "44");
    expect(await cli.text("diff", "-1")).toMatch(/SubtensorModule\.Tempo\(2\) {2}\d+ -> 44/);
    expect(await cli.json("diff", String(block), "-0").catch(() => "refused")).toBe("refused");
    const answer = await cli.json("diff", String(Number(block) - 1), String(block));
    expect(answer).toMatchObject({ from: { block: Number(block) - 1 }, to: { block } });
  });

  it("says what bytes are", async () => {
    expect(await cli.text("decode", "0x0000086869")).toContain("System.remark");
    expect(await cli.fails("decode", "hello")).toMatchObject({ exitCode: 2 });
    expect(await cli.fails("decode", "0xffffffffffffff")).toMatchObject({ exitCode: 4 });
  });

  it("lists the pool, and takes a transaction out of it", async () => {
    const signed = remarkOf("//Eve");
    await cli.text("as", "//Eve");
    const hash = String(await cli.chain.rpc("author_submitExtrinsic", [signed]));
    const waiting = { hash, call: "System.remark", signer: address("//Eve"), nonce: 0 };
    expect((await cli.json("pool"))["transactions"]).toContainEqual(expect.objectContaining(waiting));
    expect(await cli.text("pool")).toContain(`${hash}  ${address("//Eve")}      0`);
    expect(await cli.json("pool", "--drop", hash)).toEqual({ dropped: hash });
    expect(await cli.text("pool")).not.toContain(hash);
    expect(await cli.fails("pool", "--drop", hash)).toMatchObject({ exitCode: 4 });
    await cli.text("as", "//Eve", "--stop");
  });

  it("puts given extrinsics into a block", async () => {
    await cli.text("as", "//Eve");
    const { block } = await cli.json("mine", "--tx", remarkOf("//Eve"));
    expect(await cli.text("trace", `${String(block)}:1`)).toContain(`System.remark  ${address("//Eve")}  ok`);
    expect(await cli.text("trace", "-1", "0")).toContain("Timestamp.set");
    await cli.text("as", "//Eve", "--stop");
    expect(await cli.fails("mine", "--tx", remarkOf("//Eve"))).toMatchObject({ exitCode: 4 });
    expect(await cli.fails("mine", "--tx", "0xnothing")).toMatchObject({ exitCode: 2 });
  });

  it("switches the log of requests", async () => {
    expect(await cli.json("log", "on", "state_*,chain_*")).toEqual({ rpc: true, filter: "state_*,chain_*" });
    expect(await cli.text("log", "off")).toBe("requests are not logged\n");
    expect(await cli.fails("log", "off", "x")).toMatchObject({ exitCode: 2 });
  });
});

describe("subnetkit chain: faults", () => {
  it("puts faults in force, lists them and takes them away", async () => {
    const { id } = await cli.json(
      "fault",
      "error",
      "--method",
      "chain_getBlock",
      "--code=-32099",
      "--message",
      "busy",
      "--count",
      "1",
    );
    expect(await cli.text("fault", "list")).toContain("-32099 busy");
    await expect(cli.chain.rpc("chain_getBlock")).rejects.toMatchObject({ code: -32_099, message: "busy" });
    await expect(cli.chain.rpc("chain_getBlock")).resolves.toBeDefined();
    expect(Number(id)).toBeGreaterThan(0);
    const late = await cli.json("fault", "delay", "2s", "--rate", "20%");
    expect(late["faults"]).toMatchObject([{ kind: "delay", delayMs: 2_000, rate: 0.2 }]);
    expect(await cli.json("fault", "clear", String(late["id"]))).toEqual({ cleared: 1, faults: [] });
    expect(await cli.text("fault", "list")).toBe("no faults\n");
    expect(await cli.fails("fault", "delay")).toMatchObject({ exitCode: 2 });
    expect(await cli.fails("fault", "drop", "2s")).toMatchObject({ exitCode: 2 });
    expect(await cli.fails("fault", "clear", "--rate", "1")).toMatchObject({ exitCode: 2 });
  });
});

describe("subnetkit chain: snapshots of a network", () => {
  it("copies a subnet of a running chain into a file that a chain starts from", async () => {
    const file = path.join(folder, "subnet.snapshot");
    const taken = await cli.json("snapshot", "--netuid", "2", "--out", file);
    expect(taken).toMatchObject({ path: file, netuids: [2] });
    expect(readFileSync(file).length).toBeGreaterThan(500);
    expect((await cli.fails("snapshot", "--netuid", "2")).message).toContain("--out");
    expect((await cli.fails("snapshot", "--out", file)).message).toContain("--netuid");
    expect(await cli.fails("snapshot", "--netuid", "55", "--out", file)).toMatchObject({ code: "E_SUBNET_UNKNOWN" });
  });
});

describe("subnetkit chain", () => {
  it("carries out every example of its help", { timeout: 60_000 }, async () => {
    const own = await startChainCli({ finalityLag: 100 });
    const failures: string[] = [];
    for (const { examples } of chainVerbs) {
      for (const example of examples) {
        if (example.includes("wss://") || example.startsWith("pool --drop")) continue;
        const { block } = await own.json("info");
        if (Number(block) < 130) await own.json("mine", "--to", "130");
        const words = splitWords(example.replaceAll("'", "")).map((word) =>
          word.endsWith(".state") ? path.join(folder, path.basename(word)) : word,
        );
        const argv = words[1] === "--endpoint" ? words.slice(0, 1) : words;
        await own.text(...argv).catch((error: unknown) => failures.push(`${example}: ${String(error)}`));
      }
    }
    await own.close();
    expect(failures).toEqual([]);
  });

  it("says which command starts a chain where none answers, with exit code 5", async () => {
    const gone = await startChainCli();
    await gone.close();
    await expect(runChain(["info", "--endpoint", gone.chain.url])).rejects.toMatchObject({
      code: "E_CHAIN_UNREACHABLE",
      exitCode: 5,
    });
    await expect(runChain(["info", "--endpoint", "localhost:9944"])).rejects.toMatchObject({ code: "E_USAGE" });
  });

  it("says that a node without dev verbs has none", async () => {
    const plain = await startChainCli({ devVerbs: false });
    const refusal = await plain.fails("info");
    await plain.close();
    expect(refusal).toMatchObject({ code: "E_CHAIN_RPC", exitCode: 4 });
    expect(String(refusal.data["remedies"])).toContain("no dev verbs");
  });

  it("refuses unknown verbs and flags as usage", async () => {
    await expect(runChain(["mien"])).rejects.toMatchObject({ code: "commander.unknownCommand" });
    await expect(runChain(["mine", "--too", "3"])).rejects.toMatchObject({ code: "commander.unknownOption" });
    await expect(runChain([])).rejects.toMatchObject({ code: "commander.help", exitCode: 1 });
  });
});
