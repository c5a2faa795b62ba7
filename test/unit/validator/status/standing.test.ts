import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, it } from "vitest";
import { createStandingWatch, standingProblems } from "../../../../validator/src/status/standing.ts";
import { metagraph, neuron } from "../support/metagraph.ts";

const setup = { stakeThresholdRao: 1_000n, versionKey: 3n };
const staked = { validatorPermit: true, totalStakeRao: 1_000n };
const subnetOf = (own: Partial<Parameters<typeof neuron>[0]>, fields: Partial<Metagraph> = {}) =>
  metagraph([neuron({ uid: 0, hotkey: "own", ...staked, ...own }), neuron({ uid: 1, hotkey: "miner" })], fields);
const codesOf = (input: Partial<Parameters<typeof standingProblems>[0]>) =>
  standingProblems({ hotkey: "own", metagraph: subnetOf({}), setup, versionKey: 3n, ...input }).map(({ code }) => code);

describe("what keeps a validator from setting weights", () => {
  it.each<[string, Partial<Parameters<typeof standingProblems>[0]>, string[]]>([
    ["nothing", {}, []],
    ["no registration", { hotkey: "stranger" }, ["E_VALIDATOR_NOT_REGISTERED"]],
    ["no permit", { metagraph: subnetOf({ validatorPermit: false }) }, ["E_VALIDATOR_PERMIT"]],
    ["a rao too little", { metagraph: subnetOf({ totalStakeRao: 999n }) }, ["E_VALIDATOR_STAKE"]],
    ["an old version", { versionKey: 2n }, ["E_VALIDATOR_VERSION"]],
    ["a subnet that takes any version", { versionKey: 2n, setup: { ...setup, versionKey: 0n } }, []],
    [
      "nothing, for the owner",
      { metagraph: subnetOf({ validatorPermit: false, totalStakeRao: 0n }, { ownerHotkey: "own" }) },
      [],
    ],
    ["two things", { hotkey: "stranger", versionKey: 2n }, ["E_VALIDATOR_VERSION", "E_VALIDATOR_NOT_REGISTERED"]],
  ])("is %s", (_what, input, codes) => {
    expect(codesOf(input)).toEqual(codes);
  });

  it("comes with a remedy in one line", () => {
    const input = { hotkey: "own", metagraph: subnetOf({ totalStakeRao: 0n }), setup, versionKey: 2n };
    for (const { remedy, message } of standingProblems(input)) expect(`${message} ${remedy}`).toMatch(/^.{20,250}$/);
  });
});

describe("the watch", () => {
  function started(view: () => Metagraph, versionKey = 3n, now = () => setup) {
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line: string) => void lines.push(line) } });
    let duty: (head: { number: number; hash: string }) => unknown = () => undefined;
    const watch = createStandingWatch(
      { hotkey: "own", versionKey, everyBlocks: 5 },
      {
        clock: { everyBlock: (_name, given) => (duty = (head) => given(head, new AbortController().signal)) },
        metagraph: { current: view },
        setup: async () => now(),
        log,
      },
    );
    const said = () => lines.splice(0).map((line) => (JSON.parse(line) as { code: string; level: string }).code);
    return { watch, said, at: async (number: number) => void (await duty({ number, hash: `0x${number}` })) };
  }

  it("says once when permit or registration is lost while running, and once that it is back", async () => {
    let view = subnetOf({});
    const { watch, said, at } = started(() => view);
    await watch.look({ number: 10, hash: "0x" });
    expect(said()).toEqual([]);
    view = subnetOf({ validatorPermit: false });
    await at(12);
    expect(watch.problems()).toEqual([]);
    await at(15);
    await at(20);
    expect(said()).toEqual(["E_VALIDATOR_PERMIT"]);
    view = metagraph([neuron({ uid: 0, hotkey: "who took the uid" })]);
    await at(25);
    expect(said()).toEqual(["E_VALIDATOR_NOT_REGISTERED", "E_VALIDATOR_PERMIT"]);
    expect(watch.problems().map(({ code }) => code)).toEqual(["E_VALIDATOR_NOT_REGISTERED"]);
    view = subnetOf({});
    await at(30);
    expect(said()).toEqual(["E_VALIDATOR_NOT_REGISTERED"]);
    expect(watch.problems()).toEqual([]);
  });

  it("refuses to start with outdated code, and goes on when it becomes outdated later", async () => {
    const outdated = started(() => subnetOf({}), 2n);
    const error = await outdated.watch.look({ number: 10, hash: "0x" }).catch((thrown: unknown) => thrown);
    expect(isAppError(error, "E_VALIDATOR_VERSION") && error.exitCode).toBe(3);
    let wanted = 3n;
    const later = started(
      () => subnetOf({}),
      3n,
      () => ({ ...setup, versionKey: wanted }),
    );
    await later.watch.look({ number: 10, hash: "0x" });
    wanted = 4n;
    await later.at(20);
    expect(later.said()).toEqual(["E_VALIDATOR_VERSION"]);
  });
});
