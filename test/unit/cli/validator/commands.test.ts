import { createServer, type Server } from "node:http";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { addValidatorVerbs } from "@subnetkit/cli/commands/validator";
import { planAnswer, type SetPlan, setWeightsOnce } from "@subnetkit/cli/validator/weights-set";
import { validatorUrl } from "@subnetkit/cli/validator/status";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { flip, freshDirectory, logFiles, openLog, writeRounds } from "../../validator/evidence/support.ts";
import { runVerbs } from "../support/run-verbs.ts";
import { subnetModule } from "./support.ts";
import { metagraph, neuron } from "../../validator/support/metagraph.ts";

let directory: string;
beforeEach(() => {
  directory = freshDirectory();
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Runs `validator <words>`; gives what it printed and how it would end. */
const run = (...words: string[]) => runVerbs(addValidatorVerbs, words);

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "none",
    (error: unknown) => (isAppError(error) ? error.code : String(error)),
  );

describe("validator replay", () => {
  const log = () => path.join(directory, "log");
  const subnet = () => path.join(directory, "sums.mjs");
  beforeEach(async () => {
    writeFileSync(subnet(), subnetModule);
    const opened = openLog(log());
    await writeRounds(opened, 0, 3);
    opened.close();
  });

  it("finds an honest log the same, for people and for programs", async () => {
    const { text, code } = await run("replay", "--evidence", log(), "--subnet", subnet());
    expect(code).toBe(0);
    expect(text).toContain("0 to 3: 4 computed again, the same");
    expect(text).toContain("no difference");
    const json = await run("replay", "--evidence", log(), "--subnet", subnet(), "--json", "--from", "1", "--to", "2");
    expect(JSON.parse(json.text)).toMatchObject({ v: 1, roundsVerified: 2, difference: null });
  });

  it("ends with 1 and the first difference for a log that was tampered with", async () => {
    flip(logFiles(log())[0]!, 3_000);
    const { text, code } = await run("replay", "--evidence", log(), "--subnet", subnet());
    expect(code).toBe(1);
    expect(text).toContain("the first difference:");
  });

  it("says what is wrong with its flags and its directory", async () => {
    const base = ["replay", "--subnet", subnet(), "--evidence"];
    expect(await codeOf(run(...base, path.join(directory, "none")))).toBe("E_EVIDENCE_NONE");
    expect(await codeOf(run(...base, log(), "--from", "x"))).toBe("E_USAGE");
    expect(await codeOf(run(...base, log(), "--head", "5"))).toBe("E_USAGE");
  });
});

describe("validator status", () => {
  const document = {
    hotkey: "5Grw",
    uid: 0,
    netuid: 2,
    subnet: "digits",
    block: 120,
    round: 12,
    validatorPermit: true,
    vtrust: 0.9,
    lastRound: { round: 11, answered: 3, of: 4, skipped: 0, tookMs: 12 },
    scores: [{ uid: 3, hotkey: "5Miner\u001b[31m", score: 0.5, lastScore: 1, lastOutcome: "answered", weight: 0.25 }],
    weights: { lastSubmittedBlock: 110, lastRevealedBlock: 105, epoch: 5, nextAttempt: 130, waitingFor: "next epoch" },
    preview: { vtrust: 0.4, dividends: 0.2, deviation: 0.3, warning: "costly", copies: [{ uid: 1, hotkey: "5Copy" }] },
    evidence: {
      seq: 7,
      hash: "ab",
      missing: 2,
      commit: { state: "behind", everyBlocks: 50, committed: { seq: 5, hash: "aa", block: 77 } },
    },
  };
  let server: Server;
  let url: string;
  let ready = true;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === "/status") return void response.end(JSON.stringify(document));
      response.statusCode = ready ? 200 : 503;
      response.end(
        JSON.stringify({ live: true, ready, degraded: false, reasons: ready ? [] : ["starting"], info: {} }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  });
  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  it("shows health, weights, what they should bring, copies and evidence", async () => {
    ready = true;
    const { text, code } = await run("status", "--url", url);
    expect(code).toBe(0);
    for (const part of ["vtrust 40.00 %", "costly", "uid 1", "7:ab  2 entries could not be written", "3 of 4 answered"])
      expect(text).toContain(part);
    expect(text).toMatch(/on chain +entry 5, committed in block 77: behind, a commit is overdue/);
    expect(text).not.toContain("\u001b");
  });

  it("ends with 1 while the validator is not ready, and tells programs all of it", async () => {
    ready = false;
    const { text, code } = await run("status", "--url", url, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({ v: 1, vtrust: 0.9, health: { ready: false, reasons: ["starting"] } });
  });

  it("says where it looked when nobody answers, and that nothing runs here", async () => {
    expect(await codeOf(run("status", "--url", "http://127.0.0.1:1"))).toBe("E_VALIDATOR_UNREACHABLE");
    expect(await codeOf(run("status", "--url", "nowhere"))).toBe("E_USAGE");
    expect(await codeOf(validatorUrl(undefined, path.join(directory, "no-run-file")))).toBe("E_NOT_RUNNING");
  });
});

describe("validator weights set", () => {
  const found: SetPlan = {
    hotkey: "own",
    netuid: 2,
    block: 100,
    plan: {
      decision: { kind: "submit", mode: "timelocked", weights: { uids: [1], values: [65_535], hotkeys: ["a"] } },
      weights: { uids: [1], values: [65_535], hotkeys: ["a"] },
      basedOnRound: 9,
      metagraph: metagraph([neuron({ uid: 0, hotkey: "own" }), neuron({ uid: 1, hotkey: "a" })]),
      scores: new Map([["a", 1]]),
      earlier: undefined,
    },
    preview: undefined,
    copies: [],
  };

  it("plans: the row, the chain's answer, and the exit code that it would end with", () => {
    const taken = planAnswer(found, 80);
    expect(taken.exitCode).toBe(0);
    expect(taken.lines.join("\n")).toContain("the chain would take them (timelocked)");
    expect(taken.lines.at(-1)).toContain("65535");
    const decision = { kind: "wait", reason: "validator permit", blocks: 12 } as const;
    const waits = planAnswer({ ...found, plan: { ...found.plan, decision } }, 80);
    expect(waits.exitCode).toBe(3);
    expect(waits.lines.join("\n")).toContain("not now: waits for validator permit, about 12 blocks");
    expect(waits.json).toMatchObject({ decision, weights: { uids: [1] } });
  });

  it("sets nothing unless it is told to, and names a setting that is missing", async () => {
    expect(await codeOf(setWeightsOnce({}, [], 80))).toBe("E_USAGE");
    expect(await codeOf(setWeightsOnce({ dryRun: true, yes: true }, [], 80))).toBe("E_USAGE");
    expect(await codeOf(run("weights", "set", "--dry-run", "--netuid", "2"))).toBe("E_CONFIG_VALUE");
    expect(await codeOf(run("weights", "set", "--dry-run", "--nonsense"))).toBe("E_USAGE");
  });

  it("shows the weights of nobody without an address to ask", async () => {
    expect(await codeOf(run("weights", "show", "--netuid", "x", "--hotkey", "5Bad"))).toBe("E_USAGE");
  });
});
