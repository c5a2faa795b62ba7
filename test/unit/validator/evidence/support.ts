import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { ema } from "@subnetkit/shared/scoring";
import type { Opening } from "../../../../validator/src/evidence/entry.ts";
import { type EvidenceLog, openEvidenceLog } from "../../../../validator/src/evidence/evidence-log.ts";
import { type CountedRound, witnessRound } from "../../../../validator/src/evidence/round-entry.ts";
import { witnessWeights } from "../../../../validator/src/evidence/weights-entry.ts";
import { challengeOf, requestHash, taskOf } from "../../../../validator/src/round/challenge.ts";
import type { Outcome } from "../../../../validator/src/round/outcome.ts";
import type { Plan } from "../../../../validator/src/round/plan-record.ts";
import { scoreRound, type TaskReplies } from "../../../../validator/src/round/score.ts";
import { computeWeights } from "../../../../validator/src/weights/compute.ts";
import { metagraph, neuron } from "../support/metagraph.ts";
import { planOf } from "../support/plan.ts";
import { sumSubnet } from "../support/subnet.ts";

export const keypair = keypairFromUri("//Evidence");
export const own = keypair.address;

export const opening: Opening = {
  kind: "opening",
  hotkey: own,
  scheme: "sr25519",
  genesisHash: "0x01",
  netuid: 2,
  subnet: { name: sumSubnet.name, version: sumSubnet.version },
  shape: { kind: "power", exponent: 1.5 },
  roundBlocks: 10,
  saltHash: "ab".repeat(32),
};

export function freshDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), "subnetkit-evidence-"));
}

export function openLog(directory: string, maxBytes = 8 * 1024 * 1024, rules: Opening = opening): EvidenceLog {
  let now = 1_000;
  return openEvidenceLog({ directory, maxBytes, opening: rules }, { keypair, nowMs: () => (now += 1) });
}

export const miners = ["miner-a", "miner-b", "miner-c"];

/** A round in which miner-a is right, miner-b wrong in odd rounds, and miner-c late. */
export async function playRound(
  plan: Plan,
  emas: Map<string, number>,
  previous: number,
  answer?: (hotkey: string, sum: number) => Outcome | undefined,
): Promise<CountedRound> {
  const { challenge } = await challengeOf(plan, taskOf(sumSubnet, "sum"));
  const sum = challenge.key as number;
  const given = (hotkey: string): Outcome | undefined => {
    if (answer !== undefined) return answer(hotkey, sum);
    if (hotkey === "miner-c") return { kind: "late", latencyMs: 400.25, phase: "headers" };
    const wrong = hotkey === "miner-b" && plan.round % 2 === 1;
    return { kind: "answered", latencyMs: 12.5 + plan.round, body: { sum: wrong ? -1 : sum } };
  };
  const outcomes = new Map(
    plan.miners.flatMap(({ hotkey }): [string, Outcome][] => {
      const outcome = given(hotkey);
      return outcome === undefined ? [] : [[hotkey, outcome]];
    }),
  );
  const replies: TaskReplies[] = [{ taskId: "sum", challenge, outcomes }];
  const { scores } = scoreRound(plan, sumSubnet, replies);
  const before = {
    previous,
    emas: new Map(scores.flatMap(({ hotkey }) => (emas.has(hotkey) ? [[hotkey, emas.get(hotkey)!] as const] : []))),
  };
  for (const { hotkey, score } of scores) emas.set(hotkey, ema(emas.get(hotkey), score, plan.alpha));
  const asked = [{ taskId: "sum", requestSha256: requestHash({ challenge }), outcomes }];
  return { plan, replies: asked, scores, givenUp: [], before };
}

/** Writes rounds `from` to `to`, and weights after every third, into a log. */
export async function writeRounds(
  log: EvidenceLog,
  from: number,
  to: number,
  emas = new Map<string, number>(),
  previous = from - 1,
): Promise<Map<string, number>> {
  let before = previous;
  for (let round = from; round <= to; round++) {
    const counted = await playRound(planOf(round, miners, { alpha: 0.3 }), emas, before);
    const { body, replies } = witnessRound(counted);
    log.appendRound(body, replies);
    before = round;
    if (round % 3 === 2) writeWeights(log, emas, round);
  }
  return emas;
}

/**
 * Computes weights from averages and writes their entry, and that they were included. With `made`, a row that was made from those averages is sent once more
 * instead.
 */
export function writeWeights(
  log: EvidenceLog,
  emas: ReadonlyMap<string, number>,
  round: number,
  made?: ReadonlyMap<string, number>,
): void {
  const view = metagraph([own, ...miners].map((hotkey, uid) => neuron({ uid, hotkey })));
  const weights = computeWeights({ scores: made ?? emas, metagraph: view, ownHotkey: own, shape: opening.shape });
  if (weights === undefined) throw new Error("no weights");
  log.append(
    witnessWeights({
      epoch: round,
      block: round * 10 + 5,
      mode: "timelocked",
      attempt: 1,
      basedOnRound: round,
      weights,
      metagraph: view,
      scores: new Map(emas),
      earlier: made === undefined ? undefined : weights,
    }),
  );
  log.append({
    kind: "fate",
    epoch: round,
    attempt: 1,
    state: "effective",
    block: round * 10 + 6,
    txHash: "0xfe",
    problem: null,
  });
}

/** All files of a log but its lock. */
export function logFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name !== "lock")
    .sort()
    .map((name) => path.join(directory, name));
}

/** Changes one bit of a file. */
export function flip(file: string, at: number, mask = 1): void {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ mask;
  writeFileSync(file, bytes);
}
